"""What a call used: tokens by kind, and whatever else of the response decides on the bill.

A *usage* is the API's `usage` object, read once into numbers. Its *prompt* is every input token: uncached
ones, cache reads and cache writes. An *iteration* is one entry of `usage.iterations`, which the API adds when
it ran more than one inference for a call: turns of a server-side tool loop, compactions, advisors, attempts
on other models.

Readers here never raise. SDKs from 0.40 on leave different fields undeclared, nothing validates a response,
and a number of the wrong type counts as missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, cast

from otel_claude import attributes as names

TOKEN_KINDS: Final = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
"""The kinds of the token metric."""

MOST_TOKENS: Final = 10**13
"""More counts as missing. A batch has 100,000 requests, of some million tokens each."""
_NESTED: Final = ("cache_creation", "server_tool_use", "output_tokens_details", "iterations")
"""The fields of a usage that are no plain values."""

_NO_FIELDS: Final[Mapping[str, object]] = {}

_COUNTS: Final = (
    names.INPUT_TOKENS,
    names.OUTPUT_TOKENS,
    names.CACHE_READ_TOKENS,
    names.CACHE_WRITE_TOKENS,
    names.CACHE_WRITE_5M_TOKENS,
    names.CACHE_WRITE_1H_TOKENS,
)
"""The attributes that count tokens and that nearly every span of a call has."""


class Iteration(NamedTuple):
    """One inference of a call. Counts are tokens."""

    type: str
    """`message`, `compaction`, `advisor_message` or `fallback_message`; the API may add others."""

    model: str | None = None
    """The model that ran it, or `None` for the one that the call was made to."""

    input_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0
    output_tokens: int = 0
    ttl_split_known: bool = True

    @property
    def prompt_tokens(self) -> int:
        return (
            self.input_tokens
            + self.cache_read_tokens
            + self.cache_write_5m_tokens
            + self.cache_write_1h_tokens
        )


class Usage(NamedTuple):
    """What one call used. Counts are tokens, if not named otherwise."""

    input_tokens: int = 0
    """Input that was neither read from nor written to the cache."""

    cache_read_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0
    output_tokens: int | None = None
    """Thinking included. `None` where no final count came, as of a stream that was cut short."""

    reasoning_tokens: int | None = None
    """The part of the output that was thinking, or `None` where the API does not say."""

    web_search_requests: int = 0
    web_fetch_requests: int = 0
    service_tier: str | None = None
    """`standard`, `priority` or `batch`."""

    inference_geo: str | None = None
    """`us`, `global`, `not_available` …"""

    speed: str | None = None
    """`standard` or `fast`: as it was run, whatever was asked for."""

    ttl_split_known: bool = True
    """Whether the API said how many tokens were written for 5 minutes and how many for an hour. If not, those
    that it did not assign stand under 5 minutes."""

    iterations: tuple[Iteration, ...] = ()
    partial: bool = False
    """Whether something that is billed may be missing here: the input count was not there, or the numbers
    come from span attributes, which have no speed, geography, searches and iterations."""

    @property
    def cache_write_tokens(self) -> int:
        return self.cache_write_5m_tokens + self.cache_write_1h_tokens

    @property
    def prompt_tokens(self) -> int:
        """All input: uncached, read from the cache and written to it."""
        return (
            self.input_tokens
            + self.cache_read_tokens
            + self.cache_write_5m_tokens
            + self.cache_write_1h_tokens
        )

    @property
    def total_tokens(self) -> int:
        """The prompt and what is known of the output."""
        return self.prompt_tokens + (self.output_tokens or 0)

    def as_iteration(self) -> Iteration:
        """What this usage itself counts, as an iteration beside others. An unknown output counts as none."""
        return Iteration(
            "message",
            None,
            self.input_tokens,
            self.cache_read_tokens,
            self.cache_write_5m_tokens,
            self.cache_write_1h_tokens,
            self.output_tokens or 0,
            self.ttl_split_known,
        )

    def counts(self) -> tuple[int, ...]:
        """The counts of `TOKEN_KINDS`. An unknown output counts as none."""
        return (*self[:4], self.output_tokens or 0)

    def by_kind(self) -> tuple[tuple[str, int], ...]:
        """The counts by the kinds of the token metric. An unknown output is left out."""
        found = tuple(zip(TOKEN_KINDS, self.counts(), strict=True))
        return found[:-1] if self.output_tokens is None else found

    @classmethod
    def of_response(cls, usage: object) -> Usage:
        """The usage of a response: a model of any SDK's, or its JSON as a dict.

        Of a `message_start` event the output count is a placeholder, until `merge_delta` replaces it.
        """
        try:
            return _usage(fields_of(usage))
        except Exception:  # noqa: BLE001
            return cls(partial=True)

    def merge_delta(self, delta: object) -> Usage:
        """This usage of a `message_start`, with the counts of a `message_delta`, which are cumulative.

        A delta has no service tier, geography, speed or split of the writes: they stay as they were. Where it
        counts more writes than before, its iterations tell the split, or else they count as for 5 minutes.
        """
        try:
            return _merged(self, fields_of(delta))
        except Exception:  # noqa: BLE001
            return self

    @classmethod
    def of_attributes(cls, attributes: Mapping[str, object]) -> Usage | None:
        """The usage that a span's attributes state in the SDK's way, or `None` where they state none.

        The input count of a span includes cached tokens. Its compactions are stated as sums, so that what
        they read from the cache counts as uncached here.
        """
        get = attributes.get
        prompt, output, read, written, written_5m, written_1h = _counts(*map(get, _COUNTS))
        if prompt is None and output is None:
            return None
        if written is None:
            (written,) = _counts(get(names.OLDER_CACHE_WRITE_TOKENS))
        for_5m, for_1h, known = _split(written, written_5m, written_1h)
        read, reasoning = read or 0, get(names.REASONING_TOKENS)
        usage = tuple.__new__(
            cls,
            (
                max(0, (prompt or 0) - read - for_5m - for_1h),
                read,
                for_5m,
                for_1h,
                output,
                None if reasoning is None else _counts(reasoning)[0],
                0,
                0,
                _text(get(names.RESPONSE_SERVICE_TIER)),
                None,
                None,
                known,
                (),
                True,
            ),
        )
        compacted, summary = get(names.COMPACTION_INPUT_TOKENS), get(names.COMPACTION_OUTPUT_TOKENS)
        if compacted is None and summary is None:
            return usage
        compacted, summary = _counts(compacted, summary)
        compaction = Iteration("compaction", input_tokens=compacted or 0, output_tokens=summary or 0)
        if not (compaction.input_tokens or compaction.output_tokens):
            return usage
        return usage._replace(iterations=(usage.as_iteration(), compaction))

    def attributes(self) -> dict[str, str | int]:
        """This usage as attributes of a span, named and counted as the SDK does.

        `of_attributes` reads them back, but for what they have no names for; see `partial`.
        """
        found: dict[str, str | int] = {
            names.INPUT_TOKENS: self.prompt_tokens,
            names.CACHE_READ_TOKENS: self.cache_read_tokens,
            names.CACHE_WRITE_TOKENS: self.cache_write_tokens,
        }
        if self.ttl_split_known:
            found[names.CACHE_WRITE_5M_TOKENS] = self.cache_write_5m_tokens
            found[names.CACHE_WRITE_1H_TOKENS] = self.cache_write_1h_tokens
        if self.output_tokens is not None:
            found[names.OUTPUT_TOKENS] = self.output_tokens
        if self.reasoning_tokens is not None:
            found[names.REASONING_TOKENS] = self.reasoning_tokens
        if self.service_tier is not None:
            found[names.RESPONSE_SERVICE_TIER] = self.service_tier
        compactions = [iteration for iteration in self.iterations if iteration.type == "compaction"]
        if compactions:
            found[names.COMPACTION_INPUT_TOKENS] = sum(each.prompt_tokens for each in compactions)
            found[names.COMPACTION_OUTPUT_TOKENS] = sum(each.output_tokens for each in compactions)
        return found


def fields_of(value: object) -> Mapping[str, object]:
    """The fields of a dict or of a pydantic model, undeclared ones included. They are its own: not to be changed."""
    if isinstance(value, dict):
        return value
    model: Any = value
    try:
        declared, undeclared = model.__dict__, model.__pydantic_extra__
    except AttributeError:
        declared, undeclared = getattr(value, "__dict__", None), None
    if isinstance(declared, dict) and isinstance(undeclared, dict):
        return {**undeclared, **declared} if undeclared else declared
    # Asked late: it is an abstract class, of which asking is slow.
    if isinstance(value, Mapping):
        return value
    return declared if isinstance(declared, dict) else _NO_FIELDS


def as_stated(usage: object) -> Mapping[str, object]:
    """The fields of a response's usage as they are now, for `Usage.of_response` to read later. Never raises."""
    try:
        stated = dict(fields_of(usage))
        for name in _NESTED:
            value = stated.get(name)
            if value is not None:
                stated[name] = _copied(value)
    except Exception:  # noqa: BLE001
        return _NO_FIELDS
    return stated


def _copied(value: object) -> object:
    if isinstance(value, (list, tuple)):
        return [as_stated(each) for each in value]
    return dict(fields_of(value))


def _counts(*values: object) -> Sequence[int | None]:
    """The `values`, each `None` where it can be no count."""
    for value in values:
        if type(value) is not int or not 0 <= value <= MOST_TOKENS:
            return [each if type(each) is int and 0 <= each <= MOST_TOKENS else None for each in values]
    return cast("tuple[int, ...]", values)


def _counts_of_tokens(fields: Mapping[str, object]) -> Sequence[int | None]:
    """The counts of uncached input, of cache reads, of cache writes and of output."""
    return _counts(
        fields.get("input_tokens"),
        fields.get("cache_read_input_tokens"),
        fields.get("cache_creation_input_tokens"),
        fields.get("output_tokens"),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _split(total: int | None, for_5m: int | None, for_1h: int | None) -> tuple[int, int, bool]:
    """Cache writes for 5 minutes, for an hour, and whether the API says which are which.

    The total is what is billed; where the parts do not sum to it, the 5-minute part takes the difference.
    """
    if for_5m is None and for_1h is None:
        return total or 0, 0, not total
    for_5m, for_1h = for_5m or 0, for_1h or 0
    if total is None or total == for_5m + for_1h:
        return for_5m, for_1h, True
    for_1h = min(for_1h, total)
    return total - for_1h, for_1h, False


def _writes(parts: object, total: int | None) -> tuple[int, int, bool]:
    if parts is None:
        return _split(total, None, None)
    by_ttl = fields_of(parts)
    for_5m, for_1h = _counts(by_ttl.get("ephemeral_5m_input_tokens"), by_ttl.get("ephemeral_1h_input_tokens"))
    return _split(total, for_5m, for_1h)


def _usage(fields: Mapping[str, object]) -> Usage:
    get = fields.get
    uncached, read, written, output = _counts_of_tokens(fields)
    for_5m, for_1h, known = _writes(get("cache_creation"), written)
    service_tier, inference_geo, speed = get("service_tier"), get("inference_geo"), get("speed")
    tools, details, iterations = get("server_tool_use"), get("output_tokens_details"), get("iterations")
    searches, fetches = (0, 0) if tools is None else _server_tools(tools)
    return tuple.__new__(
        Usage,
        (
            uncached or 0,
            read or 0,
            for_5m,
            for_1h,
            output,
            None if details is None else _reasoning(fields),
            searches,
            fetches,
            service_tier if isinstance(service_tier, str) else None,
            inference_geo if isinstance(inference_geo, str) else None,
            speed if isinstance(speed, str) else None,
            known,
            () if iterations is None else _iterations(iterations),
            uncached is None,
        ),
    )


def _merged(start: Usage, delta: Mapping[str, object]) -> Usage:
    uncached, read, written, output = _counts_of_tokens(delta)
    reasoning = _reasoning(delta)
    for_5m, for_1h, known = start.cache_write_5m_tokens, start.cache_write_1h_tokens, start.ttl_split_known
    iterations = _iterations(delta.get("iterations")) or start.iterations
    if written is not None and written != for_5m + for_1h:
        for_5m, for_1h, known = _split_of(iterations, written) or _split(written, for_5m, for_1h)
    tools = delta.get("server_tool_use")
    searches, fetches = (0, 0) if tools is None else _server_tools(tools)
    return start._replace(
        input_tokens=start.input_tokens if uncached is None else uncached,
        cache_read_tokens=start.cache_read_tokens if read is None else read,
        cache_write_5m_tokens=for_5m,
        cache_write_1h_tokens=for_1h,
        output_tokens=start.output_tokens if output is None else output,
        reasoning_tokens=start.reasoning_tokens if reasoning is None else reasoning,
        web_search_requests=searches or start.web_search_requests,
        web_fetch_requests=fetches or start.web_fetch_requests,
        ttl_split_known=known,
        iterations=iterations,
        partial=start.partial and uncached is None,
    )


def _split_of(iterations: tuple[Iteration, ...], written: int) -> tuple[int, int, bool] | None:
    """The split of `written` tokens as the messages among `iterations` have it, if theirs sum to it."""
    messages = [each for each in iterations if each.type == "message" and each.ttl_split_known]
    for_5m = sum(each.cache_write_5m_tokens for each in messages)
    for_1h = sum(each.cache_write_1h_tokens for each in messages)
    return (for_5m, for_1h, True) if for_5m + for_1h == written else None


def _reasoning(fields: Mapping[str, object]) -> int | None:
    details = fields.get("output_tokens_details")
    return None if details is None else _counts(fields_of(details).get("thinking_tokens"))[0]


def _server_tools(used: object) -> tuple[int, int]:
    """Web searches and web fetches."""
    by_tool = fields_of(used)
    searches, fetches = _counts(by_tool.get("web_search_requests"), by_tool.get("web_fetch_requests"))
    return searches or 0, fetches or 0


def _iterations(entries: object) -> tuple[Iteration, ...]:
    if not isinstance(entries, (list, tuple)):
        return ()
    return tuple(_iteration(fields) for fields in map(fields_of, entries) if fields)


def _iteration(fields: Mapping[str, object]) -> Iteration:
    uncached, read, written, output = _counts_of_tokens(fields)
    for_5m, for_1h, known = _writes(fields.get("cache_creation"), written)
    kind, model = _text(fields.get("type")), _text(fields.get("model"))
    return Iteration(kind or "", model, uncached or 0, read or 0, for_5m, for_1h, output or 0, known)
