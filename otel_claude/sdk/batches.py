"""The results of a batch: what they came to, on the span of the API call that reads them.

A *batch* is a set of requests that the API answers when it has the time, at half price. A *result* is the outcome of
one of them: it succeeded with a message, or errored, was canceled or expired, and only the first is billed. The usage
comes with the results and nowhere else, so a batch is priced where they are read. A *reading* is one API call for the
results of a batch with what the application reads of them, in which every result can be read again for nothing.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import trace
from opentelemetry.trace import SpanKind

from otel_claude import attributes as names
from otel_claude.attribution import Task
from otel_claude.cost import price
from otel_claude.sdk import emitted, private_names, routes
from otel_claude.sdk.body import BodyBytes
from otel_claude.sdk.call import Call
from otel_claude.sdk.observers import Observation
from otel_claude.sdk.results import Totals
from otel_claude.summary import Result
from otel_claude.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.trace import Span
    from opentelemetry.util.types import AttributeValue

    from otel_claude.attribution import Attribution
    from otel_claude.sdk.body import End
    from otel_claude.sdk.session import Session

log: Final = logging.getLogger("otel_claude")

MOST_BATCHES: Final = 1024
"""How many batches a process remembers, the latest ones."""

_ROUTE: Final = "/v1/messages/batches/{message_batch_id}/results"


@dataclass(slots=True)
class Batch:
    """What this process knows of one batch."""

    attribution: Attribution | None = None
    """The feature, the task and the tags that submitted it, if that was here."""

    created: datetime | None = None
    results_counted: int = 0
    """How many of its results are in the metrics and in the summary. They come in the same order each time."""


class Batches:
    """The batches that this process has submitted, asked after or read."""

    def __init__(self) -> None:
        self._known: dict[str, Batch] = {}

    def of(self, batch_id: str) -> Batch:
        """What is known of the batch `batch_id`, to be added to."""
        batch = self._known.get(batch_id)
        if batch is None:
            batch = self._known[batch_id] = Batch()
            if len(self._known) > MOST_BATCHES:
                self._known.pop(next(iter(self._known)), None)
        return batch

    def note(self, options: Any, answer: object, attribution: Attribution | None) -> None:
        """Remembers the batch that `answer` describes, the answer to a request with `options` that is about one.

        `attribution` is that of the request.
        """
        batch_id = _get(answer, "id")
        if not isinstance(batch_id, str) or _get(answer, "type") != "message_batch":
            return
        batch = self.of(batch_id)
        batch.created = _moment(_get(answer, "created_at")) or batch.created
        if routes.submits_a_batch(options):
            batch.attribution = attribution


class ResultBytes(BodyBytes):
    """The bytes of results that the application reads itself, as they were sent."""

    @property
    def is_whole(self) -> bool:
        """Whether all bytes that were read are still there."""
        return self._chunks is not None

    def results(self, kind: type[Any], headers: Any) -> Iterator[object]:
        """The results in what was read of the body of a response of that `kind`, with those `headers`."""
        if self._chunks:
            # The HTTP library undoes the content encoding, as it did for the application.
            yield from _decoded(kind(200, headers=headers, content=b"".join(self._chunks)).text)


class Reading(Call):
    """A reading on its way. Made in the caller's stack, when the SDK is asked. Nothing here raises."""

    span_name = names.BATCH_RESULTS_SPAN
    is_inference = False

    def __init__(self, session: Session, client: Any, batch_id: str, batch: Batch) -> None:
        super().__init__(session, client, None, streams=True)
        self._batch = batch
        self._batch_id = batch_id
        self._is_repeated = batch.results_counted > 0
        self._is_complete = False
        self._totals: Totals | None = None
        """What was read, or `None` while there is nothing to be read."""
        submitted, reads = batch.attribution, self._attribution
        if submitted is not None:
            # Whoever reads the results may do it for everyone.
            if submitted.feature is None and reads is not None:
                submitted = submitted.by_default(reads)
            for name in () if reads is None else reads.span_attributes():
                del self.start_attributes[name]
            self._attribution = submitted
            self.start_attributes.update(submitted.span_attributes())

    def start_span(self, body: object) -> Span:  # noqa: ARG002
        sdk, client = self._session.sdk, self.client
        scope = private_names.scope_name(client, names.SDK_SCOPE)
        tracer = self._session.tracing.tracer(scope, sdk.version) or trace.get_tracer(scope, sdk.version)
        url = client.base_url
        attributes: dict[str, AttributeValue] = {
            names.SERVER_ADDRESS: url.host,
            names.SERVER_PORT: url.port or (80 if url.scheme == "http" else 443),
            names.PROVIDER_NAME: private_names.provider_name(client),
            names.HTTP_REQUEST_METHOD: "GET",
            names.HTTP_ROUTE: _ROUTE,
            names.BATCH_ID: self._batch_id,
            **self.start_attributes,
        }
        self.is_emitted = True
        self.span = tracer.start_span(names.BATCH_RESULTS_SPAN, kind=SpanKind.CLIENT, attributes=attributes)
        return self.span

    def body_bytes(self) -> BodyBytes:
        return ResultBytes()

    def observer(self, sdks: Any = None) -> Observation:
        return ResultsObservation(self, sdks)

    def opened(self, response: Any) -> None:
        super().opened(response)
        self._totals = Totals()

    def answered(self, message: object) -> None:  # noqa: ARG002
        """Settles a reading whose results were all there when the SDK returned."""
        response = self.response
        try:
            try:
                if response is not None:
                    self.opened(response)
                    for result in _decoded(response.text):
                        self.result(result)
                    self._is_complete = True
            finally:
                self._settle(is_ok=True)
        except Exception:
            log.debug("Could not record the results of a batch", exc_info=True)

    def result(self, result: object) -> None:
        """Counts one result, and prices it."""
        totals = self._totals
        if totals is None:
            return
        try:
            outcome = _get(_get(result, "result"), "type")
            is_new = totals.read >= self._batch.results_counted
            totals.read += 1
            totals.outcomes[outcome] += 1
            if is_new:
                self._batch.results_counted = totals.read
            if outcome == "succeeded":
                self._succeeded(totals, _get(_get(result, "result"), "message"), is_new=is_new)
        except Exception:
            log.debug("Could not record a result of a batch", exc_info=True)

    def body_ended(self, how: End, error: BaseException | None = None) -> None:
        if self.is_settled:
            return
        try:
            self._is_complete = how == "read" and self._has_seen_all()
        except Exception:
            log.debug("Could not read the results of a batch, which ended as %s", how, exc_info=True)
        try:
            self._settle(error, is_ok=how == "read")
        except Exception:
            log.debug("Could not record the end of a body", exc_info=True)

    def _has_seen_all(self) -> bool:
        """Whether every result that was read is counted, now that those are that the application decodes itself."""
        if self._answer.is_parsed:
            return True
        if not isinstance(self.kept, ResultBytes) or self._kind is None:
            return False
        for result in self.kept.results(self._kind, self._headers):
            self.result(result)
        return self.kept.is_whole

    def _succeeded(self, totals: Totals, message: object, *, is_new: bool) -> None:
        usage = Usage.of_response(_get(message, "usage"))
        if usage.service_tier is None:
            usage = usage._replace(service_tier="batch")
        model = _text(_get(message, "model")) or ""
        platform, regional = private_names.endpoint(self.client)
        session = self._session
        cost = price(
            usage,
            model=model,
            at=self._batch.created or datetime.fromtimestamp(self._started_ns / 1e9, tz=timezone.utc),
            stop_reason=_text(_get(message, "stop_reason")),
            platform=platform,
            regional=regional,
            overrides=session.overrides,
        )
        totals.add(model, usage, cost)
        if is_new:
            totals.add_new(model, usage, cost)
            session.summary.add(Result(usage, cost))
            if session.budgets is not None:
                session.budgets.spent(cost, usage, self._attribution)

    def _settle(self, error: BaseException | None = None, *, is_ok: bool = False) -> None:
        """Has what was read recorded, once. A reading that neither failed nor `is_ok` was left by the user."""
        if not self._settling.acquire(blocking=False):
            return
        kind = None
        totals = self._totals
        try:
            kind = emitted.error_type(error) if isinstance(error, Exception) else None
            if totals is None:
                self._record_exchange(self.span)
            elif self.span is not None and self.span.is_recording():
                self.span.set_attributes(totals.attributes(is_complete=self._is_complete))
                self.span.set_attribute(names.BATCH_REPEATED, self._is_repeated)
        finally:
            if self.is_emitted and self.span is not None:
                emitted.end(self.span, kind, is_ok=is_ok and error is None)
        if totals is not None:
            self._measure(totals)

    def _measure(self, totals: Totals) -> None:
        attribution = self._attribution
        attributed = () if attribution is None else self._session.metric_tags.of_call(attribution)
        for measurement in totals.measurements(attributed):
            self._session.recorder.record(measurement)
        if attribution is not None and isinstance(attribution.task, Task):
            for event in totals.events():
                attribution.task.note(event)


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


def _decoded(lines: str) -> Iterator[object]:
    """The JSON value of each of `lines`. Raises `ValueError` at one that is none."""
    for line in lines.split("\n"):
        if line.strip():
            yield json.loads(line)


def _get(data: object, name: str) -> object:
    return data.get(name) if isinstance(data, dict) else getattr(data, name, None)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _moment(value: object) -> datetime | None:
    """The time that `value` says, as a `datetime` or as the API spells it, or `None`."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        return None
    try:
        return datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        return None
