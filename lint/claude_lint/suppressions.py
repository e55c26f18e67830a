"""Comments that silence findings.

A *suppression* is one comment that does so: `# claude-lint: ignore[CL101] reason` with codes, prefixes of
codes or names, `# claude-lint: ignore` for every rule, `# claude-lint: ignore-file[CL101]` for a whole file,
and `# noqa: CL101` or `# noqa` as other linters read them. It works on the first and the last line of the
finding's place and on the first line of the call. In a notebook, `ignore-file` is good for the whole
notebook.
"""

from __future__ import annotations

import io
import re
import tokenize
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from claude_lint.selection import matches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_lint.findings import Finding, Place
    from claude_lint.sourcelines import Lines, SourceLines

_OURS: Final = re.compile(
    r"#\s*claude-lint:\s*(?P<kind>ignore-file|ignore)(?![\w-])\s*(?:\[(?P<rules>[^\]]*)\])?(?P<reason>[^#]*)"
)
_NOQA: Final = re.compile(
    r"#\s*noqa(?P<colon>:)?(?(colon)\s*(?P<rules>[A-Z]+[0-9]+(?:[\s,]+[A-Z]+[0-9]+)*)|(?![\w-]))",
    re.IGNORECASE,
)
_MAGIC: Final = re.compile(r"\s*[!%?]")


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

    def silences(self, finding: Finding) -> bool:
        """Whether it means the finding's rule, wherever that is."""
        return self.rules is None or any(matches(rule, finding.code, finding.name) for rule in self.rules)


class Suppressions:
    """The suppressions of files, read when a finding asks for them."""

    def __init__(self, sources: SourceLines) -> None:
        self._sources = sources
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
        place, call = finding.place, finding.call
        lines = {_spot(place, place.line), _spot(place, place.end_line or place.line), _spot(call, call.line)}
        for path in dict.fromkeys((place.path, call.path)):
            for each in self.of_file(path):
                here = each.kind == "ignore-file" or (each.path, each.cell, each.line) in lines
                if here and each.silences(finding):
                    return each
        return None


def in_text(lines: Lines, path: str, cell: int | None = None) -> Iterator[Suppression]:
    """The suppressions in the comments of one text; what looks like one inside a string is none."""
    if not any("claude-lint" in line or "noqa" in line.lower() for line in lines):
        return
    for number, column, comment in _comments(lines):
        for pattern, kind in ((_OURS, None), (_NOQA, "noqa")):
            found = pattern.search(comment)
            if found is None:
                continue
            given = found["rules"]
            rules = None if given is None else tuple(re.findall(r"[^\s,]+", given))
            if kind == "noqa" and rules is not None:
                rules = tuple(rule.upper() for rule in rules)
            start, end = column + found.start(), column + found.end()
            if kind == "noqa":
                yield Suppression(path, number, start, end, cell, "noqa", rules)
            else:
                whole = found["kind"] == "ignore-file"
                reason = found["reason"].strip()
                yield Suppression(
                    path, number, start, end, cell, "ignore-file" if whole else "ignore", rules, reason
                )


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
        return _tokenized(tuple("" if _MAGIC.match(line) else line for line in lines))
    except (tokenize.TokenError, SyntaxError):
        return []


def _tokenized(lines: Lines) -> list[tuple[int, int, str]]:
    reader = io.StringIO("\n".join(lines) + "\n").readline
    return [
        (token.start[0], token.start[1] + 1, token.string)
        for token in tokenize.generate_tokens(reader)
        if token.type == tokenize.COMMENT
    ]
