"""What the API has answered to a call so far: from a whole message, or event by event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otel_claude import attributes as names
from otel_claude.usage import Usage

if TYPE_CHECKING:
    from opentelemetry.util.types import AttributeValue

EVENTS: Final = frozenset({"message_start", "message_delta", "message_stop"})
"""The types of the events that carry what a call comes to."""


class Answer:
    """What is known of an answer: its model, its usage, and how much of it has come."""

    __slots__ = (
        "first_chunk_ns",
        "id",
        "is_complete",
        "is_from_bytes",
        "is_parsed",
        "is_stopped",
        "model",
        "stop_reason",
        "usage",
    )

    def __init__(self) -> None:
        self.usage: Usage | None = None
        self.model: str | None = None
        self.id: str | None = None
        self.stop_reason: str | None = None
        self.first_chunk_ns: int | None = None
        self.is_complete = False
        """Whether the usage is final. That of a stream is with its `message_delta`."""
        self.is_stopped = False
        self.is_parsed = False
        self.is_from_bytes = False

    def take_message(self, message: object) -> None:
        usage = _get(message, "usage")
        if usage is None:
            return
        self.usage = Usage.of_response(usage)
        self._take_fields(message)
        self.is_complete = self.is_stopped = True

    def take_event(self, event: object, kind: str) -> None:
        if kind == "message_stop":
            self.is_stopped = True
        elif kind == "message_start":
            message = _get(event, "message")
            # The count of output tokens in it is a placeholder, which `complete=False` leaves out of the price.
            self.usage = Usage.of_response(_get(message, "usage"))
            self._take_fields(message)
        elif self.usage is not None:
            self.usage = self.usage.merge_delta(_get(event, "usage"))
            self.stop_reason = _text(_get(_get(event, "delta"), "stop_reason"))
            self.is_complete = True

    def _take_fields(self, message: object) -> None:
        self.model = _text(_get(message, "model"))
        self.id = _text(_get(message, "id"))
        self.stop_reason = _text(_get(message, "stop_reason"))

    def attributes(self) -> dict[str, AttributeValue]:
        """What the SDK's own span says of an answer. Of one that was cut short, nothing that is not final."""
        assert self.usage is not None
        found: dict[str, AttributeValue] = dict(self.usage.attributes())
        if not self.is_complete:
            found.pop(names.OUTPUT_TOKENS, None)
            found.pop(names.REASONING_TOKENS, None)
        for name, value in (
            (names.RESPONSE_MODEL, self.model),
            (names.RESPONSE_ID, self.id),
            (names.STOP_REASON, self.stop_reason if self.is_complete else None),
        ):
            if value is not None:
                found[name] = value
        return found


def _get(data: object, name: str) -> object:
    return data.get(name) if isinstance(data, dict) else getattr(data, name, None)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
