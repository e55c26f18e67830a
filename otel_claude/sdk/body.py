"""Observing the body of a response: its events where the SDK parses them, its bytes where the application does.

An *observer* learns that events begin to be parsed, of each event, and once how the reading ended: `read` to the
end, `closed` before it (also by dropping the response), or `failed`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator
    from types import ModuleType

End = Literal["read", "closed", "failed"]

MOST_BYTES: Final = 16 * 1024 * 1024
"""A body of more bytes than this, as sent, is not kept, and so not priced when the application reads it as bytes."""


class Observer(Protocol):
    """Learns how a body is read. No method raises."""

    def begin(self) -> None: ...

    def item(self, event: object, /) -> None: ...

    def end(self, how: End, error: BaseException | None = None) -> None: ...


class BodyBytes:
    """The bytes of a body that the application reads itself, as they were sent."""

    def __init__(self) -> None:
        self._chunks: list[bytes] | None = []
        self._size = 0

    def add(self, chunk: bytes) -> None:
        if self._chunks is not None:
            self._size += len(chunk)
            if self._size > MOST_BYTES:
                self._chunks = None
            else:
                self._chunks.append(chunk)

    def forget(self) -> None:
        """Keeps no bytes from here on: the SDK parses the events."""
        self._chunks = None

    def messages(self, kind: type[Any], headers: Any, events: Iterable[str]) -> list[object]:
        """The decoded JSON values in what was read of the body of a response of that `kind`, with those `headers`:
        one, or the data of each event, of others than those named in `events` only as it comes."""
        if not self._chunks:
            return []
        # The HTTP library undoes the content encoding, as it did for the application.
        decoded = kind(200, headers=headers, content=b"".join(self._chunks))
        if "text/event-stream" not in headers.get("content-type", ""):
            return [json.loads(decoded.content)]
        signs = tuple(f'"{event}"' for event in events)
        return [
            json.loads(line[5:])
            for line in decoded.text.splitlines()
            if line.startswith("data:") and any(sign in line for sign in signs)
        ]


def observed_body(http: ModuleType, body: Any, kept: BodyBytes, observer: Observer | None = None) -> Any:
    """`body` wrapped: its bytes are kept, and `observer`, if there is one, learns how reading it ended.

    The wrapper is of the same kind as `body`, sync, async or both, for which the HTTP library checks. Its observer is
    in its attribute `stream_observer`, where the SDK's own streams look for one, and can be given later.
    """
    sync, asynchronous = isinstance(body, http.SyncByteStream), isinstance(body, http.AsyncByteStream)
    parts: tuple[type, ...] = (_SyncPart,) if sync else ()
    bases: tuple[type, ...] = (http.SyncByteStream,) if sync else ()
    if asynchronous:
        parts, bases = (*parts, _AsyncPart), (*bases, http.AsyncByteStream)
    kind = _kinds.get(parts + bases)
    if kind is None:
        kind = _kinds[parts + bases] = type("ObservedBody", parts + bases, {})
    return kind(body, kept, observer)


_kinds: dict[tuple[type, ...], Any] = {}
"""The wrapper classes, which derive from the HTTP library's, by what they derive from."""


class _ObservedBody:
    """What the wrappers of both kinds share."""

    def __init__(self, body: Any, kept: BodyBytes, observer: Observer | None) -> None:
        self.stream_observer = observer
        self._body = body
        self._kept = kept

    @property
    def elapsed(self) -> Any:
        """The `elapsed` of the wrapped body, which the HTTP library reads here."""
        return getattr(self._body, "elapsed", None)

    def _ended(self, how: End, error: BaseException | None = None) -> None:
        if self.stream_observer is not None:
            self.stream_observer.end(how, error)

    def __del__(self) -> None:
        # A response can be dropped without being closed.
        self._ended("closed")


class _SyncPart(_ObservedBody):
    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in self._body:
                self._kept.add(chunk)
                yield chunk
        except Exception as error:
            self._ended("failed", error)
            raise
        self._ended("read")

    def close(self) -> None:
        self._ended("closed")
        self._body.close()


class _AsyncPart(_ObservedBody):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        chunks = self._body.__aiter__()
        try:
            async for chunk in chunks:
                self._kept.add(chunk)
                yield chunk
        except Exception as error:
            self._ended("failed", error)
            raise
        finally:
            # A generator that is read in part is closed in the task that read it.
            if hasattr(chunks, "aclose"):
                await chunks.aclose()
        self._ended("read")

    async def aclose(self) -> None:
        self._ended("closed")
        await self._body.aclose()
