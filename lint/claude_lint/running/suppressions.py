"""Comments that silence findings.

A *suppression* is one comment that does so: `# claude-lint: ignore[CL101] reason` with codes, prefixes of
codes or names, `# claude-lint: ignore` for every rule, `# claude-lint: ignore-file[CL101]` for a whole file,
and `# noqa: CL101` or `# noqa` as other linters read them. It works on the first and the last line of the
finding's place and on the first line of the call. In a notebook, `ignore-file` is good for the whole
notebook. With `until=2027-01-31` before the reason it *expires*: after that day it silences nothing.
"""

from __future__ import annotations

import io
import re
import tokenize
from datetime import date
from typing import TYPE_CHECKING, Final, Literal

from claude_lint.dataclass import dataclass
from claude_lint.running.selection import matches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_lint.findings import Finding, Place
    from claude_lint.reading.sourcelines import Lines, SourceLines

_OURS: Final = (
    r"#\s*claude-lint:\s*(?P<kind>ignore-file|ignore)(?![\w-])\s*(?:\[(?P<rules>[^\]]*)\])?(?P<reason>[^#]*)"
)
_NOQA: Final = (
    r"(?i)#\s*noqa(?P<colon>:)?(?(colon)\s*(?P<rules>[A-Z]+[0-9]+(?:[\s,]+[A-Z]+[0-9]+)*)|(?![\w-]))"
)
_UNTIL: Final = r"(?s)until\s*=\s*(?P<day>\S*)\s*(?P<reason>.*)"
_MAGIC: Final = r"\s*[!%?]"


@dataclass(frozen=True, slots=True)
class Suppression:
    """One comment that silences findings. `rules` are its selectors, or `None` for every rule."""

    path: str
    line: int
    column: int
    end_column: int
    cell: int | None
    kind: Literal["ignore", "ignore-file", "noqa"]
    rules: tuple[str, ...] | None
    reason: str = ""
    until: date | None = None
    """The last day on which it silences anything."""

    misdated: str = ""
    """What stands after `until=` where that is no day."""

    list_column: int = 0
    list_end_column: int = 0
    """Where `rules` stand, without brackets; 0 without any."""

    def expired(self, today: date) -> bool:
        """Whether its last day has passed."""
        return self.until is not None and self.until < today

    def silences(self, finding: Finding) -> bool:
        """Whether it means the finding's rule, wherever that is."""
        return self.rules is None or any(matches(rule, finding.code, finding.name) for rule in self.rules)


class Suppressions:
    """The suppressions of files, read when a finding asks for them. `today` decides which have expired."""

    def __init__(self, sources: SourceLines, today: date) -> None:
        self._sources, self._today = sources, today
        self._known: dict[str, tuple[Suppression, ...]] = {}

    def of_file(self, path: str) -> tuple[Suppression, ...]:
        """Those in the file at `path`, in order."""
        if path not in self._known:
            self._known[path] = tuple(
                found
                for cell, lines in self._sources.units(path).items()
                for found in in_text(lines, path, cell)
            )
        return self._known[path]

    def silencing(self, finding: Finding) -> Suppression | None:
        """The suppression that silences the finding, if one does."""
        return next((each for each in self.about(finding) if not each.expired(self._today)), None)

    def about(self, finding: Finding) -> Iterator[Suppression]:
        """Every suppression that means the finding, expired ones too."""
        place, call = finding.place, finding.call
        lines = {_spot(place, place.line), _spot(place, place.end_line or place.line), _spot(call, call.line)}
        for path in dict.fromkeys((place.path, call.path)):
            for each in self.of_file(path):
                here = each.kind == "ignore-file" or (each.path, each.cell, each.line) in lines
                if here and each.silences(finding):
                    yield each


def in_text(lines: Lines, path: str, cell: int | None = None) -> Iterator[Suppression]:
    """The suppressions in the comments of one text; what looks like one inside a string is none."""
    if not any("claude-lint" in line or "noqa" in line.lower() for line in lines):
        return
    for number, column, comment in _comments(lines):
        for pattern, kind in ((_OURS, None), (_NOQA, "noqa")):
            found = re.search(pattern, comment)
            if found is None:
                continue
            given = found["rules"]
            rules = None if given is None else tuple(re.findall(r"[^\s,]+", given))
            listed = (0, 0) if given is None else (column + found.start("rules"), column + found.end("rules"))
            if kind == "noqa":
                codes = None if rules is None else tuple(rule.upper() for rule in rules)
                yield Suppression(
                    path, number, column + found.start(), column + found.end(), cell, "noqa", codes,
                    list_column=listed[0], list_end_column=listed[1],
                )  # fmt: skip
                continue
            until, misdated, reason = _until(found["reason"].strip())
            yield Suppression(
                path, number, column + found.start(), column + len(comment[: found.end()].rstrip()), cell,
                "ignore-file" if found["kind"] == "ignore-file" else "ignore", rules, reason, until, misdated,
                *listed,
            )  # fmt: skip


def _until(text: str) -> tuple[date | None, str, str]:
    """The day after `until=`, what stands there instead of one, and the rest of the text."""
    found = re.match(_UNTIL, text)
    if found is None:
        return None, "", text
    try:
        return date.fromisoformat(found["day"]), "", found["reason"]
    except ValueError:
        return None, found["day"] or "nothing", found["reason"]


def _spot(place: Place, line: int) -> tuple[str, int | None, int]:
    return place.path, place.cell, line


def _comments(lines: Lines) -> list[tuple[int, int, str]]:
    """Line, column (both from 1) and text of each comment, without the magics of a notebook where they are in
    the way.
    """
    try:
        return _tokenized(lines)
    except (tokenize.TokenError, SyntaxError):
        pass
    try:
        return _tokenized(tuple("" if re.match(_MAGIC, line) else line for line in lines))
    except (tokenize.TokenError, SyntaxError):
        return []


def _tokenized(lines: Lines) -> list[tuple[int, int, str]]:
    reader = io.StringIO("\n".join(lines) + "\n").readline
    return [
        (token.start[0], token.start[1] + 1, token.string)
        for token in tokenize.generate_tokens(reader)
        if token.type == tokenize.COMMENT
    ]
