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
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Final, NamedTuple

from otel_claude import attributes as names
from otel_claude.call_site import CallSite
from otel_claude.cost import FREE, Cost, unpriced
from otel_claude.report.evidence import NO_EVIDENCE, Evidence, evidence_of
from otel_claude.report.pricing import Pricing, SpanFacts, cost_of, recorded_cost
from otel_claude.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from otel_claude.store.reader import Span, Value

ESTIMATED: Final = "estimated"
EXACT: Final = "exact"
UNPRICED: Final = "unpriced"

RECORDED: Final = Pricing()
"""The cost on the span, or, where it has none, the public list's."""

_ERROR: Final = 2


@dataclass(slots=True)  # not frozen: it would take three times as long to make one
class Call:
    """One call. Times are UTC, money is USD."""

    at: datetime
    """When it began."""

    trace_id: str
    span_id: str
    model: str | None
    """The model that answered, else the one that was asked for."""

    feature: str | None
    task: str | None
    call_site: CallSite | None
    tags: Mapping[str, str]
    usage: Usage | None
    cost_usd: float | None
    """`None` when unpriced."""

    cache_savings_usd: float
    cost_status: str
    """`exact`, `estimated` or `unpriced`."""

    cost_reason: str | None
    stop_reason: str | None
    error: str | None
    """The kind of error that ended the call, or `None`."""

    duration_s: float
    cost: Cost = field(default_factory=Cost)
    """The whole of the cost that the fields above are from."""

    recorded_usd: float | None = None
    """What the span says it cost, whatever `cost_usd` is. `None` where it does not say."""

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


def calls(spans: Iterable[Span], pricing: Pricing = RECORDED) -> Iterator[Call]:
    """The calls that `spans` tell of, each once, priced as `pricing` says. Spans that are no call, such as
    those of tools, are passed over.

    A batch keeps the cost that was recorded, however calls are priced: its span has sums only, and rates depend on
    the length of each prompt."""
    counted = _Counted()
    readings: dict[str, Span] = {}
    waiting: list[tuple[bool, _Identity, Call]] = []
    for span in spans:
        batch_id = span.attributes.get(names.BATCH_ID)
        if isinstance(batch_id, str) and names.BATCH_COMPLETE in span.attributes:
            if batch_id not in readings or _says(span) > _says(readings[batch_id]):
                readings[batch_id] = span
            continue
        if not is_call(span):
            continue
        identity = _identity(span)
        if _is_secondary(span):
            waiting.append((span.scope == names.SERVER_SCOPE, identity, _call(span, pricing)))
        elif counted.add(identity):
            yield _call(span, pricing)
    counted.look_for(identity for _, identity, _ in waiting)
    waiting.sort(key=lambda each: each[0])
    for _, identity, call in waiting:
        is_same_call = counted.has_same_call(identity)
        if counted.add(identity) and not is_same_call:
            yield call
    for span in readings.values():
        yield _batch(span)


def is_call(span: Span) -> bool:
    """Whether `span` tells of a call: it has the SDK's name for one, or is a GenAI chat span with tokens."""
    if span.name == names.INFERENCE_SPAN:
        return True
    attributes = span.attributes
    return attributes.get(names.OPERATION_NAME) == "chat" and names.INPUT_TOKENS in attributes


def _is_secondary(span: Span) -> bool:
    ours = names.COST_STATUS in span.attributes or span.scope == names.OUR_SCOPE
    return not ours and not span.scope.startswith(names.SDK_SCOPE_PREFIX)


class _Identity(NamedTuple):
    """What tells a call from others, as hashes. 0 is none."""

    span: int
    parent: int
    response: int
    request: int


def _identity(span: Span) -> _Identity:
    attributes = span.attributes
    response, request = attributes.get(names.RESPONSE_ID), attributes.get(names.REQUEST_ID)
    return _Identity(
        hash((span.trace_id, span.span_id)),
        hash((span.trace_id, span.parent_span_id)) if span.parent_span_id else 0,
        hash((names.RESPONSE_ID, response)) if isinstance(response, str) else 0,
        hash((names.REQUEST_ID, request)) if isinstance(request, str) else 0,
    )


class _Counted:
    """What is known of the spans that were counted: about a hundred bytes each.

    Of their parents and responses a list is kept, until it is known what is looked for in it.
    """

    def __init__(self) -> None:
        self._spans: set[int] = set()
        self._listed = array("q")
        self._related: set[int] = set()
        self._relate: Callable[[Iterable[int]], None] = self._listed.extend

    def add(self, identity: _Identity) -> bool:
        """Counts a span, and returns whether it is another one than those before: copies come from several files."""
        if identity.span in self._spans:
            return False
        self._spans.add(identity.span)
        self._relate(identity[1:])
        return True

    def look_for(self, identities: Iterable[_Identity]) -> None:
        """Says that what is asked for from now on is the calls of `identities`."""
        wanted = {key for each in identities for key in (each.span, each.response, each.request)}
        self._related = wanted.intersection(self._listed) if wanted else wanted
        self._relate = self._related.update

    def has_same_call(self, identity: _Identity) -> bool:
        """Whether a parent or a child of a span was counted, or another span of the same response."""
        return (
            identity.parent in self._spans
            or identity.span in self._related
            or (identity.response != 0 and identity.response in self._related)
            or (identity.request != 0 and identity.request in self._related)
        )


def _call(span: Span, pricing: Pricing) -> Call:
    attributes = span.attributes
    at = datetime.fromtimestamp(span.start_ns / 1e9, timezone.utc)
    requested = _text(attributes.get(names.REQUEST_MODEL))
    model = _text(attributes.get(names.RESPONSE_MODEL)) or requested
    usage = Usage.of_attributes(attributes)
    stop_reason = _text(attributes.get(names.STOP_REASON))
    error = _error(span)
    recorded = recorded_cost(attributes)
    if recorded is None and usage is None and error is not None and not _is_answered(attributes):
        cost = FREE
    elif recorded is not None and pricing.mode == "recorded":
        cost = recorded
    else:
        cost = cost_of(SpanFacts(usage, model, requested, stop_reason, at), recorded, pricing)
    return Call(
        at=at,
        trace_id=span.trace_id,
        span_id=span.span_id,
        model=model,
        feature=_feature(span),
        task=_text(attributes.get(names.TASK_NAME)),
        task_id=_text(attributes.get(names.TASK_ID)),
        is_task_remote=attributes.get(names.TASK_REMOTE) is True,
        call_site=_call_site(attributes),
        tags=_tags(attributes),
        usage=usage,
        cost_usd=cost.amount,
        cache_savings_usd=cost.cache_savings,
        cost_status=cost.status,
        cost_reason=cost.reason,
        stop_reason=stop_reason,
        error=error,
        duration_s=(span.end_ns - span.start_ns) / 1e9,
        cost=cost,
        recorded_usd=None if recorded is None else recorded.amount,
        miss_reason=_text(attributes.get(names.CACHE_MISS_REASON)),
        changed_at=_text(attributes.get(names.CACHE_CHANGED_AT)),
        evidence=evidence_of(attributes),
        revision=_text(span.resource.get(names.HEAD_REVISION))
        or _text(span.resource.get(names.SERVICE_VERSION)),
        cache_prefix=_text(attributes.get(names.CACHE_PREFIX)),
    )


def _says(reading: Span) -> tuple[bool, int, int]:
    """How much a reading says of its batch, to be compared: all of it, then how many requests, then the latest."""
    complete = reading.attributes.get(names.BATCH_COMPLETE) is True
    return complete, _requests(reading), reading.end_ns


def _requests(reading: Span) -> int:
    return sum(_count(reading.attributes.get(name)) for name in names.BATCH_OUTCOMES.values())


def _batch(reading: Span) -> Call:
    """The batch that `reading` tells of, as one call."""
    attributes = reading.attributes
    tokens = {kind: _count(attributes.get(name)) for kind, name in names.BATCH_TOKENS.items()}
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
    return Call(
        at=datetime.fromtimestamp(reading.start_ns / 1e9, timezone.utc),
        trace_id=reading.trace_id,
        span_id=reading.span_id,
        model=_text(attributes.get(names.BATCH_MODEL)),
        feature=_feature(reading),
        task=_text(attributes.get(names.TASK_NAME)),
        task_id=_text(attributes.get(names.TASK_ID)),
        is_task_remote=attributes.get(names.TASK_REMOTE) is True,
        call_site=_call_site(attributes),
        tags=_tags(attributes),
        usage=usage,
        cost_usd=cost.amount,
        cache_savings_usd=cost.cache_savings,
        cost_status=cost.status,
        cost_reason=cost.reason,
        stop_reason=None,
        error=_error(reading),
        duration_s=(reading.end_ns - reading.start_ns) / 1e9,
        cost=cost,
        recorded_usd=cost.amount,
        batch_requests=_requests(reading),
    )


def _feature(span: Span) -> str | None:
    """The feature that asked, or that of the whole process where the span names none."""
    return _text(span.attributes.get(names.FEATURE)) or _text(span.resource.get(names.FEATURE))


def _is_answered(attributes: Mapping[str, Value]) -> bool:
    """Whether the API answered with other than an error."""
    status = attributes.get(names.HTTP_STATUS_CODE)
    return isinstance(status, int) and status < 400


def _call_site(attributes: Mapping[str, Value]) -> CallSite | None:
    path = _text(attributes.get(names.CODE_FILE_PATH))
    line = attributes.get(names.CODE_LINE_NUMBER)
    if path is None or not isinstance(line, int):
        return None
    return CallSite(path, _text(attributes.get(names.CODE_FUNCTION_NAME)) or "", line)


def _error(span: Span) -> str | None:
    return _text(span.attributes.get(names.ERROR_TYPE)) or ("error" if span.status_code == _ERROR else None)


def _tags(attributes: Mapping[str, Value]) -> dict[str, str]:
    if names.TAG_PREFIX not in "\n".join(attributes):  # most have none, and this is the fastest way to see it
        return {}
    return {
        name[len(names.TAG_PREFIX) :]: str(value)
        for name, value in attributes.items()
        if name.startswith(names.TAG_PREFIX)
    }


def _count(value: object) -> int:
    return value if type(value) is int and value >= 0 else 0


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
