"""Why a call missed: one function over what it asked for, what it was billed, and what is remembered.

The response's usage says *whether* it missed; what is remembered can only say why. So an explanation can be wrong or
lacking, but a read is never called a miss.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from otel_claude.cache.knowledge import SHORT
from otel_claude.cache.parameters import BEFORE_SYSTEM, CITATIONS, COUNTED_AS_MODEL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from otel_claude.cache.knowledge import Knowledge, Trace
    from otel_claude.cache.prompt import Prompt

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

LOOKBACK: Final = 20
"""Blocks that a breakpoint looks back over, its own included. [Claude docs, "Prompt caching", 2026-08-22]"""

CLOCKS_NS: Final = 5 * 10**9
"""By how much an entry may seem alive here and be expired there: the request takes its time, and clocks differ."""


class Question(NamedTuple):
    """One answered call. Counts are tokens, times are nanoseconds since the epoch."""

    prompt: Prompt
    scope: bytes
    site: object
    conversation: bytes | None
    at_ns: int
    read: int
    written: int
    minimum: int
    """Below which the model caches nothing."""

    has_siblings: bool
    """Whether the process is likely one of several that run the same program."""

    def tokens(self, index: int) -> float:
        """How long the prefix up to block `index` is. Exact for the last breakpoint."""
        ends = self.prompt.ends
        return (self.read + self.written) * ends[index] / max(1, ends[self.prompt.last])


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


def explain(question: Question, known: Knowledge, hit: int | None) -> Explanation | None:
    """Why a call that wrote did not read that, or `None` where nothing was lost, as when a conversation grew.

    `hit` is the block up to which it read, as `known_hit` says.

    The first line that holds is the answer:

    1. A prefix of this request was written before and is longer than what was read. Past its time: `expired`. Alive,
       but over 20 blocks before each breakpoint: `lookback`. Alive and in sight: `unknown`, the API dropped it.
    2. An earlier request had an entry that goes on beyond the block or parameter in which this one first differs
       from it, this one's breakpoints do too, and what was read does not: `..._changed`. Messages differ between
       conversations, of course: that counts only within one, or where nothing was read although as much as the
       model's minimum is the same. Where others write too, the earlier request has to be so recent that its entry
       would still be there.
    3. Something was read, and no more was known to be there: no miss.
    4. Others are likely to write: `unknown`. They are if something was read that nobody here wrote, if the process
       looks like one of several, or if a conversation is new here that has an answer in it.
    5. `first_write`.
    """
    found = _of_own_prefix(question, known, hit)
    if found is not None:
        return found
    has_others = (
        question.has_siblings
        or known.saw_others(question.scope, question.at_ns)
        or (question.read > 0 and hit is None)
    )
    own = known.conversation(question.scope, question.site, question.conversation)
    traces = (*((own,) if own else ()), *known.traces(question.scope, question.site))
    if has_others:
        traces = tuple(trace for trace in traces if trace.expires_ns > question.at_ns)
    found = _of_change(question, traces)
    if found is not None:
        return found
    if question.read:
        return None
    is_continued = question.prompt.has_assistant and own is None
    return Explanation("unknown" if has_others or is_continued else "first_write")


def _of_own_prefix(question: Question, known: Knowledge, hit: int | None) -> Explanation | None:
    prompt = question.prompt
    for index in range(prompt.last, -1 if hit is None else hit, -1):
        entry = known.entry(question.scope, prompt.chain[index])
        if entry is None or entry.readable_ns > question.at_ns:
            continue
        if question.read and (entry.tokens <= question.read or entry.is_of(question.read)):
            return None
        if entry.expires_ns <= question.at_ns + CLOCKS_NS:
            return Explanation("expired")
        return Explanation("unknown" if is_in_sight(prompt, index) else "lookback")
    return None


def known_hit(question: Question, known: Knowledge) -> int | None:
    """The block up to which the call read, if an entry is known that explains it: one that was counted, else that
    whose estimated length is nearest."""
    prompt, read = question.prompt, question.read
    nearest: tuple[bool, float] | None = None
    hit = None
    for index in range(prompt.last, -1, -1) if read else ():
        entry = known.entry(question.scope, prompt.chain[index])
        if entry is None or not entry.is_of(read) or not is_in_sight(prompt, index):
            continue
        distance = (not entry.is_exact, abs(entry.tokens - read))
        if nearest is None or distance < nearest:
            nearest, hit = distance, index
    return hit


def is_in_sight(prompt: Prompt, index: int) -> bool:
    """Whether a breakpoint looks back as far as block `index`."""
    return any(mark.block - LOOKBACK < index <= mark.block for mark in prompt.marks)


def _of_change(question: Question, traces: Iterable[Trace]) -> Explanation | None:
    """What changed since the one of `traces` that has most in common with the request; of equals, the first."""
    prompt = question.prompt
    mine = b"".join(digest[:SHORT] for digest in prompt.digests)
    nearest, most = None, -1
    for trace in traces:
        common = _common(prompt, mine, trace)
        if common > most:
            nearest, most = trace, common
    if nearest is None:
        return None
    difference = _difference(prompt, mine, nearest)
    if difference is None or difference.index > prompt.last or difference.of_trace > nearest.last:
        return None
    if _is_read(question, difference.index):
        return None
    if difference.parameter in COUNTED_AS_MODEL:
        return Explanation("model_changed", difference.parameter)
    if difference.parameter is not None:
        return Explanation("parameters_changed", difference.parameter)
    if difference.section == "messages" and not _is_lost(question, mine, nearest, difference):
        return None
    return Explanation(_REASONS[difference.section], path_of(prompt, difference.section, difference.index))


_REASONS: Final[Mapping[str, Reason]] = {
    "tools": "tools_changed",
    "system": "system_changed",
    "messages": "messages_changed",
}


@dataclass(frozen=True, slots=True)
class _Difference:
    """Where a request first differs from a trace, as indices of blocks in either."""

    index: int
    of_trace: int
    section: str
    parameter: str | None = None
    """The path of the parameter that differs before those blocks do."""


def _difference(prompt: Prompt, mine: bytes, trace: Trace) -> _Difference | None:
    """The first difference in the order of the prefix, or `None` where one only goes on beyond the other."""
    if prompt.model != trace.model:
        return _Difference(0, 0, "tools", "model")
    starts = ((0, 0), (prompt.system_at, trace.system_at), (prompt.messages_at, trace.messages_at))
    ends = ((prompt.system_at, trace.system_at), (prompt.messages_at, trace.messages_at), None)
    for section, start, end in zip(("tools", "system", "messages"), starts, ends, strict=True):
        index, of_trace = start
        parameter = _parameter(prompt, trace, section)
        # Messages of another conversation differ anyway, whatever their parameters.
        if parameter is not None and (section != "messages" or _same(mine, index, trace, of_trace)):
            return _Difference(index, of_trace, section, parameter)
        until, of_trace_until = end or (len(mine) // SHORT, trace.blocks)
        common = _leading(
            mine[index * SHORT : until * SHORT], trace.digests[of_trace * SHORT : of_trace_until * SHORT]
        )
        if end is None:
            if index + common == until or of_trace + common == of_trace_until:
                return None
            return _Difference(index + common, of_trace + common, section)
        if index + common < until or of_trace + common < of_trace_until:
            place = prompt.places[index + common][0] if index + common < until else section
            return _Difference(index + common, of_trace + common, place)
    return None


def _parameter(prompt: Prompt, trace: Trace, section: str) -> str | None:
    """The first of the parameters that stand before `section` that differs."""
    for path, digest in prompt.parameters.items():
        is_early = path in BEFORE_SYSTEM or path == CITATIONS
        if is_early == (section == "system") and section != "tools" and trace.parameters.get(path) != digest:
            return path
    return None


def _same(mine: bytes, index: int, trace: Trace, of_trace: int) -> bool:
    """Whether both have a block there, and the same."""
    own = mine[index * SHORT : (index + 1) * SHORT]
    return bool(own) and own == trace.digests[of_trace * SHORT : (of_trace + 1) * SHORT]


def _common(prompt: Prompt, mine: bytes, trace: Trace) -> int:
    """How many blocks are the same from the start on, whatever the model and the parameters."""
    if prompt.system_at != trace.system_at or prompt.messages_at != trace.messages_at:
        shorter = min(prompt.system_at, trace.system_at)
        common = _leading(mine[: shorter * SHORT], trace.digests[: shorter * SHORT])
        if common < shorter or prompt.system_at != trace.system_at:
            return common
        shorter = min(prompt.messages_at, trace.messages_at)
        return _leading(mine[: shorter * SHORT], trace.digests[: shorter * SHORT])
    return _leading(mine, trace.digests)


def _leading(one: bytes, other: bytes) -> int:
    """How many whole digests two rows of them have in common from their start on."""
    low, high = 0, min(len(one), len(other)) // SHORT
    while low < high:
        middle = (low + high + 1) // 2
        if one[: middle * SHORT] == other[: middle * SHORT]:
            low = middle
        else:
            high = middle - 1
    return low


def _is_read(question: Question, index: int) -> bool:
    """Whether what was read goes beyond the begin of block `index`, as another's entry after the same change does."""
    if not index or not question.read:
        return question.read > 0
    return question.read > (question.tokens(index - 1) + question.tokens(index)) / 2


def _is_lost(question: Question, mine: bytes, trace: Trace, difference: _Difference) -> bool:
    """Whether messages that differ are a loss, and not just another conversation.

    They are where what comes after is mostly the same: the conversation is, and an earlier part of it was edited, or
    left out. They are, too, where nothing was read although what comes before would have been enough to cache.
    """
    rest = _set(mine, difference.index)
    of_trace = _set(trace.digests, difference.of_trace)
    shared = len(rest & of_trace)
    if shared and 2 * shared >= min(len(rest), len(of_trace)):
        return True
    before = question.tokens(difference.index - 1) if difference.index else 0
    return not question.read and before >= question.minimum


def _set(digests: bytes, start: int) -> set[bytes]:
    return {digests[at : at + SHORT] for at in range(start * SHORT, len(digests), SHORT)}


def path_of(prompt: Prompt, section: str, index: int) -> str:
    """Block `index` as a path of the request. One that is no longer there is that after the last of its section."""
    if index < len(prompt.places) and prompt.places[index][0] == section:
        _, number, at = prompt.places[index]
    else:
        number, at = 1 + max((place[1] for place in prompt.places if place[0] == section), default=-1), 0
    return f"messages[{number}].content[{at}]" if section == "messages" else f"{section}[{number}]"
