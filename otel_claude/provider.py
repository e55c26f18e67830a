"""Where spans and metrics go: to the user's providers, or to one of ours that is never global.

The user's choice wins, whenever it is made. It is, in this order: the provider given to `instrument()`; the global
provider, set before or after; and the exporters that the environment names. With none of them, spans go to the
local store, and metrics nowhere.
"""

from __future__ import annotations

import logging
import os
import threading
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import metrics, trace
from opentelemetry.trace import ProxyTracerProvider

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.metrics import MeterProvider
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.trace import Tracer, TracerProvider

log: Final = logging.getLogger("otel_claude")

EXPORT_TIMEOUT_S: Final = 2
"""How long an exporter that we make may take, so that an endpoint that is down does not hold the exit."""

_OTLP_EXPORTERS: Final = {
    "grpc": "opentelemetry.exporter.otlp.proto.grpc",
    "http/protobuf": "opentelemetry.exporter.otlp.proto.http",
}
"""Each value of OTEL_EXPORTER_OTLP_PROTOCOL with the package that speaks it."""


def _environment(name: str) -> str:
    return os.environ.get(name, "").strip()


def _is_disabled() -> bool:
    return _environment("OTEL_SDK_DISABLED").lower() == "true"


class Tracing:
    """Gives the tracer for a call, and builds our own provider when it is first needed."""

    def __init__(self, provider: TracerProvider | None = None, on_local_store: Callable[[], object] = lambda: None):
        """`provider` is the user's, for all spans. `on_local_store` is called when spans first go to the local store."""
        self._given = provider
        self._on_local_store = on_local_store
        self._ours: TracerProvider | None = None
        self._built = False
        self._building = threading.Lock()
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
            with self._building:
                if not self._built:
                    self._ours = self._build()
                    self._built = True
        return self._ours

    def _build(self) -> TracerProvider | None:
        names = [name for name in _environment("OTEL_TRACES_EXPORTER").split(",") if name.strip()]
        endpoint = _environment("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") or _environment("OTEL_EXPORTER_OTLP_ENDPOINT")
        if _is_disabled() or names == ["none"]:
            return None
        from opentelemetry.sdk.trace import TracerProvider as SDKTracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        provider = SDKTracerProvider(resource=_resource())
        if not names and not endpoint:
            from otel_claude.store.writer import LineExporter, WriteThroughProcessor

            provider.add_span_processor(WriteThroughProcessor(LineExporter()))
            self._on_local_store()
            return provider
        for name in names or ["otlp"]:
            exporter = _exporter(name.strip(), "traces")
            if exporter is not None:
                provider.add_span_processor(BatchSpanProcessor(exporter))
        return provider


class Metering:
    """Gives the meter provider for our instruments, or `None` when nothing would read them."""

    def __init__(self, provider: MeterProvider | None = None) -> None:
        self._given = provider
        self._ours: MeterProvider | None = None

    def provider(self) -> MeterProvider | None:
        """The user's provider, one of ours where the environment names a metrics exporter, or `None`."""
        if self._given is not None:
            return self._given
        current = metrics.get_meter_provider()
        if type(current).__name__ != "_ProxyMeterProvider":
            return current
        if self._ours is None and self._is_configured():
            self._ours = self._build()
        return self._ours

    def flush(self) -> None:
        """Exports what our own provider still holds, and drops the provider."""
        provider, self._ours = self._ours, None
        if provider is not None:
            provider.shutdown()  # type: ignore[attr-defined]

    @staticmethod
    def _is_configured() -> bool:
        # OTEL_EXPORTER_OTLP_ENDPOINT alone is no wish for metrics: Jaeger, the most usual one, takes traces only.
        named = _environment("OTEL_METRICS_EXPORTER")
        return not _is_disabled() and (
            named not in {"", "none"} or (not named and bool(_environment("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT")))
        )

    @staticmethod
    def _build() -> MeterProvider:
        from opentelemetry.sdk.metrics import MeterProvider as SDKMeterProvider
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

        names = [name for name in _environment("OTEL_METRICS_EXPORTER").split(",") if name.strip()] or ["otlp"]
        exporters = [exporter for name in names if (exporter := _exporter(name.strip(), "metrics")) is not None]
        return SDKMeterProvider(
            [PeriodicExportingMetricReader(exporter) for exporter in exporters], resource=_resource()
        )


def _resource() -> Resource:
    """The user's resource, with the project's name and commit where the environment says nothing of them."""
    from opentelemetry.sdk.resources import Resource

    from otel_claude.store import project_root

    resource = Resource.create()
    root = project_root()
    if root is not None and str(resource.attributes.get("service.name", "")).startswith("unknown_service"):
        resource = resource.merge(Resource({"service.name": root.name}))
    return resource


def _exporter(name: str, signal: str) -> Any:
    """The exporter that the environment calls `name`, or `None` after a warning when there is none of that name."""
    try:
        if name == "otlp":
            return _otlp_exporter(signal)
        from importlib.metadata import entry_points

        for entry_point in entry_points(group=f"opentelemetry_{signal}_exporter", name=name):
            return entry_point.load()()
        log.warning("otel-claude: OTEL_%s_EXPORTER names %r, and no installed package has it", signal.upper(), name)
    except Exception as error:  # noqa: BLE001
        log.warning("otel-claude: could not make the %s exporter %r: %s", signal, name, error)
    return None


def _otlp_exporter(signal: str) -> Any:
    from importlib import import_module

    protocol = (
        _environment(f"OTEL_EXPORTER_OTLP_{signal.upper()}_PROTOCOL")
        or _environment("OTEL_EXPORTER_OTLP_PROTOCOL")
        or "http/protobuf"
    )
    package = _OTLP_EXPORTERS.get(protocol)
    if package is None:
        raise ValueError(f"protocol {protocol!r} is not one of {', '.join(_OTLP_EXPORTERS)}")
    kind, name = ("trace", "OTLPSpanExporter") if signal == "traces" else ("metric", "OTLPMetricExporter")
    try:
        module = import_module(f"{package}.{kind}_exporter")
    except ImportError as error:
        raise ImportError("pip install 'otel-claude[grpc]'") from error
    timeout = None if _environment("OTEL_EXPORTER_OTLP_TIMEOUT") else EXPORT_TIMEOUT_S
    return getattr(module, name)(timeout=timeout)
