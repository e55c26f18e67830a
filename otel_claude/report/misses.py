"""Why the calls of one place wrote to the cache what they might have read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from otel_claude.report import words

if TYPE_CHECKING:
    from otel_claude.report.calls import Call
    from otel_claude.usage import Usage

LEAST_CALLS: Final = 2
"""How many calls have to miss for the same cause for it to be said."""

EXPECTED: Final = frozenset({"first_write", "unknown"})
"""Reasons that blame nothing: somebody has to write first."""

CAUSES: Final = {
    "expired": "the entry had expired",
    "lookback": "the entry was more than 20 blocks back",
}
"""What is said of reasons that have no place."""


@dataclass(slots=True)
class Misses:
    """What calls wrote and read, and why."""

    calls: int = 0
    first_writes: int = 0
    written_tokens: int = 0
    read_tokens: int = 0
    causes: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    """Reason and place, with how many calls."""

    def add(self, call: Call, usage: Usage) -> bool:
        """Counts `call`, and returns whether it missed for a cause."""
        self.calls += 1
        self.written_tokens += usage.cache_write_5m_tokens + usage.cache_write_1h_tokens
        self.read_tokens += usage.cache_read_tokens
        reason = call.miss_reason
        if reason == "first_write":
            self.first_writes += 1
        if reason is None or reason in EXPECTED:
            return False
        self.causes[reason, call.changed_at] += 1
        return True

    def merge(self, others: Misses) -> None:
        """Counts the calls of `others`."""
        self.calls += others.calls
        self.first_writes += others.first_writes
        self.written_tokens += others.written_tokens
        self.read_tokens += others.read_tokens
        self.causes.update(others.causes)

    def sentence(self) -> str | None:
        """What was lost and why, or `None` where no cause came up often enough."""
        if not self.causes:
            return None
        (reason, place), count = min(self.causes.items(), key=lambda each: (-each[1], str(each[0])))
        if count < LEAST_CALLS:
            return None
        cause = CAUSES.get(reason) or f"{place or reason.removesuffix('_changed')} changed"
        often = (
            "at every call"
            if count == self.calls - self.first_writes
            else f"at {count:,} of {self.calls:,} calls"
        )
        read = words.tokens(self.read_tokens) if self.read_tokens else "none"
        return words.printable(
            f"wrote {words.tokens(self.written_tokens)} cache tokens and read {read}: {cause} {often}"
        )
