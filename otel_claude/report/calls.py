"""The calls among the spans: one record a call, priced, and never the same call twice.

The *SDK's span* of a call, or ours in its place, is the one that counts. Others tell of the same call: the
API's own server spans, which are its children, and those of another instrumentation, which are its parents
or siblings. They are *secondary*: one counts only where no other span of its call was seen. Spans come in
any order and from several files, so secondary ones wait until the others are read.

A *reading* is a span that reads the results of a batch. Each tells what the batch cost, as far as it was read; the
batch is one call, of which the reading counts that says most.
"""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from otel_claude import attributes as names
from otel_claude.call_site import CallSite
from otel_claude.cost import FREE, Cost, unpriced
from otel_claude.report import stated
from otel_claude.report.dialects import in_our_names, is_claude, model_of
from otel_claude.report.evidence import NO_EVIDENCE, Evidence, evidence_of
from otel_claude.report.pricing import Pricing, SpanFacts, cost_of, recorded_cost
from otel_claude.report.waiting import Identity, Waiting
from otel_claude.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from otel_claude.store.reader import Span, Value

ESTIMATED: Final = "estimated"
EXACT: Final = "exact"
UNPRICED: Final = "unpriced"

RECORDED: Final = Pricing()
"""The cost on the span, or, where it has none, the public list's."""

NO_TAGS: Final[Mapping[str, str]] = {}

_ERROR: Final = 2
_MANY: Final = 4096
"""How many different sets of words are remembered."""


@dataclass(slots=True)  # not frozen: it would take three times as long to make one
class Call:
    """One call. Times are nanoseconds since 1970-01-01 UTC, money is USD."""

    start_ns: int
    end_ns: int
    trace_id: str
    span_id: str
    model: str | None
    """The model that answered, else the one that was asked for."""

    feature: str | None
    task: str | None
    call_site: CallSite | None
    tags: Mapping[str, str]
    usage: Usage | None
    cost: Cost
    stop_reason: str | None
    error: str | None
    """The kind of error that ended the call, or `None`."""

    recorded_usd: float | None = None
    """What the span says it cost, whatever `cost` is. `None` where it does not say."""

    miss_reason: str | None = None
    """Why the prompt cache missed. `None` where nothing was lost, or nothing is known."""

    changed_at: str | None = None
    """Where its prefix first differs from an earlier one, as a path."""

    cache_prefix: str | None = None
    """The digest of its cached prefix: equal for equal prefixes."""

    task_id: str | None = None
    """Which one of the tasks of that name."""

    is_task_remote: bool = False
    """Whether the task began in another process."""

    batch_requests: int = 0
    """Of a batch, how many of its requests the results tell of. Its cost and its tokens are theirs together."""

    evidence: Evidence = NO_EVIDENCE
    """What the span says of tools, documents, repeats and the cache."""

    revision: str | None = None
    """The version of the program that made it: the commit, else the version of the service."""

    @property
    def at(self) -> datetime:
        """When it began."""
        return time_of(self.start_ns)

    @property
    def duration_s(self) -> float:
        """How long it took, in seconds."""
        return (self.end_ns - self.start_ns) / 1e9

    @property
    def cost_usd(self) -> float | None:
        """`None` when unpriced."""
        return self.cost.amount

    @property
    def cost_status(self) -> str:
        """`exact`, `estimated` or `unpriced`."""
        return self.cost.status

    @property
    def cost_reason(self) -> str | None:
        """Why it is not exact."""
        return self.cost.reason


def calls(spans: Iterable[Span], pricing: Pricing = RECORDED) -> Iterator[Call]:
    """The calls that `spans` tell of, each once, priced as `pricing` says. Spans that are no call, such as
    those of tools, are passed over.

    A batch keeps the cost that was recorded, however calls are priced: its span has sums only, and rates depend on
    the length of each prompt."""
    counting = Counting(pricing)
    yield from counting.first(spans)
    yield from counting.rest()


class Counting:
    """Finds the calls among spans that come in parts, each part in a process of its own if need be."""

    def __init__(
        self, pricing: Pricing = RECORDED, *, has_tags: bool = True, without: AbstractSet[int] = frozenset()
    ) -> None:
        """With `has_tags`, calls have their tags. `without` are keys of spans that another part counts."""
        self._pricing = pricing
        self._has_tags = has_tags
        self._counted = _Counted(without)
        self._readings: dict[str, Span] = {}
        self._waiting = Waiting()
        self.others: Counter[str] = Counter()
        """How many spans tell of calls to models that are not Anthropic's, by model. They are left out."""

    def first(self, spans: Iterable[Span]) -> Iterator[Call]:
        """The calls of which it is known at once that they count."""
        counted, pricing, has_tags = self._counted, self._pricing, self._has_tags
        resource: Mapping[str, Value] | None = None
        program = _NO_PROGRAM
        for span in spans:
            attributes = span.attributes
            if span.resource is not resource:
                resource = span.resource
                program = _program_of(resource)
            if names.BATCH_COMPLETE in attributes and isinstance(attributes.get(names.BATCH_ID), str):
                self._add_reading(span)
                continue
            told = in_our_names(span)
            if told is None:
                continue
            if not _is_secondary(told):
                if counted.add(_identity(told)):
                    yield _call(told, program, pricing, has_tags=has_tags)
            elif is_claude(told):
                call = _call(told, program, pricing, has_tags=has_tags)
                self._waiting.add(_rank(told), _identity(told), call)
            else:
                self.others[model_of(told)] += 1

    def rest(self) -> Iterator[Call]:
        """The others, once all spans were read. To be asked for once."""
        counted = self._counted
        counted.look_for(self._waiting.identities())
        for identity, call in self._waiting.ranked():
            is_same_call = counted.has_same_call(identity)
            if counted.add(identity) and not is_same_call:
                yield call
        for span in self._readings.values():
            yield _batch(span)

    def common(self, later: Counting) -> AbstractSet[int]:
        """The keys of spans that both have counted: copies of a span."""
        return self._counted.spans & later._counted.spans

    def merge(self, later: Counting) -> None:
        """Takes over what `later` found in spans that come after these. They must have none in common."""
        self._counted.merge(later._counted)
        self._waiting.merge(later._waiting)
        self.others.update(later.others)
        for span in later._readings.values():
            self._add_reading(span)

    def _add_reading(self, span: Span) -> None:
        batch_id = str(span.attributes[names.BATCH_ID])
        known = self._readings.get(batch_id)
        if known is None or _says(span) > _says(known):
            self._readings[batch_id] = span


def time_of(ns: int) -> datetime:
    """A time of so many nanoseconds since 1970-01-01, in UTC."""
    return datetime.fromtimestamp(ns / 1e9, timezone.utc)


def is_call(span: Span) -> bool:
    """Whether `span` tells of a call: the SDK's own, or one of another instrumentation that has tokens."""
    told = in_our_names(span)
    return told is not None and is_claude(told)


def _is_secondary(span: Span) -> bool:
    ours = names.COST_STATUS in span.attributes or span.scope == names.OUR_SCOPE
    return not ours and not span.scope.startswith(names.SDK_SCOPE_PREFIX)


def _rank(span: Span) -> int:
    """Which of the secondary spans of a call is taken: one with the least."""
    if span.scope == names.SERVER_SCOPE:
        return 2
    # It adds the placeholder at the start of a stream to the final count. [0.62.4]
    return 1 if span.scope == names.OPENLLMETRY_SCOPE else 0


def _identity(span: Span) -> Identity:
    get = span.attributes.get
    response, request, parent = get(names.RESPONSE_ID), get(names.REQUEST_ID), span.parent_span_id
    try:
        trace = int(span.trace_id, 16)
        return Identity(
            hash((trace, int(span.span_id, 16))),
            hash((trace, int(parent, 16))) if parent else 0,
            hash((1, _number(response))) if isinstance(response, str) else 0,
            hash((2, _number(request))) if isinstance(request, str) else 0,
        )
    except ValueError:  # an id that is not hexadecimal
        trace_id, span_id, parent_id = (
            f"{_number(each):x}" for each in (span.trace_id, span.span_id, parent)
        )
        own = replace(span, trace_id=trace_id, span_id=span_id, parent_span_id=parent_id if parent else "")
        return _identity(own)


def _number(text: str) -> int:
    """Unlike that of a text, the hash of a number is the same in every process."""
    return int.from_bytes(text.encode("utf-8", "surrogatepass"), "big")


class _Counted:
    """What is known of the spans that were counted: about a hundred bytes each.

    Of their parents and responses a list is kept, until it is known what is looked for in it.
    """

    def __init__(self, spans: AbstractSet[int] = frozenset()) -> None:
        self.spans = set(spans)
        self._listed = array("q")
        self._related: set[int] | None = None

    def add(self, identity: Identity) -> bool:
        """Counts a span, and returns whether it is another one than those before: copies come from several files."""
        key = identity[0]
        if key in self.spans:
            return False
        self.spans.add(key)
        if self._related is None:
            self._listed.extend(identity[1:])
        else:
            self._related.update(identity[1:])
        return True

    def merge(self, others: _Counted) -> None:
        """Counts what `others` counted."""
        self.spans |= others.spans
        self._listed.extend(others._listed)

    def look_for(self, identities: Iterable[Identity]) -> None:
        """Says that what is asked for from now on is the calls of `identities`."""
        if self._listed:
            wanted = {key for each in identities for key in (each.span, each.response, each.request)}
            self._related = wanted.intersection(self._listed)
        else:
            self._related = set()

    def has_same_call(self, identity: Identity) -> bool:
        """Whether a parent or a child of a span was counted, or another span of the same response."""
        related = self._related or ()
        return (
            identity.parent in self.spans
            or identity.span in related
            or (identity.response != 0 and identity.response in related)
            or (identity.request != 0 and identity.request in related)
        )

    def __getstate__(self) -> tuple[array[int], array[int]]:
        return array("q", self.spans), self._listed

    def __setstate__(self, state: tuple[array[int], array[int]]) -> None:
        spans, self._listed = state
        self.spans = set(spans)
        self._related = None


class _Program(NamedTuple):
    """What a resource says of the program that made calls."""

    feature: str | None = None
    revision: str | None = None


_NO_PROGRAM: Final = _Program()


def _program_of(resource: Mapping[str, Value]) -> _Program:
    revision = _text(resource.get(names.HEAD_REVISION)) or _text(resource.get(names.SERVICE_VERSION))
    return _Program(_text(resource.get(names.FEATURE)), revision)


def _call(span: Span, program: _Program, pricing: Pricing, *, has_tags: bool) -> Call:
    attributes = span.attributes
    get = attributes.get
    words = _words_of(attributes)
    usage = Usage.of_attributes(attributes)
    recorded = recorded_cost(attributes)
    error = words.error or ("error" if span.status_code == _ERROR else None)
    if recorded is None:
        if usage is None and error is not None and not words.is_answered:
            cost = FREE
        else:
            cost = cost_of(_facts(span, usage, words), None, pricing)
    elif pricing.mode == "recorded":
        cost = recorded
    else:
        cost = cost_of(_facts(span, usage, words), recorded, pricing)
    prefix, task_id = get(names.CACHE_PREFIX), get(names.TASK_ID)
    return Call(
        span.start_ns,
        span.end_ns,
        span.trace_id,
        span.span_id,
        words.model,
        words.feature or program.feature,
        words.task,
        words.call_site,
        _tags(attributes) if has_tags else NO_TAGS,
        usage,
        cost,
        words.stop_reason,
        error,
        None if recorded is None else recorded.amount,
        words.miss_reason,
        words.changed_at,
        None if prefix is None else _text(prefix),
        None if task_id is None else _text(task_id),
        get(names.TASK_REMOTE) is True,
        0,
        evidence_of(attributes),
        program.revision,
    )


def _facts(span: Span, usage: Usage | None, words: _Words) -> SpanFacts:
    at = time_of(span.start_ns)
    return SpanFacts(usage, words.model, words.requested_model, words.stop_reason, at)


class _Words(NamedTuple):
    """What the attributes of a span say in words of which there are few. `None` is what they do not say."""

    model: str | None
    requested_model: str | None
    feature: str | None
    task: str | None
    call_site: CallSite | None
    stop_reason: str | None
    error: str | None
    is_answered: bool
    """Whether the API answered with other than an error."""

    miss_reason: str | None
    changed_at: str | None


_WORDS: Final = (
    names.REQUEST_MODEL,
    names.RESPONSE_MODEL,
    names.FEATURE,
    names.TASK_NAME,
    names.CODE_FILE_PATH,
    names.CODE_FUNCTION_NAME,
    names.CODE_LINE_NUMBER,
    names.STOP_REASON,
    names.ERROR_TYPE,
    names.HTTP_STATUS_CODE,
    names.CACHE_MISS_REASON,
    names.CACHE_CHANGED_AT,
)
"""The attributes that `_words` takes."""


def _words_of(attributes: Mapping[str, Value]) -> _Words:
    try:
        return _words(*map(attributes.get, _WORDS))  # type: ignore[arg-type] # what is not hashable is caught
    except TypeError:
        return _words.__wrapped__(*map(attributes.get, _WORDS))


@lru_cache(_MANY, typed=True)  # a line of 12.0 is none, and is equal to 12
def _words(
    requested: Value,
    answered: Value,
    feature: Value,
    task: Value,
    path: Value,
    function: Value,
    line: Value,
    stop_reason: Value,
    error: Value,
    http_status: Value,
    miss_reason: Value,
    changed_at: Value,
) -> _Words:
    line, http_status = stated.count(line), stated.count(http_status)
    return _Words(
        _text(answered) or _text(requested),
        _text(requested),
        _text(feature),
        _text(task),
        CallSite(path, _text(function) or "", line)
        if isinstance(path, str) and path and line is not None
        else None,
        _text(stop_reason),
        _text(error),
        http_status is not None and http_status < 400,
        _text(miss_reason),
        _text(changed_at),
    )


def _says(reading: Span) -> tuple[bool, int, int]:
    """How much a reading says of its batch, to be compared: all of it, then how many requests, then the latest."""
    complete = reading.attributes.get(names.BATCH_COMPLETE) is True
    return complete, _requests(reading), reading.end_ns


def _requests(reading: Span) -> int:
    return sum(stated.count(reading.attributes.get(name)) or 0 for name in names.BATCH_OUTCOMES.values())


def _batch(reading: Span) -> Call:
    """The batch that `reading` tells of, as one call."""
    attributes = reading.attributes
    tokens = {kind: stated.count(attributes.get(name)) or 0 for kind, name in names.BATCH_TOKENS.items()}
    usage = Usage(
        input_tokens=tokens["input"],
        cache_read_tokens=tokens["cache_read"],
        cache_write_5m_tokens=tokens["cache_write_5m"],
        cache_write_1h_tokens=tokens["cache_write_1h"],
        output_tokens=tokens["output"],
        service_tier="batch",
    )
    recorded = {
        name: attributes[of_batch] for name, of_batch in names.BATCH_COST.items() if of_batch in attributes
    }
    cost = recorded_cost(recorded) or unpriced("usage_incomplete")
    words = _words_of(attributes)
    return Call(
        start_ns=reading.start_ns,
        end_ns=reading.end_ns,
        trace_id=reading.trace_id,
        span_id=reading.span_id,
        model=_text(attributes.get(names.BATCH_MODEL)),
        feature=words.feature or _text(reading.resource.get(names.FEATURE)),
        task=words.task,
        task_id=_text(attributes.get(names.TASK_ID)),
        is_task_remote=attributes.get(names.TASK_REMOTE) is True,
        call_site=words.call_site,
        tags=_tags(attributes),
        usage=usage,
        cost=cost,
        stop_reason=None,
        error=words.error or ("error" if reading.status_code == _ERROR else None),
        recorded_usd=cost.amount,
        batch_requests=_requests(reading),
    )


def _tags(attributes: Mapping[str, Value]) -> Mapping[str, str]:
    if names.TAG_PREFIX not in "\n".join(attributes):  # most have none, and this is the fastest way to see it
        return NO_TAGS
    return {
        name[len(names.TAG_PREFIX) :]: str(value)
        for name, value in attributes.items()
        if name.startswith(names.TAG_PREFIX)
    }


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
