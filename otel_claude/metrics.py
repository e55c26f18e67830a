"""What every call adds to the metrics, also when its trace is not sampled.

Recording into the instruments of OpenTelemetry's SDK costs several times what the rest of a call does, so a call
only appends its numbers to a backlog. A callback of an observable instrument, which the SDK runs at the start of
each collection, folds the backlog into the counters and the histogram that are collected right after. Exemplars are
given up for that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from otel_claude import attributes as names
from otel_claude.backlog import Backlog

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from opentelemetry.metrics import CallbackOptions, MeterProvider, Observation

    from otel_claude.provider import Metering

SERIES_LIMIT: Final = 2000
"""How many combinations of dimensions each instrument may have. What comes after goes under `OVERFLOW`."""

OVERFLOW: Final = "__overflow__"


@dataclass(frozen=True, slots=True)
class Measurement:
    """The numbers of one call. `dimensions` are attributes; `tokens` are by kind, and `cost_usd` is `None` unpriced."""

    dimensions: Mapping[str, str]
    duration_s: float
    cost_usd: float | None
    tokens: tuple[tuple[str, int], ...]


class Recorder:
    """Takes one measurement a call, and has it recorded where the metering says."""

    def __init__(self, metering: Metering) -> None:
        self._metering = metering
        self._meters: dict[int, _Instruments] = {}

    def record(self, measurement: Measurement) -> None:
        provider = self._metering.provider()
        if provider is None:
            return
        instruments = self._meters.get(id(provider))
        if instruments is None:
            instruments = self._meters[id(provider)] = _Instruments(provider)
        instruments.backlog.append(measurement)

    def flush(self) -> None:
        """Folds what is waiting, for a provider that is about to be shut down."""
        for instruments in self._meters.values():
            instruments.backlog.drain()


class _Instruments:
    """The instruments of one meter provider, with what waits to be recorded in them."""

    def __init__(self, provider: MeterProvider) -> None:
        meter = provider.get_meter(names.OUR_SCOPE)
        self.provider = provider
        self.backlog = Backlog[Measurement](self._fold)
        self._cost = meter.create_counter(names.METRIC_COST, "USD", "What Claude calls cost.")
        self._tokens = meter.create_counter(names.METRIC_TOKENS, "{token}", "Tokens of Claude calls, by kind.")
        self._duration = meter.create_histogram(
            names.METRIC_DURATION, "s", "How long Claude calls took, to the end of the response."
        )
        self._series: set[frozenset[tuple[str, str]]] = set()
        # An instrument that observes nothing has no series; only its callback matters.
        meter.create_observable_gauge("otel_claude.backlog", [self._drain], "{call}", "Calls still to be recorded.")

    def _drain(self, options: CallbackOptions) -> Iterable[Observation]:  # noqa: ARG002
        self.backlog.drain()
        return ()

    def _fold(self, measurement: Measurement) -> None:
        dimensions: dict[str, Any] = dict(measurement.dimensions)
        series = frozenset(dimensions.items())
        if series not in self._series:
            if len(self._series) >= SERIES_LIMIT:
                dimensions = dict.fromkeys(dimensions, OVERFLOW)
            else:
                self._series.add(series)
        if measurement.cost_usd is not None:
            self._cost.add(measurement.cost_usd, dimensions)
        for kind, count in measurement.tokens:
            if count:
                self._tokens.add(count, {**dimensions, names.TOKEN_KIND: kind})
        self._duration.record(measurement.duration_s, dimensions)
