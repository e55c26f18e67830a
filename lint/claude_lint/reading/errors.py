"""What goes wrong with a file that is read."""

from __future__ import annotations


class SourceError(Exception):
    """A file, or a cell of it, that cannot be analysed. `line` and `column` count from 1."""

    def __init__(self, path: str, line: int, column: int, cell: int | None, message: str) -> None:
        super().__init__(message)
        self.path, self.line, self.column, self.cell, self.message = path, line, column, cell, message

    def __str__(self) -> str:
        cell = "" if self.cell is None else f"cell {self.cell}:"
        return f"{self.path}:{cell}{self.line}:{self.column}: {self.message}"
