"""The text of linted files, line by line, as suppressions, changes and outputs need it.

A *cell* is one code cell of a notebook, known by its index among all cells. A Python file is one text with
the cell `None`. Lines are split at LF, CR LF and CR only, as Python's parser does.
"""

from __future__ import annotations

import io
import json
import re
import tokenize
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Lines = tuple[str, ...]

LINE_END: Final = re.compile(r"\r\n|\r|\n")


def split_lines(text: str) -> Lines:
    """The lines of `text` without their ends, numbered from 1 by Python's parser."""
    return tuple(LINE_END.split(text))


def decode(data: bytes) -> str:
    """The text of a Python file by its byte order mark or coding line; bytes that do not fit become
    U+FFFD.
    """
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding, "replace")
    except (SyntaxError, LookupError):
        return data.decode("utf-8", "replace")


def notebook_cells(data: bytes) -> dict[int, str]:
    """The source of each code cell by its index; empty when `data` is not a notebook."""
    try:
        cells = json.loads(data)["cells"]
        return {
            index: cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
            for index, cell in enumerate(cells)
            if cell["cell_type"] == "code"
        }
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}


class SourceLines:
    """The lines of each file below `root`, read when asked for and kept; `given` is text that replaces a
    file's.
    """

    def __init__(self, root: Path, given: Mapping[str, bytes] | None = None) -> None:
        self._root = root
        self._given = dict(given or {})
        self._known: dict[str, dict[int | None, Lines]] = {}

    def units(self, path: str) -> dict[int | None, Lines]:
        """The lines of each cell of `path`, relative to the root; empty when it cannot be read."""
        if path not in self._known:
            self._known[path] = _units(path, self.data(path))
        return self._known[path]

    def lines(self, path: str, cell: int | None = None) -> Lines:
        """The lines of one cell of `path`, or of the whole Python file; empty when there is no such text."""
        return self.units(path).get(cell, ())

    def line(self, path: str, number: int, cell: int | None = None) -> str | None:
        """Line `number`, from 1, or `None` where the text has no such line."""
        lines = self.lines(path, cell)
        return lines[number - 1] if 0 < number <= len(lines) else None

    def data(self, path: str) -> bytes:
        """The bytes of `path`; empty when it cannot be read or lies outside the root."""
        if path in self._given:
            return self._given[path]
        file = self._root / path
        try:
            return file.read_bytes() if file.resolve().is_relative_to(self._root) else b""
        except (OSError, RuntimeError):
            return b""


def _units(path: str, data: bytes) -> dict[int | None, Lines]:
    if path.endswith(".ipynb"):
        return {index: split_lines(source) for index, source in notebook_cells(data).items()}
    return {None: split_lines(decode(data))}
