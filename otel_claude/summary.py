"""The one line at exit: what the calls of this process cost, and the command that shows more."""

from __future__ import annotations

import atexit
import logging
import os
import sys
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from otel_claude.backlog import Backlog

if TYPE_CHECKING:
    from collections.abc import Iterable

    from otel_claude.cost import Cost
    from otel_claude.usage import Usage


log: Final = logging.getLogger("otel_claude")


class Counted(Protocol):
    """A call, or a result of a batch, that is to be counted. What it came to may be worked out when it is asked for."""

    @property
    def usage(self) -> Usage | None:
        """`None` where nothing is known of it."""

    @property
    def cost(self) -> Cost | None:
        """`None` for a call that failed and is not billed: that is not counted."""


class Result(NamedTuple):
    """What is counted of a result of a batch."""

    usage: Usage
    cost: Cost


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
        self._backlog = Backlog[Counted](self._fold)
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

    def add(self, counted: Counted) -> None:
        """Counts one call or result, if it was answered."""
        if self._is_on:
            self._backlog.append(counted)

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

    def _fold(self, counted: Iterable[Counted]) -> None:
        for each in counted:
            try:
                usage, cost = each.usage, each.cost
            except Exception:
                log.debug("Could not price a call", exc_info=True)
                continue
            if cost is None:
                continue
            self._calls += 1
            self._estimated += cost.status == "estimated"
            if cost.amount is None:
                self._unpriced += 1
            else:
                self._usd += cost.amount
            if usage is not None:
                self._prompt_tokens += usage.prompt_tokens
                self._cache_read_tokens += usage.cache_read_tokens


def _is_worker() -> bool:
    """Whether `multiprocessing` started this process, by whatever method."""
    process = sys.modules.get("multiprocessing.process")
    return process is not None and process.parent_process() is not None
