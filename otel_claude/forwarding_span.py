"""A span that passes everything on to another: what it is to do otherwise, a class derived from it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry.trace import Span

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.trace import SpanContext, Status, StatusCode
    from opentelemetry.util.types import AnyValue, Attributes


class ForwardingSpan(Span):
    """Passes everything on to the span that is `recorded`."""

    __slots__ = ("recorded",)

    def __init__(self, recorded: Any) -> None:
        self.recorded = recorded

    def get_span_context(self) -> SpanContext:
        """As `Span.get_span_context`."""
        context: SpanContext = self.recorded.get_span_context()
        return context

    def is_recording(self) -> bool:
        """As `Span.is_recording`."""
        return bool(self.recorded.is_recording())

    def set_attribute(self, key: str, value: AnyValue) -> None:
        """As `Span.set_attribute`."""
        self.recorded.set_attribute(key, value)

    def set_attributes(self, attributes: Mapping[str, AnyValue]) -> None:
        """As `Span.set_attributes`."""
        self.recorded.set_attributes(attributes)

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        """As `Span.set_status`."""
        self.recorded.set_status(status, description)

    def end(self, end_time: int | None = None) -> None:
        """As `Span.end`."""
        self.recorded.end(end_time)

    def add_event(self, name: str, attributes: Attributes = None, timestamp: int | None = None) -> None:
        """As `Span.add_event`."""
        self.recorded.add_event(name, attributes, timestamp)

    def add_link(self, context: SpanContext, attributes: Attributes = None) -> None:
        """As `Span.add_link`."""
        self.recorded.add_link(context, attributes)

    def update_name(self, name: str) -> None:
        """As `Span.update_name`."""
        self.recorded.update_name(name)

    def record_exception(
        self,
        exception: BaseException,
        attributes: Attributes = None,
        timestamp: int | None = None,
        escaped: bool = False,
    ) -> None:
        """As `Span.record_exception`."""
        self.recorded.record_exception(exception, attributes, timestamp, escaped)
