"""What came of one check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["fine", "note", "warning", "problem"]
"""As it should be; worth knowing; likely not meant; calls are not recorded, or do not arrive."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    subject: str
    state: State
    text: str
    fix: str | None = None
    """What to do."""
