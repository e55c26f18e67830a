"""Where the SDK is hooked, and what each hook does.

Below everything is `request` of the two base clients, through which each API call of each client class goes, whoever
made the client and when. Inside it the SDK starts and finishes its own span, in two functions that see the whole
request and the whole result: there a span is enriched. Where those did not run, `request` does the rest: it emits.

No hook raises, or changes what the SDK returns.
"""

from __future__ import annotations

import functools
import logging
from contextlib import nullcontext
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import trace

from otel_claude import attributes as names
from otel_claude.attribution.withheld import withholding, withholding_async
from otel_claude.sdk import private_names
from otel_claude.sdk.answer import EVENTS
from otel_claude.sdk.batches import Batches, Reading, ResultBytes, is_about_a_batch, results_of
from otel_claude.sdk.body import BodyBytes, observed_body
from otel_claude.sdk.call import Call
from otel_claude.sdk.neighbours import bypassing_classes, warn_of_neighbours

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from opentelemetry.trace import Span, Tracer

    from otel_claude.sdk.body import End
    from otel_claude.sdk.session import Session

log: Final = logging.getLogger("otel_claude")

_INFERENCE_PATH: Final = "/v1/messages"
_NO_ATTRIBUTES: Final[Mapping[str, Any]] = {}
_call: Final[ContextVar[Call | None]] = ContextVar("otel_claude_call", default=None)
"""The call whose `request` is running: an inference call, or one for the results of a batch."""


class Hooks:
    """The hooks of one session, in place from `install` to `remove`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._sdk = session.sdk
        self._replaced: list[tuple[Any, str, Any, Any]] = []
        """Each owner and name with the hook and with what was there before."""
        self._batches = Batches()
        self._has_looked_around = False
        self._is_removed = False
        tracing = self._sdk.tracing
        self._enriching_end = None if tracing is None else _enriching_end(tracing.FirstEnd)

    def install(self) -> None:
        base, streaming = self._sdk.base_client, self._sdk.streaming
        self._replace(base.SyncAPIClient, "request", self._request)
        self._replace(base.AsyncAPIClient, "request", self._async_request)
        for client in bypassing_classes(base.SyncAPIClient):
            self._replace(client, "request", self._request)
        for client in bypassing_classes(base.AsyncAPIClient):
            self._replace(client, "request", self._async_request)
        self._replace(base.BaseClient, "_build_request", self._build_request)
        for client in (base.SyncAPIClient, base.AsyncAPIClient):
            self._replace(client, "_process_response", self._process_response)
        if self._sdk.tracing is None:
            self._replace(streaming.Stream, "__stream__", _observed_stream)
            self._replace(streaming.AsyncStream, "__stream__", _observed_async_stream)
        else:
            tracer = base.BaseClient.__dict__["_tracer"]
            self._put(base.BaseClient, "_tracer", property(self._tracer(tracer.fget)))
            self._replace(base, "start_api_call_span", self._start)
            self._replace(base, "finish_api_call_span", self._finish)
        if self._sdk.decoders is not None:
            self._replace(self._sdk.decoders.JSONLDecoder, "__decode__", _observed_stream)
            self._replace(self._sdk.decoders.AsyncJSONLDecoder, "__decode__", _observed_async_stream)

    def remove(self) -> None:
        """Puts back what was there, unless somebody has replaced it since: theirs then stays, and ours does nothing."""
        self._is_removed = True
        for owner, name, hook, original in reversed(self._replaced):
            if owner.__dict__.get(name) is hook:
                setattr(owner, name, original)
        self._replaced.clear()

    def _replace(self, owner: Any, name: str, wrap: Callable[[Any], Any]) -> None:
        original = owner.__dict__[name]
        self._put(owner, name, functools.wraps(original)(wrap(original)))

    def _put(self, owner: Any, name: str, hook: object) -> None:
        self._replaced.append((owner, name, hook, owner.__dict__[name]))
        setattr(owner, name, hook)

    # Around a whole call.

    def _request(self, original: Callable[..., Any]) -> Callable[..., Any]:
        original = withholding(original)

        def request(client: Any, cast_to: Any, options: Any, *args: Any, **kwargs: Any) -> Any:
            call = self._begin(client, options, kwargs.get("stream"))
            if call is None:
                result = original(client, cast_to, options, *args, **kwargs)
                self._passed(options, result)
                return result
            token = _call.set(call)
            try:
                with self._current_span(call, options):
                    result = original(client, cast_to, options, *args, **kwargs)
            except BaseException as error:
                call.failed(error)
                raise
            finally:
                _call.reset(token)
            if not call.is_finished:
                self._returned(call, result)
            return result

        return request

    def _async_request(self, original: Callable[..., Any]) -> Callable[..., Any]:
        original = withholding_async(original)

        async def request(client: Any, cast_to: Any, options: Any, *args: Any, **kwargs: Any) -> Any:
            call = self._begin(client, options, kwargs.get("stream"))
            if call is None:
                result = await original(client, cast_to, options, *args, **kwargs)
                self._passed(options, result)
                return result
            token = _call.set(call)
            try:
                with self._current_span(call, options):
                    result = await original(client, cast_to, options, *args, **kwargs)
            except BaseException as error:
                call.failed(error)
                raise
            finally:
                _call.reset(token)
            if not call.is_finished:
                self._returned(call, result)
            return result

        return request

    def _passed(self, options: Any, result: Any) -> None:
        """Remembers the batch that a call which is not recorded was about."""
        try:
            if is_about_a_batch(options):
                self._batches.note(options, _content(result), self._session.attribution())
        except Exception:
            log.debug("Could not remember a batch", exc_info=True)

    def _begin(self, client: Any, options: Any, stream: object) -> Call | None:
        """The call that `options` describe, or `None` for one that is neither inference nor asks for results."""
        if self._is_removed:
            return None
        try:
            path = str(options.url).partition("?")[0]
            if path.endswith(_INFERENCE_PATH) and options.method.lower() == "post":
                if not self._has_looked_around:
                    self._has_looked_around = True
                    warn_of_neighbours(client)
                return Call(self._session, client, options.json_data, bool(stream))
            batch_id = results_of(options)
            if batch_id is not None:
                return Reading(self._session, client, batch_id, self._batches.of(batch_id))
            return None
        except Exception:
            log.debug("Could not begin to record a call", exc_info=True)
            return None

    def _current_span(self, call: Call, options: Any) -> AbstractContextManager[object]:
        """A block in which our span is current, where the SDK makes none."""
        try:
            if self._sdk.makes_spans and (
                self._sdk.tracing is None or private_names.makes_own_span(call.client, options)
            ):
                return nullcontext()
            span = call.start_span(options.json_data)
            return trace.use_span(span, record_exception=False, set_status_on_exception=False)
        except Exception:
            log.debug("Could not start the span of a call", exc_info=True)
            return nullcontext()

    def _build_request(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def build_request(client: Any, *args: Any, **kwargs: Any) -> Any:
            request = original(client, *args, **kwargs)
            call = _call.get()
            if call is not None and call.client is client:
                call.request = request
            return request

        return build_request

    def _process_response(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def process_response(client: Any, *args: Any, **kwargs: Any) -> Any:
            call = _call.get()
            if call is not None and call.client is client:
                call.response = kwargs.get("response")
            return original(client, *args, **kwargs)

        return process_response

    def _returned(self, call: Call, result: Any) -> None:
        """Settles `call`, which returned `result`, or has its body observed until it settles."""
        try:
            response = call.response
            if self._is_unread(result, response):
                kept = self._keep_body(call)
                response.stream = observed_body(self._sdk.http, response.stream, kept, _observer(call))
            else:
                call.answered(_content(result))
        except Exception:
            log.debug("Could not record the result of a call", exc_info=True)
            call.answered(None)

    def _keep_body(self, call: Call) -> BodyBytes:
        """Where the bytes of the body of `call`, which is about to be read, are kept."""
        call.opened(call.response)
        call.kept = ResultBytes() if isinstance(call, Reading) else BodyBytes()
        return call.kept

    def _is_unread(self, result: Any, response: Any) -> bool:
        """Whether the application has yet to read the body of `response` when it gets `result`."""
        if response is None:
            return False
        streaming = self._sdk.streaming
        # The stream helpers of old versions are no streams to `isinstance`, and warn when asked.
        return not response.is_closed or type(result) in {streaming.Stream, streaming.AsyncStream}

    # Around the SDK's own span.

    def _start(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def start_api_call_span(
            tracer: Tracer, base_url: Any, options: Any, attributes: Any, *args: Any, **kwargs: Any
        ) -> Span | None:
            call = None
            try:
                call = _call.get()
                if call is not None and (call.span is not None or options.span_name != _span_name(call)):
                    call = None
                if call is not None:
                    attributes = {**attributes, **call.start_attributes}
            except Exception:
                log.debug("Could not prepare the span of a call", exc_info=True)
            span: Span | None = original(tracer, base_url, options, attributes, *args, **kwargs)
            if call is not None:
                call.span = span
            return span

        return start_api_call_span

    def _tracer(self, original: Callable[[Any], Tracer | None]) -> Callable[[Any], Tracer | None]:
        """The tracer of a client for each span of the SDK's: of its calls, of its tool runner and of its tools."""

        @functools.wraps(original)
        def _tracer(client: Any) -> Tracer | None:
            tracer = original(client)
            if tracer is None:
                return None
            try:
                if private_names.has_own_provider(client):
                    return tracer
                scope = private_names.scope_name(client, names.SDK_SCOPE)
                return self._session.tracing.tracer(scope, self._sdk.version) or tracer
            except Exception:
                log.debug("Could not choose the tracer of a client", exc_info=True)
                return tracer

        return _tracer

    def _finish(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def finish_api_call_span(client: Any, span: Span, result: Any) -> None:
            call = _call.get()
            if call is None or call.span is not span or call.is_finished:
                original(client, span, result)
                return
            call.is_finished = True
            self._before_finish(call, result)
            original(client, span, result)
            if call.kept is not None:
                self._after_finish(call, result.response)

        return finish_api_call_span

    def _before_finish(self, call: Call, result: Any) -> None:
        """Settles `call` while its span is still open, or has the bytes of its body kept."""
        try:
            response = result.response
            call.response = response
            if result.error is not None:
                call.failed(result.error)
            elif response is not None and self._is_unread(result.data, response):
                kept = self._keep_body(call)
                response.stream = observed_body(self._sdk.http, response.stream, kept)
            else:
                call.answered(_content(result.data))
        except Exception:
            log.debug("Could not enrich the span of a call", exc_info=True)

    def _after_finish(self, call: Call, response: Any) -> None:
        """Puts our observer around the SDK's, or in its place where the span is not sampled and has none."""
        try:
            sdks = response.stream.stream_observer
            if sdks is None or isinstance(call, Reading):
                response.stream.stream_observer = _observer(call, sdks)
            elif self._enriching_end is not None:
                response.stream.stream_observer = self._enriching_end(sdks.inner, call)
        except Exception:
            log.debug("Could not observe the body of a call", exc_info=True)


class Observation:
    """Observes the body of a call that the SDK does not observe."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self.is_advancing = False
        """Whether the SDK is on its way to the next event. If it closes the body then, it will say why."""

    def begin(self) -> None:
        self._call.begin()

    def item(self, event: Any) -> None:
        kind = getattr(event, "type", None)
        if kind in EVENTS:
            self._call.event(event, kind)
        elif kind == "content_block_delta":
            self._call.first_chunk()

    def end(self, how: End, error: BaseException | None = None) -> None:
        if not (how == "closed" and self.is_advancing):
            self._call.body_ended(how, error)


class ResultsObservation(Observation):
    """Observes the body of a reading. The SDK's observer, if there is one, learns of its end, and ends the span."""

    def __init__(self, reading: Reading, sdks: Any) -> None:
        super().__init__(reading)
        self._reading = reading
        self._sdks = sdks

    def item(self, event: Any) -> None:
        self._reading.result(event)

    def end(self, how: End, error: BaseException | None = None) -> None:
        # The body ends before the last results of it are passed on. What decodes them will say how they ended.
        if not self.is_advancing:
            self._reading.body_ended(how, error)
            if self._sdks is not None:
                self._sdks.end(how, error)


class _Nobody(Observation):
    """Observes nothing: a stream that is no inference, or that began before the SDK was instrumented."""

    def __init__(self) -> None:
        self.is_advancing = False

    def begin(self) -> None: ...

    def item(self, event: Any) -> None: ...

    def end(self, how: End, error: BaseException | None = None) -> None: ...


_NOBODY: Final = _Nobody()


def _observer(call: Call, sdks: Any = None) -> Observation:
    """What observes the body of `call` besides the SDK's observer `sdks`, if there is one."""
    return ResultsObservation(call, sdks) if isinstance(call, Reading) else Observation(call)


def _span_name(call: Call) -> str:
    """What the SDK calls the span of `call`."""
    return names.BATCH_RESULTS_SPAN if isinstance(call, Reading) else names.INFERENCE_SPAN


def _enriching_end(first_end: Any) -> Any:
    """A class of observers that derives from the SDK's `FirstEnd`, whose type its stream helpers check."""

    class EnrichingEnd(first_end):  # type: ignore[misc]
        """Observes the body for our call, and passes everything on to the SDK's observer, `inner`."""

        def __init__(self, inner: Any, call: Call) -> None:
            super().__init__(inner)
            self._call = call

        def begin(self) -> None:
            self._call.begin()
            super().begin()

        def item(self, item: Any) -> None:
            if not self._ended:
                kind = getattr(item, "type", None)
                if kind in EVENTS:
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


def _observed_stream(original: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
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


def _observed_async_stream(original: Callable[..., AsyncIterator[Any]]) -> Callable[..., AsyncIterator[Any]]:
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


def _content(result: Any) -> object:
    """The message in what a call returned: itself, or the decoded body of a raw response that is read."""
    # Looked up in the instance: asking a message for an attribute that it lacks takes longer than pricing it.
    response = getattr(result, "__dict__", _NO_ATTRIBUTES).get("http_response")
    if response is None:
        return result
    return (
        response.json() if response.headers.get("content-type", "").startswith("application/json") else None
    )
