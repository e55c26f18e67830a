"""The instrumentor that `opentelemetry-instrument` finds, under a name of our own.

All other instrumentations of this SDK call themselves `anthropic`; OTEL_PYTHON_DISABLED_INSTRUMENTATIONS=otel_claude
switches off this one alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry.instrumentation.instrumentor import BaseInstrumentor  # type: ignore[attr-defined]

from otel_claude.instrumentation import instrument, uninstrument

if TYPE_CHECKING:
    from collections.abc import Collection


class OtelClaudeInstrumentor(BaseInstrumentor):  # type: ignore[misc]
    """`instrument()` as an OpenTelemetry instrumentor, with `tracer_provider` and `meter_provider` as its options."""

    def instrumentation_dependencies(self) -> Collection[str]:
        return ("anthropic >= 0.40",)

    def _instrument(self, **kwargs: Any) -> None:
        instrument(tracer_provider=kwargs.get("tracer_provider"), meter_provider=kwargs.get("meter_provider"))

    def _uninstrument(self, **kwargs: Any) -> None:  # noqa: ARG002
        uninstrument()
