"""Observing what an application reads of a body: for the SDK's observer, or in its place where there is none.

A stream that the SDK observes has an `EnrichingEnd` around the SDK's observer. Any other, also each stream of an SDK
that makes no spans, has an `Observation`, which `observed_stream` finds on the body.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from otel_claude.sdk.body import End
    from otel_claude.sdk.call import Call


class Observation:
    """Observes the body of a call that the SDK does not observe."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._events = call.events
        self.is_advancing = False
        """Whether the SDK is on its way to the next event. If it closes the body then, it will say why."""

    def begin(self) -> None:
        self._call.begin()

    def item(self, event: Any) -> None:
        kind = getattr(event, "type", None)
        if kind in self._events:
            self._call.event(event, kind)
        if kind == "content_block_delta":
            self._call.first_chunk()

    def end(self, how: End, error: BaseException | None = None) -> None:
        if not (how == "closed" and self.is_advancing):
            self._call.body_ended(how, error)


class _Nobody(Observation):
    """Observes nothing: a stream that is no inference, or that began before the SDK was instrumented."""

    def __init__(self) -> None:
        self.is_advancing = False

    def begin(self) -> None: ...

    def item(self, event: Any) -> None: ...

    def end(self, how: End, error: BaseException | None = None) -> None: ...


_NOBODY: Final = _Nobody()


def enriching_end(first_end: Any) -> Any:
    """A class of observers that derives from the SDK's `FirstEnd`, whose type its stream helpers check."""

    class EnrichingEnd(first_end):  # type: ignore[misc]
        """Observes the body for our call, and passes everything on to the SDK's observer, `inner`."""

        def __init__(self, inner: Any, call: Call) -> None:
            super().__init__(inner)
            self._call = call
            self._events = call.events

        def begin(self) -> None:
            self._call.begin()
            super().begin()

        def item(self, item: Any) -> None:
            if not self._ended:
                kind = getattr(item, "type", None)
                if kind in self._events:
                    self._call.event(item, kind)
                self.inner.item(item)

        def end(self, how: End, error: BaseException | None = None) -> None:
            # Before the SDK's observer, which ends the span.
            self._call.body_ended(how, error)
            super().end(how, error)

    return EnrichingEnd


def _observation(stream: Any) -> Observation | None:
    """The observation of what a stream of events, or a decoder of lines, reads."""
    response = getattr(stream, "response", None) or getattr(stream, "http_response", None)
    observer = getattr(getattr(response, "stream", None), "stream_observer", None)
    return observer if isinstance(observer, Observation) else None


def observed_stream(original: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    def __stream__(stream: Any) -> Iterator[Any]:  # noqa: N807
        # The generator starts with the first event that the application asks for, when the observer is in place.
        observer = _observation(stream) or _NOBODY
        observer.begin()
        try:
            observer.is_advancing = True
            for event in original(stream):
                observer.is_advancing = False
                observer.item(event)
                yield event
                observer.is_advancing = True
        except Exception as error:
            observer.is_advancing = False
            observer.end("failed", error)
            raise
        except BaseException:
            # The application stopped: it closed the generator, or was cancelled or interrupted.
            observer.is_advancing = False
            observer.end("closed")
            raise
        observer.is_advancing = False
        observer.end("read")

    return __stream__


def observed_async_stream(original: Callable[..., AsyncIterator[Any]]) -> Callable[..., AsyncIterator[Any]]:
    async def __stream__(stream: Any) -> AsyncIterator[Any]:  # noqa: N807
        observer = _observation(stream) or _NOBODY
        observer.begin()
        try:
            observer.is_advancing = True
            async for event in original(stream):
                observer.is_advancing = False
                observer.item(event)
                yield event
                observer.is_advancing = True
        except Exception as error:
            observer.is_advancing = False
            observer.end("failed", error)
            raise
        except BaseException:
            # The application stopped: it closed the generator, or was cancelled or interrupted.
            observer.is_advancing = False
            observer.end("closed")
            raise
        observer.is_advancing = False
        observer.end("read")

    return __stream__
