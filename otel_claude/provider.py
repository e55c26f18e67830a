"""Where spans and metrics go: to the user's providers, or to one of ours that is never global.

The user's choice wins, whenever it is made. It is, in this order: the provider given to `instrument()`; the global
provider, set before or after; and the exporters that the environment names. With none of them, spans go to the
local store, and metrics nowhere.

A provider of ours gives up at exit after `TIMEOUT_S`, so that a backend that is down or slow cannot hold the process.
"""

from __future__ import annotations

import atexit
import logging
import os
from typing import TYPE_CHECKING, Any, Final, Literal

from opentelemetry import metrics, trace
from opentelemetry.metrics import MeterProvider, NoOpMeterProvider
from opentelemetry.trace import ProxyTracerProvider

from otel_claude.first_use import first_use
from otel_claude.store import location

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opentelemetry.metrics import Meter
    from opentelemetry.sdk.metrics.export import MetricReader
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.trace import Tracer, TracerProvider
    from opentelemetry.util.types import Attributes

log: Final = logging.getLogger("otel_claude")

Signal = Literal["traces", "metrics"]

TIMEOUT_S: Final[Mapping[Signal, float]] = {"traces": 2.0, "metrics": 1.0}
"""How long one export may take, and the exit may wait for what is left, where the environment names no timeout."""

_LONGEST_WAIT_S: Final = 30.0
"""How long the exit waits at most, whatever timeout the environment names. OpenTelemetry's SDK waits as long."""

_OTLP_EXPORTERS: Final = {
    "grpc": "opentelemetry.exporter.otlp.proto.grpc",
    "http/protobuf": "opentelemetry.exporter.otlp.proto.http",
}
"""Each value of OTEL_EXPORTER_OTLP_PROTOCOL with the package that speaks it."""

_NAMED_PROTOCOLS: Final = {"otlp_proto_grpc": "grpc", "otlp_proto_http": "http/protobuf"}
"""The names of exporters that say their protocol. That of `otlp` is in the environment."""

_OTLP_CLASSES: Final[Mapping[Signal, tuple[str, str]]] = {
    "traces": ("trace_exporter", "OTLPSpanExporter"),
    "metrics": ("metric_exporter", "OTLPMetricExporter"),
}
"""Each signal with the module, inside the package of a protocol, and the class that exports it."""


class Tracing:
    """Gives the tracer for a call, and builds our own provider when it is first needed."""

    def __init__(
        self, provider: TracerProvider | None = None, on_local_store: Callable[[], object] = lambda: None
    ):
        """`provider` is the user's, for all spans. `on_local_store` is called when spans first go to the store."""
        self._given = provider
        self._on_local_store = on_local_store
        self._ours: TracerProvider | None = None
        self._built = False
        self._tracers: dict[tuple[str, str], Tracer] = {}

    def tracer(self, scope: str, version: str) -> Tracer | None:
        """The tracer of `scope` that a call made now is to use in place of the SDK's, or `None` for the SDK's own."""
        provider = self._given
        if provider is None:
            if not isinstance(trace.get_tracer_provider(), ProxyTracerProvider):
                return None
            provider = self._our_provider()
            if provider is None:
                return None
        tracer = self._tracers.get((scope, version))
        if tracer is None:
            tracer = self._tracers[scope, version] = provider.get_tracer(scope, version)
        return tracer

    def flush(self) -> None:
        """Exports what our own provider still holds, and drops the provider."""
        provider, self._ours, self._built = self._ours, None, False
        self._tracers.clear()
        if provider is not None:
            provider.shutdown()  # type: ignore[attr-defined]

    def _our_provider(self) -> TracerProvider | None:
        if not self._built:
            with first_use:
                if not self._built:
                    try:
                        self._ours = self._build()
                    except Exception as error:  # noqa: BLE001
                        log.warning("otel-claude: no spans are exported: %s", error)
                    self._built = True
        return self._ours

    def _build(self) -> TracerProvider | None:
        names = _exporter_names("traces")
        is_local = not names and not _endpoint("traces")
        if _is_disabled() or names == ["none"] or (is_local and location.is_off()):
            return None
        from opentelemetry.sdk.trace import TracerProvider as SDKTracerProvider

        provider = SDKTracerProvider(resource=_resource())
        if is_local:
            from otel_claude.store.writer import LineExporter, WriteThroughProcessor

            provider.add_span_processor(WriteThroughProcessor(LineExporter()))
            self._on_local_store()
            return provider
        for exporter in _exporters(names, "traces"):
            provider.add_span_processor(_processor(exporter))
        return provider


class Metering:
    """Gives the meter provider for our instruments, or `None` when nothing would read them."""

    def __init__(self, provider: MeterProvider | None = None) -> None:
        self._given = provider
        self._ours = EnvironmentMeterProvider()

    def provider(self) -> MeterProvider | None:
        """The user's provider, one of ours where the environment names a metrics exporter, or `None`.

        Never waits: a call can end in the middle of any other code.
        """
        if self._given is not None:
            return self._given
        current = metrics.get_meter_provider()
        if type(current).__name__ != "_ProxyMeterProvider":
            return current
        return self._ours if self._ours.is_configured() else None

    def flush(self) -> None:
        """Exports what our own provider still holds, and drops the provider."""
        provider, self._ours = self._ours, EnvironmentMeterProvider()
        provider.shutdown()


class EnvironmentMeterProvider(MeterProvider):
    """The meter provider that the environment describes, built when the first meter is asked for."""

    def __init__(self) -> None:
        self._provider: MeterProvider | None = None

    @staticmethod
    def is_configured() -> bool:
        """Whether the environment names where metrics go.

        OTEL_EXPORTER_OTLP_ENDPOINT alone does not: Jaeger, the most usual one, takes traces only.
        """
        if _is_disabled():
            return False
        names = _exporter_names("metrics")
        return names != ["none"] if names else bool(_environment("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"))

    def get_meter(
        self,
        name: str,
        version: str | None = None,
        schema_url: str | None = None,
        attributes: Attributes | None = None,
    ) -> Meter:
        """A meter of the provider, or one that does nothing after a warning when that cannot be built."""
        if self._provider is None:
            try:
                self._provider = self._build()
            except Exception as error:  # noqa: BLE001
                log.warning("otel-claude: no metrics are exported: %s", error)
                self._provider = NoOpMeterProvider()
        return self._provider.get_meter(name, version, schema_url, attributes)

    def shutdown(self) -> None:
        """Exports what was recorded, as far as that is done in time."""
        provider: Any = self._provider
        if provider is None or isinstance(provider, NoOpMeterProvider):
            return
        atexit.unregister(self.shutdown)
        try:
            provider.shutdown(timeout_millis=_timeout_s("metrics") * 1000)
        except Exception as error:  # noqa: BLE001
            log.warning("otel-claude: not all metrics were exported: %s", error)

    def _build(self) -> MeterProvider:
        from opentelemetry.sdk.metrics import MeterProvider as SDKMeterProvider
        from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader

        readers: list[MetricReader] = [
            # What serves metrics rather than sending them, as that for Prometheus does, is a reader itself.
            exporter if isinstance(exporter, MetricReader) else PeriodicExportingMetricReader(exporter)
            for exporter in _exporters(_exporter_names("metrics"), "metrics")
        ]
        provider = SDKMeterProvider(readers, resource=_resource(), shutdown_on_exit=False)
        atexit.register(self.shutdown)
        return provider


def _environment(name: str) -> str:
    return os.environ.get(name, "").strip()


def _is_disabled() -> bool:
    return _environment("OTEL_SDK_DISABLED").lower() == "true"


def _exporter_names(signal: Signal) -> list[str]:
    named = _environment(f"OTEL_{signal.upper()}_EXPORTER").split(",")
    return [stripped for name in named if (stripped := name.strip())]


def _endpoint(signal: Signal) -> str:
    return _of_signal("ENDPOINT", signal)


def _of_signal(what: str, signal: Signal) -> str:
    """A setting of the OTLP exporters: that of the signal, or else the one of all signals, or else ''."""
    return _environment(f"OTEL_EXPORTER_OTLP_{signal.upper()}_{what}") or _environment(
        f"OTEL_EXPORTER_OTLP_{what}"
    )


def _timeout_s(signal: Signal) -> float:
    """How long an export of `signal` may take, in seconds, as the environment says or else `TIMEOUT_S`."""
    try:
        return min(float(_of_signal("TIMEOUT", signal)), _LONGEST_WAIT_S)
    except ValueError:
        return TIMEOUT_S[signal]


def _resource() -> Resource:
    """The user's resource, with the project's name where the environment says nothing of a service."""
    from opentelemetry.sdk.resources import Resource

    resource = Resource.create()
    root = location.project_root()
    if root is not None and str(resource.attributes.get("service.name", "")).startswith("unknown_service"):
        resource = resource.merge(Resource({"service.name": root.name}))
    return resource


def _processor(exporter: Any) -> SpanProcessor:
    """A batch processor for `exporter` that waits no longer than the timeout when it is shut down."""
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    class TimedProcessor(BatchSpanProcessor):
        def shutdown(self) -> None:
            # The public method has no timeout, and waits for 30 s while one batch after the other fails.
            batches: Any = getattr(self, "_batch_processor", None)
            if batches is None:
                super().shutdown()  # type: ignore[no-untyped-call]
            else:
                batches.shutdown(timeout_millis=_timeout_s("traces") * 1000)

    return TimedProcessor(exporter)


def _exporters(names: list[str], signal: Signal) -> list[Any]:
    """What the environment calls `names`. What cannot be made is left out, with a warning."""
    made = [_exporter(name, signal) for name in names or ["otlp"]]
    return [exporter for exporter in made if exporter is not None]


def _exporter(name: str, signal: Signal) -> Any:
    try:
        return _made_exporter(name, signal)
    except Exception as error:  # noqa: BLE001
        log.warning("otel-claude: could not make the %s exporter %r: %s", signal, name, error)
        return None


def _made_exporter(name: str, signal: Signal) -> Any:
    protocol = _NAMED_PROTOCOLS.get(name)
    if name == "otlp":
        protocol = _of_signal("PROTOCOL", signal) or "http/protobuf"
    if protocol is not None:
        return _otlp_exporter(protocol, signal)
    from importlib.metadata import entry_points

    for entry_point in entry_points(group=f"opentelemetry_{signal}_exporter", name=name):
        return entry_point.load()()
    raise LookupError("no installed package has it")


def _otlp_exporter(protocol: str, signal: Signal) -> Any:
    from importlib import import_module

    package = _OTLP_EXPORTERS.get(protocol)
    if package is None:
        raise ValueError(f"protocol {protocol!r} is not one of {', '.join(_OTLP_EXPORTERS)}")
    module, name = _OTLP_CLASSES[signal]
    try:
        exporter = getattr(import_module(f"{package}.{module}"), name)
    except ImportError as error:
        raise ImportError("pip install 'otel-claude[grpc]'") from error
    return exporter(timeout=_timeout_s(signal))
