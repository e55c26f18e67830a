"""One inference call: what is known of it when it starts, what is noted when it settles, and what that comes to.

A call *settles* when nothing more is to come, while the caller waits. Its usage, its price, its attributes and its
numbers for the metrics are worked out when somebody asks for them: whoever reads its span, the next collection of the
metrics, or an audit that has to know at once.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast

from otel_claude import attributes as names
from otel_claude.audit import CallStart, Refusal
from otel_claude.cost import FREE, price, unpriced
from otel_claude.ending_span import EndingSpan
from otel_claude.metrics import Dimensions, Measurement
from otel_claude.rates import day_of
from otel_claude.sdk import emitted, private_names
from otel_claude.sdk.answer import EVENTS, Answer
from otel_claude.sdk.body import BodyBytes
from otel_claude.sdk.observers import Observation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opentelemetry.trace import Span
    from opentelemetry.util.types import AttributeValue

    from otel_claude.audit import StreamWatch, Watch
    from otel_claude.cost import Cost
    from otel_claude.models import Platform
    from otel_claude.sdk.body import End
    from otel_claude.sdk.session import Session
    from otel_claude.usage import Usage

log: Final = logging.getLogger("otel_claude")

BILLED_TO_USER_PROFILE: Final = "user_profile"
"""What a request has as `billing_policy.bill_to` that another organization pays for. [SDK 2.12, beta messages]"""

_BELOW: Final = 4
"""How far from what looks for the call site the SDK is: those between are a `Call` and two of hooks. Each frame that is
looked at has to be made first, which takes as long as all else that is done with it."""

_new: Final = tuple.__new__
"""Makes a named tuple from a tuple in half the time that its class takes, whose own `__new__` is one of Python's."""


class Call:
    """An inference call on its way. Made in the caller's stack, when the SDK is asked.

    `span` is the SDK's, or ours when `is_emitted`, or `None` while there is none. Nothing here raises, but for the
    `Refusal` of a call that is being made.
    """

    span_name: ClassVar = names.INFERENCE_SPAN
    """What the SDK calls the span of such a call."""

    is_inference: ClassVar = True

    span: Span | None = None
    request: Any = None
    response: Any = None
    kept: BodyBytes | None = None
    is_emitted = False
    is_finished = False
    is_unsent = False
    events = EVENTS
    """The types of the events that the call takes."""

    duration_s: float = 0.0
    error_type: str | None = None
    _requested_model: str | None = None
    _is_billed_to_user_profile = False
    _watches: Sequence[Watch] = ()
    _cost: Cost | None = None
    _is_priced = False
    """Whether `_cost` is the cost. Until then it is not worked out."""

    _found: dict[str, AttributeValue] | None = None
    _endpoint: tuple[Platform | None, bool | None] = (None, None)
    _kind: type[Any] | None = None
    _headers: Any = None

    def __init__(self, session: Session, client: Any, body: object, streams: bool) -> None:
        self._session = session
        self.client = client
        self.streams = streams
        self._started_ns = time.time_ns()
        self._started = time.perf_counter()
        self._answer = Answer()
        self._settling = threading.Lock()
        """Taken by whoever settles the call: two threads can end one body. It is never waited for."""
        attribution = self._attribution = session.attribution()
        self.start_attributes: dict[str, AttributeValue] = (
            {} if attribution is None else {**attribution.span_attributes()}
        )
        """What the span starts with, so that a sampler sees it: the feature, the tags and the call site."""
        site = None if session.call_sites is None else session.call_sites.find(_BELOW)
        if site is not None:
            path, function, line, wrapper = site
            self.start_attributes[names.CODE_FILE_PATH] = path
            self.start_attributes[names.CODE_FUNCTION_NAME] = function
            self.start_attributes[names.CODE_LINE_NUMBER] = line
            if wrapper is not None:
                self.start_attributes[names.CALL_SITE_WRAPPER] = wrapper
        if isinstance(body, dict):
            model = body.get("model")
            self._requested_model = model if isinstance(model, str) else None
            policy = body.get("billing_policy")
            if policy is not None:
                self._is_billed_to_user_profile = (
                    isinstance(policy, dict) and policy.get("bill_to") == BILLED_TO_USER_PROFILE
                )
            if session.audits:
                start = _new(CallStart, (body, client, attribution, site, self._started_ns))
                self._begin_watches(start)

    @property
    def is_settled(self) -> bool:
        return self._settling.locked()

    @property
    def _is_sent(self) -> bool:
        """Whether there is a request that was, or was about to be, sent."""
        return self.request is not None or self.response is not None or self._kind is not None

    def start_span(self, body: object) -> Span:
        """Starts the span that the SDK does not, for a request with `body`."""
        session = self._session
        self.is_emitted = True
        self.span = emitted.start(
            session.sdk, session.tracing, self.client, body, self.streams, self.start_attributes
        )
        return self.span

    def answered(self, message: object) -> None:
        """Settles the call with `message`, the API's answer as a model or as decoded JSON.

        A middleware of the application's may have answered, with a message that it kept: then nothing was sent.
        """
        self.is_unsent = self.request is None and self.response is None
        try:
            try:
                self._answer.take_message(message)
            finally:
                self._settle(is_ok=True)
        except Exception:
            log.debug("Could not record the answer to a call", exc_info=True)

    def failed(self, error: BaseException) -> None:
        """Settles a call that raised `error`."""
        try:
            try:
                response = getattr(error, "response", None)
                if self.response is None and hasattr(response, "headers"):
                    self.response = response
            finally:
                self._settle(error)
        except Exception:
            log.debug("Could not record a failed call", exc_info=True)

    def body_bytes(self) -> BodyBytes:
        """Where the bytes of the body are to be kept."""
        return BodyBytes()

    def observer(self, sdks: Any = None) -> Observation:  # noqa: ARG002
        """What observes the body besides the SDK's observer `sdks`, if there is one."""
        return Observation(self)

    def opened(self, response: Any) -> None:
        """The body of `response` is there to be read.

        Nothing is kept that refers to `response`, which refers to us: when the application drops it, it is gone.
        """
        self._kind, self._headers = type(response), response.headers
        self._record_exchange(self.span)
        self.request = self.response = None

    def begin(self) -> None:
        """The SDK starts to parse the events of the body."""
        self._answer.is_parsed = True
        if self.kept is not None:
            self.kept.forget()

    def first_chunk(self) -> None:
        """A part of the content has come. Only the first counts."""
        if self._answer.first_chunk_ns is None:
            self._answer.first_chunk_ns = time.time_ns()

    def event(self, event: Any, kind: str) -> None:
        """Takes an event whose type, `kind`, is one of `events`."""
        try:
            if kind in EVENTS:
                self._answer.take_event(event, kind)
            else:
                self._show(event, kind)
        except Exception:
            log.debug("Could not record an event of a stream", exc_info=True)

    def _show(self, event: object, kind: str) -> None:
        for watch in self._watches:
            if kind in watch.events:
                cast("StreamWatch", watch).see(event, kind)

    def body_ended(self, how: End, error: BaseException | None = None) -> None:
        """Settles a call whose body was read as a stream or by the application itself."""
        if self.is_settled:
            return
        answer = self._answer
        try:
            if not answer.is_parsed and self.kept is not None and self._kind is not None:
                self._take_bytes()
        except Exception:
            log.debug("Could not read the body of a call, which ended as %s", how, exc_info=True)
        try:
            if how == "read" and answer.is_parsed and not answer.is_stopped:
                # The server cut the stream short, of which the application sees nothing.
                error = EOFError("The stream ended before its end event.")
            self._settle(error, is_ok=how == "read")
        except Exception:
            log.debug("Could not record the end of a body", exc_info=True)

    def _take_bytes(self) -> None:
        assert self.kept is not None
        assert self._kind is not None
        answer = self._answer
        for message in self.kept.messages(self._kind, self._headers, self.events):
            kind = message.get("type") if isinstance(message, dict) else None
            if kind in EVENTS:
                answer.take_event(message, kind)
            elif kind in self.events:
                self._show(message, kind)
            else:
                answer.take_message(message)
        answer.is_from_bytes = True

    def _begin_watches(self, start: CallStart) -> None:
        watches = []
        for audit in self._session.audits:
            try:
                watch = audit.begin(start)
                if watch is not None:
                    if watch.events:
                        self.events |= watch.events
                    watches.append(watch)
            except Refusal:  # noqa: PERF203 - one that fails is not to end the others
                raise
            except Exception:
                log.debug("Could not begin an audit of a call", exc_info=True)
        self._watches = watches

    def _settle(self, error: BaseException | None = None, *, is_ok: bool = False) -> None:
        """Notes, once, what the call came to, and has it recorded. One that neither failed nor is `is_ok` was left by
        the user."""
        if not self._settling.acquire(blocking=False):
            return
        session, span = self._session, self.span
        try:
            if self.is_emitted and span is not None:
                span = EndingSpan(span)
            self.duration_s = time.perf_counter() - self._started
            if isinstance(error, Exception):
                self.error_type = emitted.error_type(error)
            if self.is_unsent or self._answer.is_empty:
                self._cost, self._is_priced = self._cost_without_usage(error), True
            else:
                self._endpoint = private_names.endpoint(self.client)
            for watch in self._watches:
                try:
                    watch.settle(self)
                except Exception:  # noqa: PERF203 - one that fails is not to end the others
                    log.debug("Could not settle an audit of a call", exc_info=True)
            if span is not None and span.is_recording():
                self._record(span)
        finally:
            if self.is_emitted and span is not None:
                emitted.end(span, self.error_type, is_ok=is_ok and error is None)
            # What waits to be read keeps nothing of the application's.
            self.span = self.client = self.request = self.response = self._headers = None
            self._answer.let_go()
            if self.kept is not None:
                self.kept.forget()
        session.summary.add(self)
        session.recorder.record(self)

    def _record(self, span: Span) -> None:
        """Has the span end with what the call comes to. One of ours needs the answer, too, while it is there."""
        answer = self._answer
        found: dict[str, AttributeValue] = {}
        if self.is_emitted:
            self._record_exchange(span)
            if answer.first_chunk_ns is not None:
                found[names.TIME_TO_FIRST_CHUNK] = (answer.first_chunk_ns - self._started_ns) / 1e9
        if (self.is_emitted or answer.is_from_bytes) and answer.usage is not None:
            found.update(answer.attributes())
        if found:
            span.set_attributes(found)
        if type(span) is EndingSpan:
            span.leave(self.attributes)
        else:
            span.set_attributes(self.attributes())

    # What the call came to, once it is settled. Any thread may ask; two that do at once find the same.

    @property
    def message(self) -> object:
        return self._answer.message

    @property
    def diagnosis(self) -> object:
        return self._answer.diagnosis

    @property
    def is_answered(self) -> bool:
        return self._answer.has_output and not self.is_unsent and self.error_type is None

    @property
    def model(self) -> str | None:
        return self._answer.model or self._requested_model

    @property
    def usage(self) -> Usage | None:
        return None if self.is_unsent else self._answer.usage

    @property
    def cost(self) -> Cost | None:
        if not self._is_priced:
            self._cost = self._price()
            self._is_priced = True
        return self._cost

    def attributes(self) -> Mapping[str, AttributeValue]:
        """What the audits found and the cost. Never raises."""
        if self._found is None:
            self._found = self._find()
        return self._found

    def _find(self) -> dict[str, AttributeValue]:
        found: dict[str, AttributeValue] = {}
        for watch in self._watches:
            try:
                found.update(watch.attributes(self))
            except Exception:  # noqa: PERF203 - one that fails is not to end the others
                log.debug("Could not find the attributes of an audit", exc_info=True)
        try:
            cost = self.cost
            if cost is not None:
                found.update(cost.attributes())
                if self._is_billed_to_user_profile:
                    found[names.COST_BILLED_TO] = BILLED_TO_USER_PROFILE
        except Exception:
            log.debug("Could not price a call", exc_info=True)
        return found

    def measurement(self) -> Measurement:
        """What goes into the metrics. Never raises."""
        try:
            cost, usage = self.cost, self.usage
            amount = None if cost is None else cost.amount
            tokens = () if usage is None else usage.counts()
            dimensions = self._dimensions(cost)
        except Exception:
            log.debug("Could not measure a call", exc_info=True)
            amount, tokens = None, ()
            dimensions = Dimensions(self._requested_model or "unknown", error_type=self.error_type)
        reason = self.attributes().get(names.CACHE_MISS_REASON)
        miss_reason = reason if isinstance(reason, str) else None
        return _new(Measurement, (dimensions, self.duration_s, amount, tokens, miss_reason))

    def _cost_without_usage(self, error: BaseException | None) -> Cost | None:
        """The cost of a call of which no usage is known, or `None` where the API did not answer and does not bill."""
        if self.is_unsent:
            return FREE
        if error is not None and (not self._is_sent or emitted.is_unbilled(error)):
            return None
        return FREE if self._is_billed_to_user_profile else unpriced("body_not_read")

    def _price(self) -> Cost | None:
        answer = self._answer
        if answer.usage is None or self._is_billed_to_user_profile:
            # What cannot be billed to them is refused: an answer is never billed to the caller.
            return FREE
        platform, regional = self._endpoint
        return price(
            answer.usage,
            model=self.model or "",
            requested_model=self._requested_model,
            at=day_of(self._started_ns),
            stop_reason=answer.stop_reason,
            complete=answer.is_complete,
            platform=platform,
            regional=regional,
            doubt="private_names_missing" if self._session.sdk.missing else None,
            overrides=self._session.overrides,
        )

    def _record_exchange(self, span: Span | None) -> None:
        """Sets on a span of ours what the request and the response give it, as far as there are such."""
        if self.is_emitted and span is not None:
            if self.request is not None:
                emitted.record_request(span, self.request)
            if self.response is not None:
                emitted.record_response(span, self.response)

    def _dimensions(self, cost: Cost | None) -> Dimensions:
        attribution, usage = self._attribution, self._answer.usage
        return _new(
            Dimensions,
            (
                self._requested_model or "unknown",
                self._answer.model,
                None if usage is None else usage.service_tier,
                None if cost is None else cost.status,
                self.error_type,
                () if attribution is None else self._session.metric_tags.of_call(attribution),
            ),
        )
