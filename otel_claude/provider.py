"""Where spans and metrics go: to the user's providers, or to one of ours that is never global.

The user's choice wins, whenever it is made. It is, in this order: the provider given to `instrument()`; the global
provider, set before or after; and the exporters that the environment names. With none of them, spans go to the
local store, and metrics nowhere.

A provider of ours gives up at exit after `exporters.TIMEOUT_S`, so that a backend that is down cannot hold the exit.
"""

from __future__ import annotations

import atexit
import logging
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import metrics
from opentelemetry.metrics import MeterProvider, NoOpMeterProvider

from otel_claude import exporters
from otel_claude.first_use import first_use
from otel_claude.global_provider import global_tracer_provider
from otel_claude.private_tracer import PrivateTracer
from otel_claude.revision import head_revision
from otel_claude.store import location

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from opentelemetry.metrics import Meter
    from opentelemetry.sdk.metrics.export import MetricReader
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.trace import Tracer, TracerProvider
    from opentelemetry.util.types import Attributes

log: Final = logging.getLogger("otel_claude")


class Tracing:
    """Gives the tracer for a call, and builds our own provider when it is first needed."""

    def __init__(
        self, provider: TracerProvider | None = None, on_local_store: Callable[[], object] = lambda: None
    ):
        """`provider` is the user's, for all spans. `on_local_store` is called when spans first go to the store.

        The store is that of the directory which is current now, wherever the program goes.
        """
        self._given = provider
        self._on_local_store = on_local_store
        self._start = location.current_directory()
        self._ours: TracerProvider | None = None
        self._built = False
        self._tracers: dict[tuple[str, str], Tracer] = {}

    def tracer(self, scope: str, version: str) -> Tracer | None:
        """The tracer of `scope` that a call made now is to use in place of the SDK's, or `None` for the SDK's own."""
        if not self.is_chosen():
            return None
        provider = self._given
        if provider is None:
            provider = self._our_provider()
            if provider is None:
                return None
        tracer = self._tracers.get((scope, version))
        if tracer is None:
            tracer = provider.get_tracer(scope, version)
            if provider is not self._given:
                tracer = PrivateTracer(tracer)
            self._tracers[scope, version] = tracer
        return tracer

    def is_chosen(self) -> bool:
        """Whether spans go to a provider other than the global one: the one given, or one of ours."""
        return self._given is not None or self.is_alone()

    @staticmethod
    def is_alone() -> bool:
        """Whether no global provider is set, so that only spans of a tracer of ours go anywhere."""
        return global_tracer_provider() is None

    def directory(self) -> Path | None:
        """The directory for what belongs to the spans: the local store's, where they go there; one of the user's own
        for the project, where they go elsewhere; `None` where there are none, or where no files are wanted."""
        if location.is_off():
            return None
        if self._given is None and self.is_alone() and not exporters.are_wanted("traces"):
            is_kept = self._are_kept() and not exporters.is_disabled()
            return location.default_directory(self._start) if is_kept else None
        return location.private_directory(self._start)

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
        is_exported = exporters.are_wanted("traces")
        if exporters.is_disabled() or not (is_exported or self._are_kept()):
            return None
        from opentelemetry.sdk.trace import TracerProvider as SDKTracerProvider

        provider = SDKTracerProvider(resource=_resource(self._start))
        if not is_exported:
            from otel_claude.store.writer import LineExporter, WriteThroughProcessor

            directory = location.default_directory(self._start)
            provider.add_span_processor(WriteThroughProcessor(LineExporter(directory)))
            self._on_local_store()
            return provider
        for exporter in exporters.made("traces"):
            provider.add_span_processor(_processor(exporter))
        return provider

    @staticmethod
    def _are_kept() -> bool:
        """Whether spans go to the local store, when they are not exported."""
        return not exporters.names("traces") and not location.is_off()


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
        self._start = location.current_directory()

    @staticmethod
    def is_configured() -> bool:
        """Whether the environment says that metrics are to be exported."""
        return exporters.are_wanted("metrics")

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
            provider.shutdown(timeout_millis=exporters.timeout_s("metrics") * 1000)
        except Exception as error:  # noqa: BLE001
            log.warning("otel-claude: not all metrics were exported: %s", error)

    def _build(self) -> MeterProvider:
        from opentelemetry.sdk.metrics import MeterProvider as SDKMeterProvider
        from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader

        readers: list[MetricReader] = [
            # What serves metrics rather than sending them, as that for Prometheus does, is a reader itself.
            exporter if isinstance(exporter, MetricReader) else PeriodicExportingMetricReader(exporter)
            for exporter in exporters.made("metrics")
        ]
        provider = SDKMeterProvider(readers, resource=_resource(self._start), shutdown_on_exit=False)
        atexit.register(self.shutdown)
        return provider


def _resource(start: Path | None) -> Resource:
    """The user's resource, with the name and the revision of the project seen from `start` where the environment
    says nothing of them."""
    from opentelemetry.sdk.resources import Resource

    resource = Resource.create()
    root = location.project_root(start)
    if root is None:
        return resource
    found = {"vcs.ref.head.revision": head_revision(root)}
    ours = {
        name: value for name, value in found.items() if value is not None and name not in resource.attributes
    }
    if str(resource.attributes.get("service.name", "")).startswith("unknown_service"):
        ours["service.name"] = root.name
    return resource.merge(Resource(ours))


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
                batches.shutdown(timeout_millis=exporters.timeout_s("traces") * 1000)

    return TimedProcessor(exporter)
