"""What the cache did for a call, as its usage says, and the call of whose prompt nothing more is known.

That is every call without a breakpoint: for those nothing else of this package is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from otel_claude import attributes as names
from otel_claude.audit import NO_EVENTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.util.types import AttributeValue

    from otel_claude.audit import CallOutcome
    from otel_claude.usage import Iteration, Usage

Status = Literal["off", "below_minimum", "write", "read", "partial"]
Reason = Literal[
    "first_write",
    "expired",
    "model_changed",
    "tools_changed",
    "system_changed",
    "messages_changed",
    "parameters_changed",
    "lookback",
    "unknown",
]

API_REASONS: Final[tuple[Reason, ...]] = (
    "model_changed",
    "tools_changed",
    "system_changed",
    "messages_changed",
)
"""What the API's own diagnostics say that we take over. [SDK 2.11, `CacheMissReason`]"""

BREAKPOINT: Final = "cache_control"


class Explanation(NamedTuple):
    """Why a call missed, and where its prefix first differs from the one that it is compared with."""

    reason: Reason
    changed_at: str | None = None


def status(read: int, written: int, *, has_breakpoints: bool) -> Status:
    """What the usage says of a call."""
    if read and written:
        return "partial"
    if read or written:
        return "read" if read else "write"
    return "below_minimum" if has_breakpoints else "off"


class UsageWatch:
    """Over a call of whose prompt nothing is known, but whether it has breakpoints."""

    __slots__ = ("_has_breakpoints",)

    events = NO_EVENTS

    def __init__(self, *, has_breakpoints: bool | None) -> None:
        """`has_breakpoints` is `None` where that is not known either."""
        self._has_breakpoints = has_breakpoints

    def settle(self, outcome: CallOutcome) -> None:
        """Nothing is learned from it."""

    def attributes(self, outcome: CallOutcome) -> Mapping[str, AttributeValue]:
        """What its usage says."""
        usage = outcome.usage
        if usage is None:
            return {}
        read, written = first_counts(usage)
        if self._has_breakpoints is None and not (read or written):
            return {}
        found = status(read, written, has_breakpoints=bool(self._has_breakpoints))
        if not written:
            return {names.CACHE_STATUS: found}
        return cache_attributes(
            found, said_by_api(outcome.diagnosis, None), None if read else Explanation("unknown")
        )


OFF: Final = UsageWatch(has_breakpoints=False)
UNREAD: Final = UsageWatch(has_breakpoints=True)
CONTINUED: Final = UsageWatch(has_breakpoints=None)
"""Over a call that continues a message thread."""


def watch_without_breakpoints(body: Mapping[str, Any]) -> UsageWatch | None:
    """The watch over a call with the request `body`, or `None` where that has a breakpoint."""
    if "thread" in body and _continues_thread(body):
        return CONTINUED
    return None if has_breakpoint(body) else OFF


def has_breakpoint(body: Mapping[str, Any]) -> bool:
    """Whether `body` has a breakpoint somewhere, as far as that can be seen without consuming anything of it."""
    if isinstance(body.get(BREAKPOINT), dict):
        return True
    for name in ("system", "tools"):
        if name in body:
            items = body[name]
            if isinstance(items, (list, tuple)) and any(_marked(item) for item in items):
                return True
    messages = body.get("messages")
    if isinstance(messages, (list, tuple)):
        for message in messages:
            content = message.get("content") if isinstance(message, dict) else None
            if type(content) is not str and isinstance(content, (list, tuple)):
                for block in content:
                    if isinstance(block, dict):
                        if block.get(BREAKPOINT) is not None:
                            return True
                        inner = block.get("content")
                        if isinstance(inner, (list, tuple)) and any(_marked(item) for item in inner):
                            return True
    return False


def _marked(item: object) -> bool:
    return isinstance(item, dict) and item.get(BREAKPOINT) is not None


def _continues_thread(body: Mapping[str, Any]) -> bool:
    thread = body.get("thread")
    return isinstance(thread, dict) and thread.get("type") == "continue"


def cache_attributes(
    found: Status, said: Explanation | None, inferred: Explanation | None
) -> dict[str, AttributeValue]:
    attributes: dict[str, AttributeValue] = {names.CACHE_STATUS: found}
    explanation = said or inferred
    if explanation is not None:
        attributes[names.CACHE_MISS_REASON] = explanation.reason
        attributes[names.CACHE_MISS_SOURCE] = "inferred" if said is None else "api"
        if explanation.changed_at is not None:
            attributes[names.CACHE_CHANGED_AT] = explanation.changed_at
    return attributes


def said_by_api(diagnosis: object, inferred: Explanation | None) -> Explanation | None:
    """What the API itself says, where the application asked it to. The place is ours, where we say the same."""
    if diagnosis is None:
        return None
    for known in API_REASONS:
        if diagnosis == known:
            return inferred if inferred is not None and inferred.reason == known else Explanation(known)
    return None


def first_counts(usage: Usage) -> tuple[int, int]:
    """Tokens read and written: by the first inference of the call, where there were several."""
    first: Usage | Iteration = usage
    if len(usage.iterations) > 1 and usage.iterations[0].type == "message":
        first = usage.iterations[0]
    return first.cache_read_tokens, first.cache_write_5m_tokens + first.cache_write_1h_tokens
