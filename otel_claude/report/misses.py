"""Why the calls of one place wrote to the cache what they might have read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from otel_claude.report import words

if TYPE_CHECKING:
    from otel_claude.report.calls import Call

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
    """What calls wrote and read, and why. Money is USD."""

    calls: int = 0
    first_writes: int = 0
    written_tokens: int = 0
    read_tokens: int = 0
    missed_usd: float = 0.0
    """What writing cost beyond reading, in calls that missed for a cause."""

    causes: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    """Reason and place, with how many calls."""

    def add(self, call: Call, per_token_usd: float) -> None:
        """Counts `call`, in which a token written cost so much more than one read."""
        self.calls += 1
        written = 0
        if call.usage is not None:
            written = call.usage.cache_write_tokens
            self.written_tokens += written
            self.read_tokens += call.usage.cache_read_tokens
        if call.miss_reason == "first_write":
            self.first_writes += 1
        if call.miss_reason is not None and call.miss_reason not in EXPECTED:
            self.causes[call.miss_reason, call.changed_at] += 1
            self.missed_usd += written * per_token_usd

    def sentence(self) -> str | None:
        """What was lost and why, or `None` where no cause came up often enough."""
        if not self.causes:
            return None
        (reason, place), count = self.causes.most_common(1)[0]
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
