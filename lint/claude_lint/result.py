"""What a lint run comes to."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Final

from claude_lint.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from claude_lint.findings import Finding, Measured, Place
    from claude_lint.reading.sourcelines import SourceLines
    from claude_lint.running.suppressions import Suppression

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

    callee: str = ""
    """The expression that is called, as written."""

    method: str = ""
    client: str = ""
    """The SDK class of the client, or empty where the receiver could not be traced."""

    models: tuple[str, ...] = ()
    """The models that it can use, as far as they can be told by reading."""

    models_open: bool = False
    """Whether it can also use a model that is not among them."""

    max_tokens: tuple[int, ...] = ()
    """The limits that it can have, as far as they can be told by reading."""

    max_tokens_open: bool = False
    breakpoints: int = 0
    """How many `cache_control` marks the request has."""

    @property
    def model_known(self) -> bool:
        """Whether at least one of its models can be told."""
        return bool(self.models)


@dataclass(frozen=True, slots=True)
class PrefixChange:
    """A call that caches another prefix than it did: what is cached when this is deployed is written again."""

    call: Place
    function: str
    where: str
    """The first piece of the request that is another ("system[0]"), or `model`."""

    caches: int = 0
    """How many caches of the prefix as it was lived when the traces end; 0 where they do not say."""

    tokens: int = 0
    """How long they are together, in tokens."""

    rewrite_usd: float | None = None
    """What writing each of them once costs, an estimate in USD; `None` where it cannot be told."""

    monthly_usd: float | None = None
    """What 30 days cost more where the new prefix differs from call to call, an estimate in USD; `None` where it does
    not, or where that cannot be told.
    """


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
    in_baseline: int = 0
    fixed: int = 0
    fixable: int = 0
    """The findings with a safe fix."""

    unsafely_fixable: int = 0
    """The findings with an unsafe fix."""

    muted: int = 0
    """The findings that traces disprove."""

    def __str__(self) -> str:
        parts = [
            _count(self.call_sites, "call site"),
            f"{_count(self.models_known, 'model')} known",
            _count(self.findings, "finding"),
        ]
        if self.suppressed:
            parts.append(f"{self.suppressed} suppressed")
        if self.in_baseline:
            parts.append(f"{self.in_baseline} in the baseline")
        if self.muted:
            parts.append(f"{self.muted} muted by traces")
        if self.fixed:
            parts.append(f"{self.fixed} fixed")
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
    paths: tuple[str, ...]
    """The files that were found, relative to the root."""

    parsed: int
    sources: SourceLines
    suppressed: tuple[tuple[Finding, Suppression], ...] = ()
    in_baseline: tuple[Finding, ...] = ()
    fixed: tuple[Finding, ...] = ()
    """What was found before it was fixed."""

    measured: Mapping[Place, Measured] | None = None
    """What traces say of each call, by the call's place; `None` without traces."""

    muted: tuple[tuple[Finding, str], ...] = ()
    """The findings that traces disprove, each with what they say."""

    reads: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of each file that was analysed, the other files that its result depends on."""

    prefixes: tuple[PrefixChange, ...] = ()
    """The calls whose cached prefix a branch changes, where that was asked for."""

    @property
    def files(self) -> int:
        """How many files were found."""
        return len(self.paths)

    @property
    def summary(self) -> Summary:
        fixes = [finding.fix.applicability for finding in self.findings if finding.fix and finding.fix.edits]
        return Summary(
            files=self.files,
            parsed=self.parsed,
            call_sites=len(self.calls),
            models_known=sum(call.model_known for call in self.calls),
            findings=len(self.findings),
            suppressed=len(self.suppressed),
            errors=len(self.errors),
            in_baseline=len(self.in_baseline),
            fixed=len(self.fixed),
            fixable=fixes.count("safe"),
            unsafely_fixable=fixes.count("unsafe"),
            muted=len(self.muted),
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
