"""Why requests missed the cache: the truth, which the endpoint knows and a client has to guess.

A *thread* is a conversation, as the client names it in a directive (see script); a *site* is the part of that name
before a slash. A request is compared with the thread's last one. The first of a thread is compared with one of its
site that left an entry: of the same model where there are such, and of those that with which it has most in common, of
equals the last. That one's entry came nearest to being read. The endpoint sees the requests of all clients, the texts
themselves, and every entry that it ever had.

Two reasons can hold at once: the request's own prefix was written once and is out of reach, and something has changed.
The reason is the one without which more would have been read. A request that *continues* the last one of its thread,
which is to say that it has the last block of that one and goes on after it, would have read all of that one's entry,
if it still lives. Else the own prefix comes first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from otel_claude.simulator.cache import (
    MESSAGES_PARAMETERS,
    SYSTEM_PARAMETERS,
    Lookup,
    minimum,
    model_of,
)
from otel_claude.simulator.tokens import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from otel_claude.simulator.cache import PrefixCache
    from otel_claude.simulator.prompt import Block

MOST_OF_SITE: Final = 64
"""Requests of a site that are kept to compare with."""

PATHS: Final = {"effort": "output_config.effort", "format": "output_config.format"}
"""Parameters whose path in the request is not their name."""


@dataclass(frozen=True, slots=True)
class Miss:
    """Why a request wrote what it might have read."""

    reason: str
    """`first_write`, `expired`, `lookback`, or `model_changed`, and so for tools, system, messages and parameters."""

    at: str | None = None
    """Where the prefix first differs, as a path: `system[0]`, `messages[3].content[1]`, `tool_choice`."""

    causes: tuple[str, ...] = ()
    """Every reason that holds, of which `reason` is the first."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with what the cache had for it."""

    body: Mapping[str, Any]
    blocks: Sequence[Block]
    lookup: Lookup


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is kept of a request to compare later ones with."""

    model: str
    parameters: Mapping[str, str]
    sections: Mapping[str, tuple[str, ...]]
    """The content of the blocks of each section."""

    last: tuple[str, int]
    """The section and the number in it of the last breakpoint that counts; -1 where there is none."""

    entry: bytes | None
    """The digest of the prefix up to there."""

    reach: int
    """How many blocks of the messages are in that prefix; less than 0 where it ends before them."""

    @property
    def ending(self) -> str:
        """The last block of the messages."""
        return self.sections["messages"][-1]


@dataclass(frozen=True, slots=True)
class _Difference:
    section: str
    number: int
    """Of the block within its section. That of a parameter is 0: it stands before the first."""

    parameter: str | None = None


class Misses:
    """The requests of one workspace. Not thread-safe: the caller holds a lock."""

    def __init__(self) -> None:
        self._threads: dict[str, _Seen] = {}
        self._sites: dict[str, list[_Seen]] = {}
        self._messages: dict[str, _Seen] = {}

    def of(self, asked: Asked, thread: str, cache: PrefixCache) -> Miss | None:
        """Why `asked` misses, and has it remembered as the last of its thread."""
        site = thread.partition("/")[0]
        seen = _seen(asked)
        own, of_site = self._threads.get(thread), self._sites.setdefault(site, [])
        left = [each for each in reversed(of_site) if each.entry is not None]
        of_model = [each for each in left if each.model == seen.model]
        earlier = max(of_model or left, key=lambda each: _common(seen, each), default=None)
        self._threads[thread] = seen
        of_site.append(seen)
        del of_site[:-MOST_OF_SITE]
        lookup = asked.lookup
        if not lookup.write_5m + lookup.write_1h:
            return None
        index = _own_prefix(asked, cache)
        candidates = [None if index is None else _out_of_reach(asked, index, cache)]
        if own is not None:
            candidates.append(_changed(asked, seen, own, is_same=True))
            if index is not None and _would_read(asked, seen, own, index, cache):
                candidates.reverse()
        elif earlier is not None:
            candidates.append(_changed(asked, seen, earlier, is_same=False))
        found = [each for each in candidates if each is not None]
        if not found:
            return None if lookup.read else Miss("first_write", None, ("first_write",))
        return Miss(found[0].reason, found[0].at, tuple(each.reason for each in found))

    def diagnostics(self, asked: Asked, wanted: object, message_id: str) -> dict[str, Any] | None:
        """What a response says that asks for diagnostics. [SDK 2.11, `Diagnostics`]"""
        seen = _seen(asked)
        self._messages[message_id] = seen
        if not isinstance(wanted, dict) or wanted.get("previous_message_id") is None:
            return None
        previous = self._messages.get(str(wanted["previous_message_id"]))
        if previous is None:
            return {"cache_miss_reason": {"type": "previous_message_not_found"}}
        difference = _difference(seen, previous)
        if difference is None:
            return None
        lost = sum(block.tokens for block in asked.blocks) - asked.lookup.read
        kind = f"{difference.section}_changed"
        if difference.parameter in ("model", "speed"):
            kind = "model_changed"
        elif difference.parameter is not None:
            return {"cache_miss_reason": {"type": "unavailable"}}
        return {"cache_miss_reason": {"type": kind, "cache_missed_input_tokens": lost}}


def _own_prefix(asked: Asked, cache: PrefixCache) -> int | None:
    """The block with which the longest entry ends that there ever was of the request's own prefix, if not read."""
    lookup = asked.lookup
    ends = range(lookup.marks[-1], lookup.hit, -1)
    return next((index for index in ends if cache.expiry(lookup.digests[index]) is not None), None)


def _out_of_reach(asked: Asked, index: int, cache: PrefixCache) -> Miss:
    expiry = cache.expiry(asked.lookup.digests[index])
    return Miss("expired" if expiry is not None and expiry <= asked.lookup.at else "lookback")


def _would_read(asked: Asked, seen: _Seen, own: _Seen, index: int, cache: PrefixCache) -> bool:
    """Whether the request, unchanged since `own`, would have read as much as of its own prefix up to block `index`."""
    if own.entry is None or own.ending not in seen.sections["messages"][:-1]:
        return False
    expiry = cache.expiry(own.entry)
    before = sum(block.section != "messages" for block in asked.blocks)
    return expiry is not None and expiry > asked.lookup.at and index + 1 - before <= own.reach


def _changed(asked: Asked, seen: _Seen, earlier: _Seen, *, is_same: bool) -> Miss | None:
    """What changed since `earlier`, if that had an entry beyond it; `is_same` says whether it is of the same thread."""
    difference = _difference(seen, earlier)
    if difference is None:
        return None
    if difference.section == "messages" and not is_same:
        messages = seen.sections["messages"], earlier.sections["messages"]
        if difference.parameter is None or messages[0][:1] != messages[1][:1]:
            # Another conversation: of its own only where nothing was read of what both have, though it was enough.
            common = _leading(*messages)
            before = sum(block.tokens for block in asked.blocks if block.section != "messages")
            before += sum(
                block.tokens for block in [b for b in asked.blocks if b.section == "messages"][:common]
            )
            if asked.lookup.read or before < (minimum(seen.model) or 0):
                return None
            difference = _Difference("messages", common)
    if not (_reaches(seen, difference) and _reaches(earlier, difference)):
        return None
    if difference.parameter is not None:
        kind = "model" if difference.parameter in ("model", "speed") else "parameters"
        return Miss(f"{kind}_changed", PATHS.get(difference.parameter, difference.parameter))
    at = _path(asked, difference)
    return Miss(f"{at.partition('[')[0]}_changed", at)


def _reaches(seen: _Seen, difference: _Difference) -> bool:
    """Whether the last breakpoint of a request is at the difference or after it."""
    order = ("tools", "system", "messages")
    section, number = seen.last
    return (order.index(section), number) >= (order.index(difference.section), difference.number)


def _seen(asked: Asked) -> _Seen:
    """What is kept of a request."""
    numbers: dict[str, int] = {}
    positions = []
    sections: dict[str, list[str]] = {"tools": [], "system": [], "messages": []}
    for block in asked.blocks:
        positions.append((block.section, numbers.get(block.section, 0)))
        numbers[block.section] = numbers.get(block.section, 0) + 1
        sections[block.section].append(block.content)
    parameters = {**SYSTEM_PARAMETERS, **MESSAGES_PARAMETERS}
    marks = asked.lookup.marks
    return _Seen(
        model_of(asked.body),
        {name: canonical(of(asked.body)) for name, of in parameters.items()},
        {name: tuple(contents) for name, contents in sections.items()},
        last=positions[marks[-1]] if marks else ("tools", -1),
        entry=asked.lookup.digests[marks[-1]] if marks else None,
        reach=marks[-1] + 1 - len(positions) + len(sections["messages"]) if marks else 0,
    )


def _difference(seen: _Seen, earlier: _Seen) -> _Difference | None:
    """The first difference in the order of the prefix, or `None` where the messages of one only go on beyond."""
    if seen.model != earlier.model:
        return _Difference("tools", 0, "model")
    before: Mapping[str, Sequence[str]] = {
        "tools": (),
        "system": tuple(SYSTEM_PARAMETERS),
        "messages": tuple(MESSAGES_PARAMETERS),
    }
    for section, names in before.items():
        for name in names:
            if seen.parameters[name] != earlier.parameters[name]:
                return _Difference(section, 0, name)
        one, other = seen.sections[section], earlier.sections[section]
        common = _leading(one, other)
        if section == "messages":
            return None if common in (len(one), len(other)) else _Difference(section, common)
        if common < max(len(one), len(other)):
            return _Difference(section, common)
    return None


def _common(seen: _Seen, earlier: _Seen) -> int:
    """How many blocks are the same from the start on, whatever the model and the parameters."""
    total = 0
    for section, contents in seen.sections.items():
        common = _leading(contents, earlier.sections[section])
        total += common
        if common < max(len(contents), len(earlier.sections[section])):
            break
    return total


def _leading(one: Sequence[str], other: Sequence[str]) -> int:
    shorter = min(len(one), len(other))
    return next((index for index in range(shorter) if one[index] != other[index]), shorter)


def _path(asked: Asked, difference: _Difference) -> str:
    """The place of a difference as a path. A block that is no longer there is one after the last of its section."""
    of_section = [block.path for block in asked.blocks if block.section == difference.section]
    if difference.number < len(of_section):
        section, *numbers = of_section[difference.number].split(".")
        if section == "messages":
            return f"messages[{numbers[0]}].content[{numbers[2]}]"
        return f"{section}[{numbers[0]}]"
    return f"{difference.section}[{len(of_section)}]"
