"""A module in parts, so that a definition is parsed only when it is asked for.

A *part* is one definition at the top of a module, or the statements between two definitions. Most of a module that
another file imports from are definitions that nobody asks for, and libcst takes longer to parse a line than everything
else together. The cut goes by the first character of each line and by counting triple quotes; where that leaves a doubt
the lines belong to a part that is parsed at once.
"""

from __future__ import annotations

import re
from typing import Final

from claude_lint.dataclass import dataclass
from claude_lint.reading.names import CHARACTER

_START: Final = re.compile(
    rf"^(?:(?P<decorator>@)|(?:async[ \t]+def|def|class)[ \t]+(?P<name>{CHARACTER}+)|[^\s#)\]}}])", re.M
)
"""A line that begins a statement at the top of a module."""

_WHOLE: Final = re.compile(
    r"[\r\f]|\brandom\.seed\b|^[ \t]*(?:global[ \t]|(?:from|import)[ \t][^\n]*\banthropic\b)", re.M
)
"""What says something about the whole of a module wherever it stands, or makes lines hard to count."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a module. `lines` is how many there are before it, `name` that of the definition, if it is one."""

    text: str
    lines: int
    name: str = ""


def parts_of(text: str) -> tuple[Part, ...]:
    """The parts of a module in order: all of it in one where it must be seen as a whole."""
    if _WHOLE.search(text):
        return (Part(text, 0),)
    cuts: list[tuple[int, str]] = [(0, "")]
    decorated = doubtful = False
    for match in _START.finditer(text):
        start = match.start()
        if _in_string(text, cuts[-1][0], start):
            doubtful = True
            continue
        if doubtful:
            cuts[-1], doubtful = (cuts[-1][0], ""), False
        name = match["name"] or ""
        if decorated and name:
            cuts[-1], decorated = (cuts[-1][0], name), False
        elif name or match["decorator"]:
            if not decorated:
                cuts.append((start, name))
            decorated = not name
        elif cuts[-1][1] or decorated:
            cuts.append((start, ""))
            decorated = False
    if doubtful:
        cuts[-1] = (cuts[-1][0], "")
    return tuple(_cut(text, cuts))


def _in_string(text: str, start: int, end: int) -> bool:
    return text.count('"""', start, end) % 2 == 1 or text.count("'''", start, end) % 2 == 1


def _cut(text: str, cuts: list[tuple[int, str]]) -> list[Part]:
    """The parts that begin at `cuts`, with neighbours that are no definitions joined."""
    parts: list[Part] = []
    lines = at = 0
    for (start, name), end in zip(cuts, [start for start, _ in cuts[1:]] + [len(text)], strict=True):
        if start == end:
            continue
        if parts and not name and not parts[-1].name:
            parts[-1] = Part(parts[-1].text + text[start:end], parts[-1].lines)
            continue
        lines += text.count("\n", at, start)
        at = start
        parts.append(Part(text[start:end], lines, name))
    return parts
