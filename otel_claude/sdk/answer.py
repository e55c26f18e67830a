"""What the API has answered to a call so far: from a whole message, or event by event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otel_claude import attributes as names
from otel_claude.usage import Usage, as_stated, fields_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.util.types import AttributeValue

EVENTS: Final = frozenset({"message_start", "message_delta", "message_stop"})
"""The types of the events that carry what a call comes to."""

FROM_MESSAGE: Final[Mapping[str, tuple[tuple[str, ...], type]]] = {
    names.RESPONSE_ID: (("id",), str),
    names.RESPONSE_MODEL: (("model",), str),
    names.CACHE_WRITE_TOKENS: (("usage", "cache_creation_input_tokens"), int),
    names.CACHE_READ_TOKENS: (("usage", "cache_read_input_tokens"), int),
    names.CACHE_WRITE_5M_TOKENS: (("usage", "cache_creation", "ephemeral_5m_input_tokens"), int),
    names.CACHE_WRITE_1H_TOKENS: (("usage", "cache_creation", "ephemeral_1h_input_tokens"), int),
    names.RESPONSE_SERVICE_TIER: (("usage", "service_tier"), str),
    names.OUTPUT_TOKENS: (("usage", "output_tokens"), int),
    names.REASONING_TOKENS: (("usage", "output_tokens_details", "thinking_tokens"), int),
    names.STOP_REASON: (("stop_reason",), str),
}
"""Each attribute that the SDK's own span has from a message, with the path to its value and the value's type."""

FINAL_FROM_DELTA: Final = (names.OUTPUT_TOKENS, names.REASONING_TOKENS, names.STOP_REASON)
"""What `message_start` has placeholders for."""

FROM_DELTA: Final[Mapping[str, tuple[tuple[str, ...], type]]] = {
    **{name: at for name, at in FROM_MESSAGE.items() if at[0][0] == "usage"},
    names.STOP_REASON: (("delta", "stop_reason"), str),
}


_READ: Final = ("usage", "model", "stop_reason", "diagnostics")
"""What is read of a message."""


class Answer:
    """What is known of an answer: its model, its usage, and how much of it has come."""

    model: str | None = None
    stop_reason: str | None = None
    diagnosis: object = None
    """The type of the reason that the API's own diagnostics give for a cache miss. [SDK 2.11, `CacheMissReason`]"""

    first_chunk_ns: int | None = None
    is_complete = False
    """Whether the usage is final. That of a stream is with its `message_delta`."""

    is_stopped = False
    is_parsed = False
    is_from_bytes = False
    message: object = None
    _usage: Usage | None = None
    _stated: Mapping[str, object] | None = None
    """The usage of a whole message as it stood there, to be read when it is asked for."""

    _delta: object = None
    """The last `message_delta`, of a stream."""

    @property
    def usage(self) -> Usage | None:
        if self._usage is None and self._stated is not None:
            self._usage = Usage.of_response(self._stated)
        return self._usage

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known of the usage."""
        return self._usage is None and self._stated is None

    @property
    def has_output(self) -> bool:
        """Whether it is known how much was put out."""
        if self._usage is not None:
            return self._usage.output_tokens is not None
        return self._stated is not None and type(self._stated.get("output_tokens")) is int

    def take_message(self, message: object) -> None:
        fields = fields_of(message)
        usage = fields.get("usage")
        if usage is None and not isinstance(message, dict):
            # Something of the application's own that stands for a message.
            fields = {name: getattr(message, name, None) for name in _READ}
            usage = fields["usage"]
        if usage is not None:
            self.message = message
            # The application may change it as soon as it has it.
            self._stated = as_stated(usage)
            self.model = _text(fields.get("model"))
            self.stop_reason = _text(fields.get("stop_reason"))
            self._take_diagnostics(fields)
            self.is_complete = self.is_stopped = True

    def take_event(self, event: object, kind: str) -> None:
        if kind == "message_stop":
            self.is_stopped = True
        elif kind == "message_start":
            message = self.message = _get(event, "message")
            # The output count that it has is a placeholder.
            self._usage = Usage.of_response(_get(message, "usage"))._replace(output_tokens=None)
            self.model = _text(_get(message, "model"))
            self._take_diagnostics(fields_of(message))
        elif self._usage is not None:
            self._usage = self._usage.merge_delta(_get(event, "usage"))
            self.stop_reason = _text(_get(_get(event, "delta"), "stop_reason"))
            self._delta = event
            self.is_complete = True

    def let_go(self) -> None:
        """Keeps what is known of the answer, and not the answer."""
        self.message = self._delta = None

    def _take_diagnostics(self, message: Mapping[str, object]) -> None:
        diagnostics = message.get("diagnostics")
        if diagnostics is not None:
            self.diagnosis = _get(_get(diagnostics, "cache_miss_reason"), "type")

    def attributes(self) -> dict[str, AttributeValue]:
        """What the SDK's own span says of an answer. Of one that was cut short, nothing that is not final."""
        usage = self.usage
        assert usage is not None
        found = _read(self.message, FROM_MESSAGE)
        if self._delta is not None or not self.is_complete:
            for name in FINAL_FROM_DELTA:
                found.pop(name, None)
            found.update(_read(self._delta, FROM_DELTA))
        return {**found, names.INPUT_TOKENS: usage.prompt_tokens}


def _read(data: object, table: Mapping[str, tuple[tuple[str, ...], type]]) -> dict[str, AttributeValue]:
    found: dict[str, AttributeValue] = {}
    for name, (path, kind) in table.items():
        value = data
        for step in path:
            value = _get(value, step)
        if isinstance(value, kind) and isinstance(value, (str, int)) and not isinstance(value, bool):
            found[name] = value
    return found


def _get(data: object, name: str) -> object:
    return data.get(name) if isinstance(data, dict) else getattr(data, name, None)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
