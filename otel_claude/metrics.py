"""What every call adds to the metrics, also when its trace is not sampled.

Recording into the instruments of OpenTelemetry's SDK costs several times what the rest of a call does, so a call
only appends its numbers to a backlog. A callback of an observable instrument, which the SDK runs at the start of
each collection, folds the backlog into the counters and the histogram that are collected right after: one sum for
each series of a counter. Exemplars are given up for that.

The instruments of a meter provider are made once a process, whoever records: the SDK knows an instrument by its name,
and runs only the callback that it was first given.
"""

from __future__ import annotations

from operator import add
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol
from weakref import WeakKeyDictionary

from otel_claude import attributes as names
from otel_claude.backlog import Backlog
from otel_claude.first_use import making_instruments
from otel_claude.usage import TOKEN_KINDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from opentelemetry.metrics import CallbackOptions, Counter, Histogram, Meter, MeterProvider, Observation

    from otel_claude.attribution import Attribution
    from otel_claude.provider import Metering

SERIES_LIMIT: Final = 2000
"""How many series each instrument may have. OpenTelemetry's SDK has the same limit, and says less beyond it."""

OVERFLOW: Final = "__overflow__"
"""The value of every dimension of what is beyond the limit."""

DURATION_BOUNDARIES_S: Final = tuple(0.01 * 2**power for power in range(14))
"""The buckets of the histogram, 10 ms to 82 s, as OpenTelemetry's GenAI conventions have them."""

TAG_VALUES_LIMIT: Final = 100
"""How many values a tag may have as a dimension."""

_OVERFLOW_SERIES: Final = 100
"""How many of the series are kept for that: a dimension can be there or not, and there are five kinds of tokens."""


class Dimensions(NamedTuple):
    """What tells the series of calls apart. `None` is a dimension that they do not have."""

    request_model: str
    response_model: str | None = None
    service_tier: str | None = None
    cost_status: str | None = None
    error_type: str | None = None
    attributed: tuple[tuple[str, str], ...] = ()
    """The attributes that the attribution adds; see `MetricTags`."""

    def attributes(self) -> dict[str, str]:
        said = zip(_DIMENSIONS, self[:-1], strict=True)
        return {**{name: value for name, value in said if value is not None}, **dict(self.attributed)}


_DIMENSIONS: Final = (
    names.REQUEST_MODEL,
    names.RESPONSE_MODEL,
    names.RESPONSE_SERVICE_TIER,
    names.COST_STATUS,
    names.ERROR_TYPE,
)
"""The attributes for the fields of `Dimensions` that are not `attributed`."""


class Measurement(NamedTuple):
    """The numbers of one call."""

    dimensions: Dimensions
    duration_s: float | None
    """`None` for what took no time of its own, as a result of a batch."""

    cost_usd: float | None
    """`None` when unpriced."""

    tokens: tuple[int, ...]
    """Counts of `TOKEN_KINDS`, or none at all."""

    miss_reason: str | None = None
    """Why something was written to the cache that might have been read, where that is so."""

    def measurement(self) -> Measurement:
        """Itself; see `Measured`."""
        return self


class Measured(Protocol):
    """What goes into the metrics, and may work out its numbers when it is asked for them."""

    def measurement(self) -> Measurement:
        """The numbers. Does not raise."""


class MetricTags:
    """The tags that are dimensions of metrics, each with at most `TAG_VALUES_LIMIT` values.

    One that has no bound, as the id of a request, then costs the other dimensions nothing.
    """

    def __init__(self, tags: Collection[str] = ()) -> None:
        named = (tags,) if isinstance(tags, str) else tuple(tags)
        self._values: dict[str, set[str]] = {name: set() for name in named}

    def of_call(self, attribution: Attribution) -> tuple[tuple[str, str], ...]:
        """The dimensions that `attribution`, that of a call, adds: the feature, the task and those tags."""
        found = []
        if attribution.feature is not None:
            found.append((names.FEATURE, attribution.feature))
        if attribution.task is not None:
            found.append((names.TASK_NAME, attribution.task.name))
        for name, known in self._values.items():
            if name in attribution.tags:
                found.append((names.TAG_PREFIX + name, _bounded(str(attribution.tags[name]), known)))
        return tuple(found)


def _bounded(value: str, known: set[str]) -> str:
    """`value`, as one of those `known`, or what stands for all that are too many."""
    if value not in known:
        if len(known) >= TAG_VALUES_LIMIT:
            return OVERFLOW
        known.add(value)
    return value


NO_METRIC_TAGS: Final = MetricTags()


class Recorder:
    """Takes what each call measured, and has it recorded where the metering says."""

    def __init__(self, metering: Metering) -> None:
        self._metering = metering
        self._latest: tuple[MeterProvider, _Instruments] | None = None
        """Those of the last call. Looking up a weak key takes longer than all else here."""

    def record(self, measured: Measured) -> None:
        """Has the numbers of `measured` recorded, now or at the next collection. Never waits."""
        provider = self._metering.provider()
        if provider is None:
            return
        latest = self._latest
        if latest is None or latest[0] is not provider:
            instruments = _instruments.get(provider)
            if instruments is None:
                instruments = _instruments.setdefault(provider, _Instruments())
            latest = self._latest = provider, instruments
        instruments = latest[1]
        instruments.backlog.append(measured)
        if not instruments.is_made:
            instruments.make(provider)

    def flush(self) -> None:
        """Folds what is waiting, for a provider that is about to be shut down."""
        self._latest = None
        for provider, instruments in list(_instruments.items()):
            if not instruments.is_made:
                instruments.make(provider)
            if instruments.is_made:
                instruments.backlog.drain()


class _Instruments:
    """The instruments of one meter provider, with what waits to be recorded in them."""

    def __init__(self) -> None:
        self.backlog = Backlog[Measured](self._fold)
        self.is_made = False
        self._is_begun = False
        self._cost: Counter
        self._tokens: Counter
        self._misses: Counter
        self._duration: Histogram
        self._cost_series, self._token_series, self._duration_series = Series(), Series(), Series()
        self._miss_series = Series()

    def make(self, provider: MeterProvider) -> None:
        """Makes the instruments, unless a caller further out is at it, or it would have to wait.

        What is in the backlog is then recorded with what comes next.
        """
        if not making_instruments.acquire(blocking=False):
            return
        try:
            if not self._is_begun:
                self._is_begun = True
                self._make(provider.get_meter(names.OUR_SCOPE))
                self.is_made = True
        finally:
            making_instruments.release()

    def _make(self, meter: Meter) -> None:
        self._cost = meter.create_counter(names.METRIC_COST, "USD", "What Claude calls cost.")
        self._tokens = meter.create_counter(
            names.METRIC_TOKENS, "{token}", "Tokens of Claude calls, by kind."
        )
        self._misses = meter.create_counter(
            names.METRIC_CACHE_MISSES, "{call}", "Claude calls that missed the prompt cache, by why."
        )
        self._duration = meter.create_histogram(
            names.METRIC_DURATION,
            "s",
            "How long Claude calls took, to the end of the response.",
            explicit_bucket_boundaries_advisory=DURATION_BOUNDARIES_S,
        )
        # An instrument that observes nothing has no series; only its callback matters.
        meter.create_observable_gauge(
            "otel_claude.backlog", [self._drain], "{call}", "Calls still to be recorded."
        )

    def _drain(self, options: CallbackOptions) -> Iterable[Observation]:  # noqa: ARG002
        self.backlog.drain()
        return ()

    def _fold(self, measured: Iterable[Measured]) -> None:
        """Adds the sums of each series to the counters. Only a histogram must be told of each call."""
        series: dict[Dimensions, _Sums] = {}
        for each in measured:
            dimensions, duration_s, cost_usd, tokens, miss_reason = each.measurement()
            sums = series.get(dimensions)
            if sums is None:
                sums = series[dimensions] = _Sums()
            if duration_s is not None:
                sums.durations_s.append(duration_s)
            if cost_usd is not None:
                sums.cost_usd = (sums.cost_usd or 0.0) + cost_usd
            if tokens:
                sums.tokens = tuple(map(add, sums.tokens, tokens))
            if miss_reason is not None:
                sums.misses[miss_reason] = sums.misses.get(miss_reason, 0) + 1
        for dimensions, sums in series.items():
            self._record(dimensions.attributes(), sums)

    def _record(self, dimensions: dict[str, str], sums: _Sums) -> None:
        if sums.cost_usd is not None:
            self._cost.add(sums.cost_usd, self._cost_series.place(dimensions))
        for kind, count in zip(TOKEN_KINDS, sums.tokens, strict=True):
            if count:
                place = self._token_series.place({**dimensions, names.TOKEN_KIND: kind})
                self._tokens.add(count, {**place, names.TOKEN_KIND: kind})
        for reason, count in sums.misses.items():
            place = self._miss_series.place({**dimensions, names.CACHE_MISS_REASON: reason})
            self._misses.add(count, {**place, names.CACHE_MISS_REASON: reason})
        if sums.durations_s:
            place = self._duration_series.place(dimensions)
            for duration_s in sums.durations_s:
                self._duration.record(duration_s, place)


class _Sums:
    """What the measurements of one series come to."""

    __slots__ = ("cost_usd", "durations_s", "misses", "tokens")

    def __init__(self) -> None:
        self.durations_s: list[float] = []
        self.misses: dict[str, int] = {}
        """Calls by the reason of their miss."""
        self.cost_usd: float | None = None
        self.tokens: tuple[int, ...] = (0,) * len(TOKEN_KINDS)


class Series:
    """The series of one instrument."""

    def __init__(self) -> None:
        self._known: set[frozenset[tuple[str, str]]] = set()

    def place(self, dimensions: dict[str, str]) -> dict[str, str]:
        """The dimensions under which to record: those given, or beyond the limit the same with `OVERFLOW` as values."""
        key = frozenset(dimensions.items())
        if key not in self._known:
            if len(self._known) >= SERIES_LIMIT - _OVERFLOW_SERIES:
                return dict.fromkeys(dimensions, OVERFLOW)
            self._known.add(key)
        return dimensions


_instruments: Final[WeakKeyDictionary[MeterProvider, _Instruments]] = WeakKeyDictionary()
"""The instruments of each meter provider that calls were recorded to."""
