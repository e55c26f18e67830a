"""The cases: small files and directories with a label each.

`cases/problems/CODE/labels.toml` has a table for each problem, named like its file or directory: `kind` is how it is
written, `depth` how far the cause is from the call, `at` where the cause is and `call` where the call is, as
`path:line` or, in a notebook, `path:cell:line`. Cells count from 0, lines from 1. `also` names further rules whose
report leads to the same mend. `cases/clean/CODE/labels.toml` has
`kind` and `depth` only; `CODE` is then the rule that the case looks like.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

tomllib: Final = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")

ROOT: Final = Path(__file__).parent / "cases"
SIDES: Final[tuple[Side, ...]] = ("problems", "clean")

Side: TypeAlias = Literal["problems", "clean"]


class LabelError(Exception):
    """A label that does not fit its case. The message names the file and what to do."""


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """A line of a file, or of a notebook cell. `path` is relative to the case's directory."""

    path: str
    line: int
    cell: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.path, self.cell, self.line) if part is not None)


@dataclass(frozen=True, slots=True)
class Case:
    """One case. `at` and `call` are empty for a clean one."""

    side: Side
    code: str
    name: str
    kind: str
    depth: str
    files: tuple[Path, ...]
    directory: Path
    """What the paths of its lines are relative to."""

    at: tuple[Line, ...] = ()
    call: tuple[Line, ...] = ()
    also: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.side}/{self.code}/{self.name}"


def load(root: Path = ROOT) -> tuple[Case, ...]:
    """Every case, in the order of its directories. Raises `LabelError`."""
    return tuple(
        case
        for side in SIDES
        for labels in sorted((root / side).glob("*/labels.toml"))
        for case in _labelled(side, labels)
    )


def _labelled(side: Side, labels: Path) -> list[Case]:
    tables: dict[str, dict[str, Any]] = tomllib.loads(labels.read_text("utf-8"))
    cases = [_case(side, labels, name, table) for name, table in tables.items()]
    unlabelled = {path.stem for path in labels.parent.iterdir() if path != labels} - set(tables)
    if unlabelled:
        raise LabelError(f"{labels}: add a table for {', '.join(sorted(unlabelled))}")
    return cases


def _case(side: Side, labels: Path, name: str, table: dict[str, Any]) -> Case:
    whole = labels.parent / name
    files = (
        tuple(sorted(path for path in whole.rglob("*") if path.is_file()))
        if whole.is_dir()
        else tuple(labels.parent.glob(f"{name}.*"))
    )
    if not files:
        raise LabelError(
            f"{labels}: [{name}] has neither a file nor a directory; add one or remove the table"
        )
    case = Case(
        side=side,
        code=labels.parent.name,
        name=name,
        kind=table["kind"],
        depth=table["depth"],
        files=files,
        directory=whole if whole.is_dir() else labels.parent,
        at=tuple(_line(text) for text in table.get("at", ())),
        call=tuple(_line(text) for text in table.get("call", ())),
        also=tuple(table.get("also", ())),
    )
    if (side == "problems") != bool(case.at and case.call):
        raise LabelError(f"{labels}: [{name}] needs `at` and `call` if it is a problem, and only then")
    for line in (*case.at, *case.call):
        if not (case.directory / line.path).is_file():
            raise LabelError(f"{labels}: [{name}] names {line}, which is no file of the case")
    return case


def _line(text: str) -> Line:
    path, *numbers = text.split(":")
    *cell, line = (int(number) for number in numbers)
    return Line(path, line, cell[0] if cell else None)
