"""What a lint run comes to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from claude_lint.findings import Finding, Measured, Place
    from claude_lint.sourcelines import SourceLines
    from claude_lint.suppressions import Suppression

UNREADABLE: Final = "CL902"
UNREADABLE_NAME: Final = "syntax-error"


@dataclass(frozen=True, slots=True, order=True)
class FileError:
    """A file, or a cell of a notebook, that could not be analysed, reported as CL902. Lines and columns from
    1.
    """

    path: str
    line: int
    column: int
    cell: int | None = field(compare=False)
    message: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call site that was found, with what is known of it without any rule."""

    place: Place
    function: str
    """The qualified name of the function around it; empty at module level."""

    model_known: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """How much was looked at and what came of it."""

    files: int
    """The files that were found."""

    parsed: int
    """Those of them that may hold Claude calls and were analysed."""

    call_sites: int
    models_known: int
    """The call sites whose model can be told by reading, be it one of several."""

    findings: int
    suppressed: int
    errors: int

    def __str__(self) -> str:
        parts = [
            _count(self.call_sites, "call site"),
            f"{_count(self.models_known, 'model')} known",
            _count(self.findings, "finding"),
        ]
        if self.suppressed:
            parts.append(f"{self.suppressed} suppressed")
        if self.errors:
            parts.append(f"{_count(self.errors, 'error')}")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Result:
    """Everything that the outputs show. `sources` has the lines that places point into."""

    root: Path
    findings: tuple[Finding, ...]
    errors: tuple[FileError, ...]
    calls: tuple[Call, ...]
    files: int
    parsed: int
    sources: SourceLines
    suppressed: tuple[tuple[Finding, Suppression], ...] = ()
    measured: Mapping[Place, Measured] | None = None
    """What traces say of each call, by the call's place; `None` without traces."""

    @property
    def summary(self) -> Summary:
        return Summary(
            files=self.files,
            parsed=self.parsed,
            call_sites=len(self.calls),
            models_known=sum(call.model_known for call in self.calls),
            findings=len(self.findings),
            suppressed=len(self.suppressed),
            errors=len(self.errors),
        )

    @property
    def nothing_analysed(self) -> bool:
        """Whether there were files, and not one could be analysed."""
        return (
            self.parsed == 0
            and bool(self.errors)
            and len({error.path for error in self.errors}) >= self.files
        )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
