"""What the endpoint served: the truth that traces are compared with.

A *call* is one HTTP request for a message, so each retry is a call of its own.
"""

from __future__ import annotations

import copy
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from otel_claude.simulator.misses import Miss


@dataclass(frozen=True, slots=True)
class Call:
    """One request for a message and how it was answered."""

    request_id: str
    id: str | None
    """The id of the message, or `None` where the request was refused with an HTTP error."""

    model: str | None
    """As the request named it."""

    status: int
    """The HTTP status."""

    usage: Mapping[str, Any] | None
    """The usage of the whole message, also where a stream was cut off before the client could see it."""

    stop_reason: str | None
    at: datetime
    """When the request came in, by the endpoint's clock."""

    stream: bool
    ended: Literal["whole", "cut", "error"]
    """`whole`: sent to its end. `cut`: the connection was closed on it. `error`: an HTTP or SSE error."""

    headers: Mapping[str, str]
    """The request's headers, names in lower case, without credentials."""

    miss: Miss | None = None
    """Why it wrote what it might have read: the truth that an explanation is compared with. `None` where it read all
    that it could have, or cached nothing."""

    def as_json(self) -> dict[str, Any]:
        """The call as `GET /_simulator/ledger` shows it."""
        return {
            "request_id": self.request_id,
            "id": self.id,
            "model": self.model,
            "status": self.status,
            "usage": self.usage,
            "stop_reason": self.stop_reason,
            "at": self.at.isoformat().replace("+00:00", "Z"),
            "stream": self.stream,
            "ended": self.ended,
            "headers": dict(self.headers),
            "miss": None if self.miss is None else {"reason": self.miss.reason, "at": self.miss.at},
        }


class Ledger:
    """Calls in the order in which they were answered. Thread-safe."""

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._lock = threading.Lock()

    def add(self, call: Call) -> None:
        """Record `call`, with a copy of its usage."""
        with self._lock:
            self._calls.append(copy.deepcopy(call))

    def calls(self) -> tuple[Call, ...]:
        """All calls so far."""
        with self._lock:
            return tuple(self._calls)
