"""Where the SDK is hooked, and what each hook does.

Below everything is `request` of the two base clients, through which each API call of each client class goes, whoever
made the client and when. Inside it the SDK starts and finishes its own span, in two functions that see the whole
request and the whole result: there a span is enriched. Where those did not run, `request` does the rest: it emits.

No hook changes what the SDK returns, or raises anything but an audit's `Refusal`.
"""

from __future__ import annotations

import functools
import logging
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import trace

from otel_claude import attributes as names
from otel_claude.attribution import withheld
from otel_claude.audit import Refusal
from otel_claude.ending_span import EndingSpan
from otel_claude.first_use import first_use
from otel_claude.sdk import private_names, routes
from otel_claude.sdk.body import observed_body
from otel_claude.sdk.call import Call
from otel_claude.sdk.neighbours import bypassing_classes, warn_of_neighbours
from otel_claude.sdk.observers import enriching_end, observed_async_stream, observed_stream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from contextvars import Token

    from opentelemetry.trace import Span, Tracer

    from otel_claude.sdk.batches import Batches
    from otel_claude.sdk.body import BodyBytes
    from otel_claude.sdk.session import Session

log: Final = logging.getLogger("otel_claude")

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
        self._batches: Batches | None = None
        self._has_looked_around = False
        self._is_removed = False
        tracing = self._sdk.tracing
        self._enriching_end = None if tracing is None else enriching_end(tracing.FirstEnd)
        streaming = self._sdk.streaming
        self._streams = frozenset({streaming.Stream, streaming.AsyncStream})

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
            self._replace(streaming.Stream, "__stream__", observed_stream)
            self._replace(streaming.AsyncStream, "__stream__", observed_async_stream)
        else:
            tracer = base.BaseClient.__dict__["_tracer"]
            self._put(base.BaseClient, "_tracer", property(self._tracer(tracer.fget)))
            self._replace(base, "start_api_call_span", self._start)
            self._replace(base, "finish_api_call_span", self._finish)
        if self._sdk.decoders is not None:
            self._replace(self._sdk.decoders.JSONLDecoder, "__decode__", observed_stream)
            self._replace(self._sdk.decoders.AsyncJSONLDecoder, "__decode__", observed_async_stream)

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
        withholding = withheld.withholding(original)

        def request(client: Any, cast_to: Any, options: Any, *args: Any, **kwargs: Any) -> Any:
            call = self._begin(client, options, kwargs.get("stream"))
            send = withholding if withheld.is_needed() else original
            if call is None:
                result = send(client, cast_to, options, *args, **kwargs)
                self._passed(options, result)
                return result
            token = _call.set(call)
            try:
                span = self._current_span(call, options)
                if span is None:
                    result = send(client, cast_to, options, *args, **kwargs)
                else:
                    with span:
                        result = send(client, cast_to, options, *args, **kwargs)
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
        withholding = withheld.withholding_async(original)

        async def request(client: Any, cast_to: Any, options: Any, *args: Any, **kwargs: Any) -> Any:
            call = self._begin(client, options, kwargs.get("stream"))
            send = withholding if withheld.is_needed() else original
            if call is None:
                result = await send(client, cast_to, options, *args, **kwargs)
                self._passed(options, result)
                return result
            token = _call.set(call)
            try:
                span = self._current_span(call, options)
                if span is None:
                    result = await send(client, cast_to, options, *args, **kwargs)
                else:
                    with span:
                        result = await send(client, cast_to, options, *args, **kwargs)
            except BaseException as error:
                call.failed(error)
                raise
            finally:
                _forget(token)
            if not call.is_finished:
                self._returned(call, result)
            return result

        return request

    def _passed(self, options: Any, result: Any) -> None:
        """Remembers the batch that a call which is not recorded was about."""
        try:
            if routes.is_about_a_batch(options):
                self._known_batches().note(options, _content(result), self._session.attribution())
        except Exception:
            log.debug("Could not remember a batch", exc_info=True)

    def _begin(self, client: Any, options: Any, stream: object) -> Call | None:
        """The call that `options` describe, or `None` for one that is neither inference nor asks for results.

        Raises the `Refusal` of an audit.
        """
        if self._is_removed:
            return None
        try:
            if routes.is_inference(options):
                if not self._has_looked_around:
                    self._has_looked_around = True
                    warn_of_neighbours(client)
                body = routes.body(options, self._sdk.left_out)
                return Call(self._session, client, body, bool(stream))
            batch_id = routes.results_of(options)
            if batch_id is None:
                if self._session.budgets is not None and routes.submits_a_batch(options):
                    self._session.budgets.check(self._session.attribution())
                return None
            with first_use:
                from otel_claude.sdk.batches import Reading

            return Reading(self._session, client, batch_id, self._known_batches().of(batch_id))
        except Refusal:
            raise
        except Exception:
            log.debug("Could not begin to record a call", exc_info=True)
            return None

    def _known_batches(self) -> Batches:
        if self._batches is None:
            with first_use:
                from otel_claude.sdk.batches import Batches

            self._batches = Batches()
        return self._batches

    def _current_span(self, call: Call, options: Any) -> AbstractContextManager[object] | None:
        """A block in which our span is current, or `None` where the SDK makes one."""
        try:
            if self._sdk_makes_span(call.client, options):
                return None
            span = call.start_span(options.json_data)
            return trace.use_span(span, record_exception=False, set_status_on_exception=False)
        except Exception:
            log.debug("Could not start the span of a call", exc_info=True)
            return None

    def _sdk_makes_span(self, client: Any, options: Any) -> bool:
        """Whether the SDK makes a span for the call that goes where spans are to go."""
        if self._enriching_end is not None:
            return private_names.makes_own_span(client, options)
        # Where names are missing it cannot be given a tracer of ours, and has none unless there is a provider.
        return self._sdk.makes_spans and (
            private_names.has_own_provider(client) or not self._session.tracing.is_alone()
        )

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
                response.stream = observed_body(self._sdk.http, response.stream, kept, call.observer())
            else:
                call.answered(_content(result))
        except Exception:
            log.debug("Could not record the result of a call", exc_info=True)
            call.answered(None)

    def _keep_body(self, call: Call) -> BodyBytes:
        """Where the bytes of the body of `call`, which is about to be read, are kept."""
        call.opened(call.response)
        call.kept = call.body_bytes()
        return call.kept

    def _is_unread(self, result: Any, response: Any) -> bool:
        """Whether the application has yet to read the body of `response` when it gets `result`."""
        if response is None:
            return False
        # The stream helpers of old versions are no streams to `isinstance`, and warn when asked.
        return not response.is_closed or type(result) in self._streams

    # Around the SDK's own span.

    def _start(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def start_api_call_span(
            tracer: Tracer, base_url: Any, options: Any, attributes: Any, *args: Any, **kwargs: Any
        ) -> Span | None:
            call = None
            try:
                call = _call.get()
                if call is not None and (call.span is not None or options.span_name != call.span_name):
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

        tracing = self._session.tracing

        @functools.wraps(original)
        def _tracer(client: Any) -> Tracer | None:
            tracer = original(client)
            if tracer is None:
                return None
            try:
                if private_names.has_own_provider(client) or not tracing.is_chosen():
                    return tracer
                scope = private_names.scope_name(client, names.SDK_SCOPE)
                return tracing.tracer(scope, self._sdk.version) or tracer
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
            call.span = ending = EndingSpan(span)
            self._before_finish(call, result)
            if call.kept is not None:
                ending.wait()
            original(client, ending, result)
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
            if sdks is None or not call.is_inference:
                response.stream.stream_observer = call.observer(sdks)
            elif self._enriching_end is not None:
                response.stream.stream_observer = self._enriching_end(sdks.inner, call)
        except Exception:
            log.debug("Could not observe the body of a call", exc_info=True)


def _forget(token: Token[Call | None]) -> None:
    """Takes back the current call. A coroutine that was never finished is closed in any context: there it is not."""
    try:
        _call.reset(token)
    except Exception:
        log.debug("Could not take back the current call", exc_info=True)


def _content(result: Any) -> object:
    """The message in what a call returned: itself, or the decoded body of a raw response that is read."""
    # Looked up in the instance: asking a message for an attribute that it lacks takes longer than pricing it.
    response = getattr(result, "__dict__", _NO_ATTRIBUTES).get("http_response")
    if response is None:
        return result
    return (
        response.json() if response.headers.get("content-type", "").startswith("application/json") else None
    )
