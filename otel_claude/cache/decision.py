"""Why a call missed: one function over what it asked for, what it was billed, and what is remembered.

The response's usage says *whether* it missed; what is remembered can only say why. So an explanation can be wrong or
lacking, but a read is never called a miss.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from otel_claude.cache.difference import common_blocks, first_difference, is_single, path_of
from otel_claude.cache.knowledge import SHORT, answered_of
from otel_claude.cache.parameters import COUNTED_AS_MODEL
from otel_claude.cache.status import Explanation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from otel_claude.cache.difference import Difference
    from otel_claude.cache.knowledge import Knowledge, Trace
    from otel_claude.cache.prompt import Prompt
    from otel_claude.cache.status import Reason

LOOKBACK: Final = 20
"""Blocks that a breakpoint looks back over, its own included. [Claude docs, "Prompt caching", 2026-08-22]"""

CLOCKS_NS: Final = 5 * 10**9
"""By how much an entry may seem alive here and be expired there: the request takes its time, and clocks differ."""


NEVER_BACK: Final = 64
"""After how many requests of a call site in a row, each of which was new from the same place on, the place is taken to
change at every call, whoever else writes. Were there only a few hundred different prefixes, which others may have
written long ago, one of so many would have come back to this process."""


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


@dataclass(frozen=True, slots=True)
class Finding:
    """What is found of a call."""

    explanation: Explanation | None
    """`None` where nothing was lost, as when a conversation grew."""

    new_from: str | None = None
    """The place from which on the request is unlike the last ones of its call site and all that is remembered."""

    is_resumed: bool = False
    """Whether the conversation is new here and has an answer in it."""


def explain(question: Question, known: Knowledge, hit: int | None) -> Finding:
    """Why a call did not read what it wrote, if it wrote. `hit` is the block up to which it read, as `known_hit` says.

    The first line that holds is the answer:

    1. The conversation's last request has an entry that still lives and goes on beyond the block or parameter in which
       this one first differs from it; what was read does not: `..._changed`. Unchanged, it would have been read.
    2. A prefix of this request was written before and is longer than what was read. Past its time: `expired`. Alive,
       but over 20 blocks before each breakpoint: `lookback`. Alive and in sight: `unknown`, the API dropped it.
    3. The conversation's last request, or another one of the call site, had an entry that goes on beyond the first
       difference: `..._changed`. Messages differ between conversations, of course: there it counts only where nothing
       was read although as much as the model's minimum is the same.
    4. Something was read, and no more was known to be there: no miss.
    5. `first_write`.

    Where others are likely to write, line 1 counts only if they cannot have answered in between, or if what was not
    read shows that they have not been sent the difference. Line 3 is `unknown`, but where the call site's prefixes
    never come back; see `NEVER_BACK`. Line 5 is `unknown`.
    """
    prompt = question.prompt
    own = known.conversation(question.scope, question.site, question.conversation)
    last = known.previous(question.scope, question.site, answered_of(prompt))
    is_resumed = prompt.is_continued and last is None and own is None
    if not question.written:
        return Finding(None, is_resumed=is_resumed)
    has_others = is_resumed or _has_others(question, known, hit)
    mine = b"".join(digest[:SHORT] for digest in prompt.digests)
    before = last if last is not None and not last.is_shared else _earlier(prompt, mine, own)
    difference = None if before is None else _loss(question, mine, before, is_same=True)
    index = _own_prefix(question, known, hit)
    if before is not None and difference is not None and _would_have_read(question, before, index):
        is_certain = before is last or _would_be_read(question, mine, before, difference)
        if is_certain or not has_others:
            return _changed(prompt, difference, is_new=index is None)
    if index is not None:
        return Finding(_out_of_reach(question, known, index), is_resumed=is_resumed)
    if before is None or has_others:
        traces = known.traces(question.scope, question.site)
        difference = _loss_of_site(question, mine, (*((own,) if own else ()), *traces))
    if difference is not None:
        found = _changed(prompt, difference, is_new=True)
        place = found.new_from or ""
        if has_others and known.variations(question.scope, question.site, place) < NEVER_BACK:
            return Finding(Explanation("unknown"), place, is_resumed)
        return found
    if question.read:
        return Finding(None, is_resumed=is_resumed)
    is_alone = not has_others and not known.answers_of_others(question.scope, question.at_ns)
    return Finding(Explanation("first_write" if is_alone else "unknown"), is_resumed=is_resumed)


def _has_others(question: Question, known: Knowledge, hit: int | None) -> bool:
    """Whether others are likely to write: the process looks like one of several, or something was read that nobody
    here wrote."""
    if question.has_siblings or (question.read and hit is None):
        return True
    return known.reads_of_others(question.scope, question.at_ns)


def _would_have_read(question: Question, before: Trace, index: int | None) -> bool:
    """Whether the request, unchanged since `before`, would have read as much as of its own prefix up to block `index`,
    or more."""
    is_longer = index is None or index - question.prompt.messages_at <= before.last - before.messages_at
    return is_longer and before.expires_ns > question.at_ns


def _own_prefix(question: Question, known: Knowledge, hit: int | None) -> int | None:
    """The block with which the longest entry ends that is known of the request's own prefix, if it is longer than what
    was read."""
    prompt = question.prompt
    for index in range(prompt.last, -1 if hit is None else hit, -1):
        entry = known.entry(question.scope, prompt.chain[index])
        if entry is None or entry.readable_ns > question.at_ns:
            continue
        is_read = question.read and (entry.tokens <= question.read or entry.is_of(question.read))
        return None if is_read else index
    return None


def _out_of_reach(question: Question, known: Knowledge, index: int) -> Explanation:
    """Why the entry that ends with block `index` was not read."""
    entry = known.entry(question.scope, question.prompt.chain[index])
    if entry is None or entry.expires_ns <= question.at_ns + CLOCKS_NS:
        return Explanation("expired")
    return Explanation("unknown" if is_in_sight(question.prompt, index) else "lookback")


def _earlier(prompt: Prompt, mine: bytes, own: Trace | None) -> Trace | None:
    """The trace `own`, which has the same opening block, if that request came before this one in its conversation: its
    last turn is among those that were answered since, or ended as the last of them, where its answer was edited."""
    if own is None or own.is_shared or not prompt.is_continued:
        return None
    start, end = prompt.messages_at * SHORT, prompt.turns[-2] * SHORT
    if not own.is_opening and mine[end - SHORT : end] == own.turn[-SHORT:]:
        return own
    found = mine.find(own.turn, start, end)
    while found >= 0 and found % SHORT:
        found = mine.find(own.turn, found + 1, end)
    return own if (found == start if own.is_opening else found >= 0) else None


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


def _would_be_read(question: Question, mine: bytes, trace: Trace, difference: Difference) -> bool:
    """Whether there would be an entry to read, had a request after `trace` been sent with the difference already.

    There would where a breakpoint stands behind it and before the first answer, and nothing else differs up to there.
    """
    prompt = question.prompt
    return any(
        difference.index <= mark.block < prompt.opening
        and question.tokens(mark.block) >= question.minimum
        and is_single(prompt, mine, trace, difference, mark.block)
        for mark in prompt.marks
    )


def _loss_of_site(question: Question, mine: bytes, traces: Iterable[Trace]) -> Difference | None:
    """What is lost by a difference from the one of `traces` that came nearest to being read: of the same model where
    there is one, and of those that with most in common; of equals, the first."""
    prompt = question.prompt
    nearest, most = None, (False, -1)
    for trace in traces:
        if trace.last >= 0:
            common = (trace.model == prompt.model, common_blocks(prompt, mine, trace))
            if common > most:
                nearest, most = trace, common
    return None if nearest is None else _loss(question, mine, nearest)


def _loss(question: Question, mine: bytes, trace: Trace, *, is_same: bool = False) -> Difference | None:
    """Where the request first differs from `trace`, if an entry of that one was not read for it. `is_same` says that
    both are of one conversation."""
    prompt = question.prompt
    difference = first_difference(prompt, mine, trace)
    if difference is None or difference.index > prompt.last or difference.of_trace > trace.last:
        return None
    if _is_read(question, difference.index):
        return None
    is_of_messages = difference.section == "messages" and difference.parameter is None
    if is_of_messages and not is_same and not _is_lost(question, mine, trace, difference):
        return None
    return difference


def _changed(prompt: Prompt, difference: Difference, *, is_new: bool) -> Finding:
    """A difference as a finding. `is_new` says that nothing with it is known to have been written before."""
    path = difference.parameter
    reason: Reason = _REASONS[difference.section]
    if path is None:
        path = path_of(prompt, difference.section, difference.index)
    else:
        reason = "model_changed" if path in COUNTED_AS_MODEL else "parameters_changed"
    return Finding(Explanation(reason, path), path if is_new else None)


_REASONS: Final[Mapping[str, Reason]] = {
    "tools": "tools_changed",
    "system": "system_changed",
    "messages": "messages_changed",
}


def _is_read(question: Question, index: int) -> bool:
    """Whether what was read goes beyond the begin of block `index`, as another's entry after the same change does."""
    if not index or not question.read:
        return question.read > 0
    return question.read > (question.tokens(index - 1) + question.tokens(index)) / 2


def _is_lost(question: Question, mine: bytes, trace: Trace, difference: Difference) -> bool:
    """Whether messages that differ are a loss, and not just another conversation.

    They are where what comes after is mostly the same, in blocks and in length: the conversation is, and an earlier
    part of it was edited, or left out. One question about another document each time is no conversation. They are,
    too, where nothing was read although what comes before would have been enough to cache.
    """
    rest = _set(mine, difference.index)
    of_trace = _set(trace.digests, difference.of_trace)
    shared = rest & of_trace
    if shared and 2 * len(shared) >= min(len(rest), len(of_trace)):
        length = same = until = 0
        before = question.prompt.ends[difference.index - 1] if difference.index else 0
        for index in range(difference.index, len(mine) // SHORT):
            own, before = question.prompt.ends[index] - before, question.prompt.ends[index]
            length += own
            if mine[index * SHORT : (index + 1) * SHORT] in shared:
                same, until = same + own, length
        if 2 * same >= until:
            return True
    tokens = question.tokens(difference.index - 1) if difference.index else 0
    return not question.read and tokens >= question.minimum


def _set(digests: bytes, start: int) -> set[bytes]:
    return {digests[at : at + SHORT] for at in range(start * SHORT, len(digests), SHORT)}
