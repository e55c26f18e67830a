"""The caches that calls at one place kept alive when traces end: what a deploy that changes their prompt writes again.

A *live cache* is one prefix at one model whose last use is no longer ago than its lifetime, counted back from the last
call. Prefixes are told apart by their digest; without one, the calls of a model count as one cache.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

from otel_claude.rates import rates_at

if TYPE_CHECKING:
    from otel_claude.report.calls import Call

LIFETIMES: Final = {"5m": timedelta(minutes=5), "1h": timedelta(hours=1)}
MANY: Final = 4096
"""With more prefixes than this at hand those that have ended are let go."""


@dataclass(frozen=True, slots=True)
class LiveCache:
    """One prefix at one model, `tokens` long."""

    model: str
    tokens: int
    ttl: Literal["5m", "1h"]

    def write_usd(self, at: datetime) -> float | None:
        """What it costs to write it once, at the list's rate of that day; `None` where there is none."""
        write, _ = self._rates(at)
        return None if write is None else self.tokens * write / 1e6

    def miss_usd(self, at: datetime) -> float | None:
        """What a token of it costs more that is written instead of read; `None` where there are no rates."""
        write, read = self._rates(at)
        return None if write is None or read is None else (write - read) / 1e6

    def _rates(self, at: datetime) -> tuple[float | None, float | None]:
        """USD per million tokens written, and read."""
        quote = rates_at(self.model, at, prompt_tokens=self.tokens)
        if quote is None:
            return None, None
        rates = quote.row.rates
        return (rates.cache_write_1h if self.ttl == "1h" else rates.cache_write_5m), rates.cache_read


@dataclass(slots=True)
class LiveCaches:
    """Grows by `add`."""

    _newest: datetime | None = None
    _seen: dict[tuple[str, str], tuple[datetime, LiveCache]] = field(default_factory=dict)

    def add(self, call: Call) -> None:
        """Counts the prefix that `call` read or wrote, if any. Calls come in any order."""
        self._newest = call.at if self._newest is None else max(self._newest, call.at)
        usage = call.usage
        if usage is None or call.model is None or call.batch_requests:
            return
        tokens = usage.cache_read_tokens + usage.cache_write_5m_tokens + usage.cache_write_1h_tokens
        if not tokens:
            return
        key = (call.model, call.cache_prefix or "")
        at, before = self._seen.get(key, (call.at, None))
        if before is not None and at > call.at:
            tokens = before.tokens
        # Reads do not say how long a cache lives; the write did.
        lasting = bool(usage.cache_write_1h_tokens) or (before is not None and before.ttl == "1h")
        self._seen[key] = (max(at, call.at), LiveCache(call.model, tokens, "1h" if lasting else "5m"))
        if len(self._seen) > MANY:
            self._seen = {
                key: seen for key, seen in self._seen.items() if seen[0] >= self._newest - LIFETIMES["1h"]
            }

    @property
    def alive(self) -> tuple[LiveCache, ...]:
        """Those that live at the time of the last call."""
        newest = self._newest
        if newest is None:
            return ()
        return tuple(cache for at, cache in self._seen.values() if newest - at <= LIFETIMES[cache.ttl])
