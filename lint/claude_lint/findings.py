"""What a rule says about a call: a finding, its place in the code, the chain that led there and its fix.

A *place* is a range in a file (and cell, in a notebook); lines and columns are counted from 1, columns in
characters. A *call site* is the place of the Claude call that a finding is about; the finding's own place is where
to mend it, which can be elsewhere, and the *chain* leads from the one to the other.
"""

from __future__ import annotations

from dataclasses import field
from enum import Enum
from typing import TYPE_CHECKING, Final, Literal

from claude_lint.dataclass import dataclass

if TYPE_CHECKING:
    from datetime import datetime


class Severity(str, Enum):
    """How much a finding matters when it is right."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Confidence(str, Enum):
    """How sure it is that a finding is right."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A range of source text. `path` is relative to the root that was linted, with `/` between its parts."""

    path: str
    line: int
    column: int = 1
    end_line: int = 0
    end_column: int = 0
    cell: int | None = None
    """The index of the notebook cell, in which `line` is counted, or `None` for a Python file."""

    def covers(self, other: Place) -> bool:
        """Whether another range is inside this one."""
        return (
            (self.path, self.cell) == (other.path, other.cell)
            and (self.line, self.column) <= (other.line, other.column)
            and (other.end_line, other.end_column) <= (self.end_line, self.end_column)
        )


WRITTEN: Final = "it is written here"
"""What the first step of a chain says of a literal. At the finding's own place it says nothing new."""


@dataclass(frozen=True, slots=True)
class Step:
    """One link of a chain: a place, and what happens there in a few words ("`now` is the clock")."""

    place: Place
    message: str


@dataclass(frozen=True, slots=True)
class Edit:
    """Replaces the text at `place` with `text`."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A mechanical mend. A `safe` one keeps what the program does; an `unsafe` one needs a reader."""

    message: str
    applicability: Literal["safe", "unsafe"]
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Measured:
    """What traces say about a call site over the time that they cover. USD; ratios are 0 to 1."""

    calls: int
    cost_usd: float
    cache_hit_ratio: float | None
    """Input tokens read from the cache over all input tokens, or `None` without input tokens."""

    unpriced_calls: int = 0
    days: float = 0.0
    """The time from the first to the last call, in days."""

    cache_savings_usd: float = 0.0
    """What caching saved; negative where writes were not earned back."""

    output_p99: int | None = None
    """Output tokens that 99 % of the calls do not exceed."""

    cut_off: int = 0
    """The calls whose answer was cut off at `max_tokens`."""

    first: datetime | None = None
    last: datetime | None = None
    """When the first and the last call began."""

    revisions: tuple[str, ...] = ()
    """The commits of the code that made the calls, where every call says one."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with one call, with where and why."""

    code: str
    name: str
    severity: Severity
    confidence: Confidence
    message: str
    """One or two sentences: what was seen, what it costs, what to do."""

    place: Place
    call: Place
    chain: tuple[Step, ...] = ()
    fix: Fix | None = None
    measured: Measured | None = field(default=None, compare=False)
    evidence: str | None = field(default=None, compare=False)
    """How traces confirm it, in a few words; `None` where they do not."""

    default: str = ""
    """The value that it is about, where that is what a call has whose callers give none."""

    others: tuple[Place, ...] = ()
    """The other calls that the same mend helps, in the order of their places."""

    @property
    def calls(self) -> tuple[Place, ...]:
        """Every call that it is about."""
        return (self.call, *self.others)
