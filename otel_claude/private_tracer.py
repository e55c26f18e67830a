"""The tracer of a provider of ours, whose spans are seen by nobody but us.

The SDK sends the trace context of a call's span with the request, and so does what instruments the HTTP client below
it. That is for an application that traces, and chose to. One that only called `instrument()` chose neither, so its
requests are to be the same bytes as without us. A span of this tracer records as any other, but shows the context
that the SDK's own span would have there without a provider: that of whatever was current before it, mostly none.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from opentelemetry import trace
from opentelemetry.trace import Span, Tracer

from otel_claude.forwarding_span import ForwardingSpan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.context import Context
    from opentelemetry.trace import SpanContext


class PrivateTracer(Tracer):
    """Starts private spans by means of `tracer`, each a child of the private span that is current."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def start_span(self, name: str, context: Context | None = None, *args: Any, **kwargs: Any) -> PrivateSpan:
        """As `Tracer.start_span`."""
        current = trace.get_current_span(context)
        if isinstance(current, PrivateSpan):
            context = trace.set_span_in_context(current.recorded, context)
        return PrivateSpan(
            self._tracer.start_span(name, context, *args, **kwargs), current.get_span_context()
        )

    @contextmanager
    def start_as_current_span(  # type: ignore[override]
        self, name: str, context: Context | None = None, *args: Any, end_on_exit: bool = True, **kwargs: Any
    ) -> Iterator[Span]:
        """As `Tracer.start_as_current_span`."""
        with trace.use_span(self.start_span(name, context, *args, **kwargs), end_on_exit=end_on_exit) as span:
            yield span


class PrivateSpan(ForwardingSpan):
    """Passes everything on to the span that is `recorded`, but shows `context` as its own."""

    __slots__ = ("_context",)

    def __init__(self, recorded: Span, context: SpanContext) -> None:
        super().__init__(recorded)
        self._context = context

    def get_span_context(self) -> SpanContext:
        """The context that was current when the span started."""
        return self._context
