"""Where a request first differs from an earlier one, in the order of the prefix.

The earlier one is a *trace*: what is remembered of it. `mine` is the same of the request itself: `SHORT` bytes a block.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from otel_claude.cache.knowledge import SHORT
from otel_claude.cache.parameters import BEFORE_SYSTEM, CITATIONS

if TYPE_CHECKING:
    from otel_claude.cache.knowledge import Trace
    from otel_claude.cache.prompt import Prompt


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a request first differs from a trace, as indices of blocks in either."""

    index: int
    of_trace: int
    section: str
    parameter: str | None = None
    """The path of the parameter that differs before those blocks do."""


def first_difference(prompt: Prompt, mine: bytes, trace: Trace) -> Difference | None:
    """The first difference in the order of the prefix, or `None` where one only goes on beyond the other."""
    if prompt.model != trace.model:
        return Difference(0, 0, "tools", "model")
    starts = ((0, 0), (prompt.system_at, trace.system_at), (prompt.messages_at, trace.messages_at))
    ends = ((prompt.system_at, trace.system_at), (prompt.messages_at, trace.messages_at), None)
    for section, start, end in zip(("tools", "system", "messages"), starts, ends, strict=True):
        index, of_trace = start
        parameter = _parameter(prompt, trace, section)
        # Messages of another conversation differ anyway, whatever their parameters.
        if parameter is not None and (section != "messages" or _same(mine, index, trace, of_trace)):
            return Difference(index, of_trace, section, parameter)
        until, of_trace_until = end or (len(mine) // SHORT, trace.blocks)
        common = leading(
            mine[index * SHORT : until * SHORT], trace.digests[of_trace * SHORT : of_trace_until * SHORT]
        )
        if end is None:
            if index + common == until or of_trace + common == of_trace_until:
                return None
            return Difference(index + common, of_trace + common, section)
        if index + common < until or of_trace + common < of_trace_until:
            place = prompt.places[index + common][0] if index + common < until else section
            return Difference(index + common, of_trace + common, place)
    return None


def is_single(prompt: Prompt, mine: bytes, trace: Trace, difference: Difference, end: int) -> bool:
    """Whether nothing else differs up to block `end`: at most one block was edited, left out or put in."""
    for path, digest in prompt.parameters.items():
        if path != difference.parameter and trace.parameters.get(path) != digest:
            return False
    rest = mine[difference.index * SHORT : (end + 1) * SHORT]
    of_trace_end = end + 1 - prompt.messages_at + trace.messages_at
    of_trace = trace.digests[difference.of_trace * SHORT : of_trace_end * SHORT]
    differing = max(len(rest), len(of_trace)) // SHORT - leading(_reversed(rest), _reversed(of_trace))
    return differing <= (0 if difference.parameter else 1)


def common_blocks(prompt: Prompt, mine: bytes, trace: Trace) -> int:
    """How many blocks are the same from the start on, whatever the model and the parameters."""
    if prompt.system_at != trace.system_at or prompt.messages_at != trace.messages_at:
        shorter = min(prompt.system_at, trace.system_at)
        common = leading(mine[: shorter * SHORT], trace.digests[: shorter * SHORT])
        if common < shorter or prompt.system_at != trace.system_at:
            return common
        shorter = min(prompt.messages_at, trace.messages_at)
        return leading(mine[: shorter * SHORT], trace.digests[: shorter * SHORT])
    return leading(mine, trace.digests)


def leading(one: bytes, other: bytes) -> int:
    """How many whole digests two rows of them have in common from their start on."""
    low, high = 0, min(len(one), len(other)) // SHORT
    while low < high:
        middle = (low + high + 1) // 2
        if one[: middle * SHORT] == other[: middle * SHORT]:
            low = middle
        else:
            high = middle - 1
    return low


def path_of(prompt: Prompt, section: str, index: int) -> str:
    """Block `index` as a path of the request. One that is no longer there is that after the last of its section."""
    if index < len(prompt.places) and prompt.places[index][0] == section:
        _, number, at = prompt.places[index]
    else:
        number, at = 1 + max((place[1] for place in prompt.places if place[0] == section), default=-1), 0
    return f"messages[{number}].content[{at}]" if section == "messages" else f"{section}[{number}]"


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


def _reversed(digests: bytes) -> bytes:
    """The same digests, the last one first."""
    return b"".join(digests[at : at + SHORT] for at in range(len(digests) - SHORT, -1, -SHORT))
