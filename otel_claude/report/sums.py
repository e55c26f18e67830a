"""All that a report says, summed up call by call. What was summed up of parts of a store can be merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otel_claude.report.calls import Counting
from otel_claude.report.notes import Observer
from otel_claude.report.page.content import Gathering
from otel_claude.report.table import TAG_DIMENSION_PREFIX, Grouping
from otel_claude.report.tasks import Runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from otel_claude.report.calls import Call
    from otel_claude.report.pricing import Pricing
    from otel_claude.report.table import Table
    from otel_claude.store.reader import Span


class Sums:
    """What a report says of spans: grows by `add`, and is whole after `finish`. It can be sent to another process."""

    def __init__(
        self,
        by: Sequence[str],
        pricing: Pricing,
        *,
        has_page: bool = False,
        without: AbstractSet[int] = frozenset(),
    ) -> None:
        """Groups by the dimensions `by`. `without` are keys of spans that another part of the store has too.

        Raises `ValueError` for a name in `by` that is no dimension."""
        has_tags = any(name.startswith(TAG_DIMENSION_PREFIX) for name in by)
        self.counting = Counting(pricing, has_tags=has_tags, without=without)
        self.observer = Observer()
        self.page = Gathering() if has_page else None
        self._grouping = Grouping(by)
        self._runs = Runs()

    def add(self, spans: Iterable[Span]) -> None:
        """Counts the calls that `spans` tell of, as far as it is known that they count."""
        for call in self.counting.first(self._runs.watched(spans)):
            self._add(call)

    def finish(self) -> None:
        """Counts the other calls. Nothing can be added or merged from now on."""
        for call in self.counting.rest():
            self._add(call)

    def merge(self, later: Sums) -> None:
        """Takes over what `later` counted in spans that come after these."""
        self.counting.merge(later.counting)
        self.observer.merge(later.observer)
        self._grouping.merge(later._grouping)
        self._runs.merge(later._runs)
        if self.page is not None and later.page is not None:
            self.page.merge(later.page)

    def table(self, *, is_repriced: bool) -> Table:
        """The groups, and all calls together."""
        return self._grouping.table(is_repriced=is_repriced, runs=self._runs)

    def _add(self, call: Call) -> None:
        self._grouping.add(call)
        self._runs.add(call)
        self.observer.add(call)
        if self.page is not None:
            self.page.add(call)
