"""Applying fixes to the bytes of files.

A *round* applies every fix that touches no text that another fix of the round touches; the files are then linted
again, and so on until a round has nothing to apply. Files keep their encoding, byte order mark and line ends, a
notebook everything but the changed lines of its cells.
"""

from __future__ import annotations

import difflib
import os
import shutil
import tempfile
import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from claude_lint.dataclass import dataclass
from claude_lint.errors import LintError
from claude_lint.reading.filetext import FileText, UnsupportedTextError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from claude_lint.findings import Edit, Finding
    from claude_lint.result import Result

ROUNDS: Final = 10


@dataclass(frozen=True, slots=True)
class Fixed:
    """What fixing comes to. `result` is about the texts after it, and says in `fixed` what was mended."""

    result: Result
    before: Mapping[str, bytes]
    after: Mapping[str, bytes]
    """The files that change, by path relative to the root."""


def fix(lint: Callable[[Mapping[str, bytes]], Result], *, unsafe: bool) -> Fixed:
    """Lint, fix and lint again until nothing is left to fix. Writes nothing.

    `lint` lints the files as if those that it is given had these bytes. Only files that it was asked to lint are
    changed. With `unsafe`, fixes that need a reader are applied too. Raises `LintError` when fixes undo each other.
    """
    result = lint({})
    before: dict[str, bytes] = {}
    after: dict[str, bytes] = {}
    fixed: list[Finding] = []
    for _ in range(ROUNDS):
        applied, changed = apply(_wanted(result, unsafe=unsafe), result.sources.data)
        if not applied:
            break
        fixed += applied
        before = {path: result.sources.data(path) for path in changed} | before
        after |= changed
        result = lint(after)
    else:
        raise LintError(
            f"fixes still change {', '.join(sorted(changed))} after {ROUNDS} rounds; nothing was written. "
            "Fix these findings by hand"
        )
    after = {path: data for path, data in after.items() if data != before[path]}
    return Fixed(replace(result, fixed=tuple(fixed)), before, after)


def write(fixed: Fixed, root: Path) -> None:
    """Write the files that change, each as a whole and with its mode.

    Raises `LintError` for one that cannot be written, or that is not any more what was fixed; it is left alone.
    """
    for path, data in fixed.after.items():
        # A link stays one: what it leads to is replaced.
        file = (root / path).resolve()
        try:
            if file.read_bytes() != fixed.before[path]:
                raise LintError(f"{path}: changed while it was fixed; run the command again")
            descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
            try:
                with os.fdopen(descriptor, "wb") as stream:
                    stream.write(data)
                shutil.copymode(file, temporary)
                Path(temporary).replace(file)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise LintError(f"{path}: cannot be written: {error.strerror or error}") from error


def unified_diff(fixed: Fixed) -> str:
    """What fixing changes, as a patch; of a notebook the source of its cells."""
    parts: list[str] = []
    for path in sorted(fixed.after):
        before, after = (FileText.read(path, data[path]) for data in (fixed.before, fixed.after))
        for cell, text in before.units.items():
            name = path if cell is None else f"{path}:cell {cell}"
            lines = difflib.unified_diff(
                text.splitlines(keepends=True),
                after.units[cell].splitlines(keepends=True),
                f"a/{name}",
                f"b/{name}",
            )
            parts += (
                line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
            )
    return "".join(parts)


def _wanted(result: Result, *, unsafe: bool) -> list[Finding]:
    linted = frozenset(result.paths)
    return [
        finding
        for finding in result.findings
        if finding.fix is not None
        and finding.fix.edits
        and (unsafe or finding.fix.applicability == "safe")
        and all(edit.place.path in linted for edit in finding.fix.edits)
    ]


def apply(
    findings: Iterable[Finding], read: Callable[[str], bytes]
) -> tuple[tuple[Finding, ...], dict[str, bytes]]:
    """The findings whose fixes could be applied together, and the new bytes of the files that these change.

    A fix that would leave a file that no longer parses is not applied.
    """
    batch = _Batch(read)
    taken = [finding for finding in findings if batch.take(finding)]
    changed = batch.changed()
    if all(_still_parses(path, read(path), data) for path, data in changed.items()):
        return tuple(taken), changed
    # One of them does harm: find it by taking one after the other.
    kept: list[Finding] = []
    changed = {}
    for finding in taken:
        attempt = _Batch(read)
        for each in (*kept, finding):
            attempt.take(each)
        result = attempt.changed()
        if all(_still_parses(path, read(path), data) for path, data in result.items()):
            kept.append(finding)
            changed = result
    return tuple(kept), changed


class _Batch:
    """Edits that do not overlap, by file and cell."""

    def __init__(self, read: Callable[[str], bytes]) -> None:
        self._read = read
        self._texts: dict[str, FileText | None] = {}
        self._spans: dict[tuple[str, int | None], dict[tuple[int, int], str]] = {}

    def take(self, finding: Finding) -> bool:
        """Take all edits of the finding's fix, or none of them where one is in the way of another."""
        assert finding.fix is not None
        new: dict[tuple[str, int | None], dict[tuple[int, int], str]] = {}
        for edit in finding.fix.edits:
            where = (edit.place.path, edit.place.cell)
            span = self._span(edit)
            if span is None:
                return False
            taken = self._spans.get(where, {}) | new.get(where, {})
            if span in taken and taken[span] == edit.text and span[0] < span[1]:
                continue
            if any(_clash(span, other) for other in taken):
                return False
            new.setdefault(where, {})[span] = edit.text
        for where, spans in new.items():
            self._spans.setdefault(where, {}).update(spans)
        return True

    def changed(self) -> dict[str, bytes]:
        cells: dict[str, dict[int | None, str]] = {}
        for (path, cell), spans in self._spans.items():
            text = self._text(path)
            assert text is not None
            unit = text.units[cell]
            for (start, end), new in sorted(spans.items(), reverse=True):
                unit = unit[:start] + text.with_line_ends(new) + unit[end:]
            cells.setdefault(path, {})[cell] = unit
        done: dict[str, bytes] = {}
        for path, units in cells.items():
            text = self._text(path)
            assert text is not None
            done[path] = text.replaced(units)
        return done

    def _text(self, path: str) -> FileText | None:
        if path not in self._texts:
            try:
                self._texts[path] = FileText.read(path, self._read(path))
            except UnsupportedTextError:
                self._texts[path] = None
        return self._texts[path]

    def _span(self, edit: Edit) -> tuple[int, int] | None:
        """Start and end of the text that the edit replaces, or `None` where the file has no such text."""
        place, text = edit.place, self._text(edit.place.path)
        if text is None or not text.can_hold(edit.text):
            return None
        start = text.offset(place.cell, place.line, place.column)
        end = text.offset(place.cell, place.end_line, place.end_column) if place.end_line else start
        return None if start is None or end is None or end < start else (start, end)


def _clash(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two edits share text, or would put text to one place in an order that nobody chose."""
    if one[0] == one[1] or other[0] == other[1]:
        return one[0] <= other[1] and other[0] <= one[1]
    return one[0] < other[1] and other[0] < one[1]


def _still_parses(path: str, before: bytes, after: bytes) -> bool:
    from claude_lint.reading.errors import SourceError
    from claude_lint.reading.source import parse

    try:
        if len(parse(after, path).problems) > len(parse(before, path).problems):
            return False
    except SourceError:
        return False
    return path.endswith(".ipynb") or not _compiles(before) or _compiles(after)


def _compiles(data: bytes) -> bool:
    """Whether this Python can compile it, which knows more errors than libcst; nothing is run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(data, "fixed", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True
