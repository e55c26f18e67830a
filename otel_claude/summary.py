"""The one line at exit: what the calls of this process cost, and the command that shows more."""

from __future__ import annotations

import atexit
import os
import sys
from typing import TYPE_CHECKING, NamedTuple

from otel_claude.backlog import Backlog

if TYPE_CHECKING:
    from collections.abc import Iterable

    from otel_claude.cost import Cost
    from otel_claude.usage import Usage


class _Record(NamedTuple):
    usd: float | None
    is_estimated: bool
    prompt_tokens: int
    cache_read_tokens: int


class Summary:
    """Counts calls, and prints the line when the process that made it exits, unless nothing was called.

    The children that a process forks or starts through `multiprocessing` print nothing.
    """

    def __init__(self) -> None:
        self._pid = os.getpid()
        self._calls = 0
        self._unpriced = 0
        self._estimated = 0
        self._usd = 0.0
        self._prompt_tokens = 0
        self._cache_read_tokens = 0
        self._backlog = Backlog[_Record](self._fold)
        self._is_on = False

    def switch_on(self) -> None:
        """Has the line printed at exit. Without it, nothing is."""
        if not self._is_on:
            self._is_on = True
            atexit.register(self.print)

    def switch_off(self) -> None:
        if self._is_on:
            self._is_on = False
            atexit.unregister(self.print)

    def add(self, usage: Usage, cost: Cost) -> None:
        """Counts one answered call."""
        if self._is_on:
            self._backlog.append(_record(usage, cost))

    def line(self) -> str | None:
        """The line, or `None` when nothing was called."""
        self._backlog.drain()
        if not self._calls:
            return None
        from otel_claude.report.words import money

        calls = f"{self._calls:,} Claude call{'' if self._calls == 1 else 's'}"
        cost = ("~" if self._estimated else "") + money(self._usd, 4)
        if self._unpriced:
            cost += f" + {self._unpriced} unpriced"
        share = self._cache_read_tokens / self._prompt_tokens if self._prompt_tokens else 0.0
        return f"otel-claude: {calls}, {cost}, {share:.0%} of input read from cache · otel-claude report"

    def print(self) -> None:
        if os.getpid() != self._pid or _is_worker():
            return
        line = self.line()
        if line is not None and sys.stderr is not None:
            try:
                print(line, file=sys.stderr)  # noqa: T201
            except (OSError, ValueError):
                return

    def _fold(self, records: Iterable[_Record]) -> None:
        for record in records:
            self._calls += 1
            self._estimated += record.is_estimated
            if record.usd is None:
                self._unpriced += 1
            else:
                self._usd += record.usd
            self._prompt_tokens += record.prompt_tokens
            self._cache_read_tokens += record.cache_read_tokens


def _record(usage: Usage, cost: Cost) -> _Record:
    return _Record(cost.amount, cost.status == "estimated", usage.prompt_tokens, usage.cache_read_tokens)


def _is_worker() -> bool:
    """Whether `multiprocessing` started this process, by whatever method."""
    process = sys.modules.get("multiprocessing.process")
    return process is not None and process.parent_process() is not None
