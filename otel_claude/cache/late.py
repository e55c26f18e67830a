"""The audit of the cache, made when there is something for it: when the first call with a breakpoint starts.

What it consists of takes as long to import as a fifth of `instrument()`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from otel_claude.cache.status import watch_without_breakpoints
from otel_claude.first_use import first_use

if TYPE_CHECKING:
    from collections.abc import Callable

    from otel_claude.audit import CallStart, Watch
    from otel_claude.cache.audit import CacheAudit


class LateCacheAudit:
    """Begins as `CacheAudit` does, which it makes with what `key` gives."""

    def __init__(self, key: Callable[[], bytes]) -> None:
        self._key = key
        self._pid = os.getpid()
        self._made: dict[str, CacheAudit] = {}

    def begin(self, start: CallStart) -> Watch:
        """A watch over the call that starts."""
        return watch_without_breakpoints(start.body) or self._audit().look(start)

    def _audit(self) -> CacheAudit:
        audit = self._made.get("audit")
        if audit is None:
            with first_use:
                import otel_claude.cache.key  # noqa: F401 - what the first digest needs
                from otel_claude.cache.audit import CacheAudit

            # Two threads may make one each; the first that is there is everybody's.
            audit = self._made.setdefault("audit", CacheAudit(self._key, self._pid))
        return audit
