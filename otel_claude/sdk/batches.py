"""The results of a batch: what they came to, on the span of the API call that reads them.

A *batch* is a set of requests that the API answers when it has the time, at half price. A *result* is the outcome of
one of them: it succeeded with a message, or errored, was canceled or expired, and only the first is billed. The usage
comes with the results and nowhere else, so a batch is priced where they are read. A *reading* is one API call for the
results of a batch with what the application reads of them, in which every result can be read again for nothing.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import trace
from opentelemetry.trace import SpanKind

from otel_claude import attributes as names
from otel_claude.attribution import current
from otel_claude.cost import REASONS, Cost, price
from otel_claude.metrics import Measurement
from otel_claude.sdk import emitted, private_names
from otel_claude.sdk.body import BodyBytes
from otel_claude.sdk.call import Call
from otel_claude.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opentelemetry.trace import Span
    from opentelemetry.util.types import AttributeValue

    from otel_claude.cost import Reason
    from otel_claude.instrumentation import Session
    from otel_claude.sdk.body import End

log: Final = logging.getLogger("otel_claude")

MOST_BATCHES: Final = 1024
"""How many batches a process remembers, the latest ones."""

OUTCOMES: Final[Mapping[str, str]] = {
    "succeeded": names.BATCH_SUCCEEDED,
    "errored": names.BATCH_ERRORED,
    "canceled": names.BATCH_CANCELED,
    "expired": names.BATCH_EXPIRED,
}
"""Each type of result with the attribute that counts it. [SDK 2.11 `MessageBatchResult`]"""

COST_PARTS: Final[Mapping[str, str]] = {
    "input": names.BATCH_COST_INPUT,
    "cache_read": names.BATCH_COST_CACHE_READ,
    "cache_write_5m": names.BATCH_COST_CACHE_WRITE_5M,
    "cache_write_1h": names.BATCH_COST_CACHE_WRITE_1H,
    "output": names.BATCH_COST_OUTPUT,
    "server_tools": names.BATCH_COST_SERVER_TOOLS,
}
"""Each part of `Cost` with the attribute that has its sum."""

_TOKEN_KINDS: Final = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
_ROUTE: Final = "/v1/messages/batches/{message_batch_id}/results"
_PATH: Final = re.compile(r"/v1/messages/batches(?:/(?P<id>[^/]+)(?P<results>/results)?)?$")


@dataclass(slots=True)
class Batch:
    """What this process knows of one batch."""

    feature: str | None = None
    """The feature that submitted it, if that was here."""

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

    def note(self, method: str, url: object, answer: object) -> None:
        """Remembers the batch in `answer`, the answer to a request that submits one or asks after one. Never raises."""
        try:
            path = str(url).partition("?")[0]
            if "/batches" not in path or not (found := _PATH.search(path)):
                return
            batch_id = _get(answer, "id")
            if not isinstance(batch_id, str) or _get(answer, "type") != "message_batch":
                return
            batch = self.of(batch_id)
            batch.created = _moment(_get(answer, "created_at")) or batch.created
            if method.lower() == "post" and found["id"] is None:
                attribution = current()
                batch.feature = None if attribution is None else attribution.feature
        except Exception:
            log.debug("Could not remember a batch", exc_info=True)


def results_of(method: str, path: str) -> str | None:
    """The id of the batch whose results a request asks for, or `None` where it asks for something else."""
    found = _PATH.search(path) if path.endswith("/results") and method.lower() == "get" else None
    return found["id"] if found else None


class ResultBytes(BodyBytes):
    """The bytes of results that the application reads itself, as they were sent."""

    def results(self, kind: type[Any], headers: Any) -> Iterator[object]:
        """The results in what was read of the body of a response of that `kind`, with those `headers`."""
        if self._chunks:
            yield from _decoded(kind(200, headers=headers, content=b"".join(self._chunks)).text)


class Reading(Call):
    """A reading on its way. Made in the caller's stack, when the SDK is asked. Nothing here raises."""

    __slots__ = ("_batch", "_batch_id", "_headers", "_is_complete", "_is_repeated", "_kind", "_totals")

    def __init__(self, session: Session, client: Any, batch_id: str, batch: Batch) -> None:
        super().__init__(session, client, None, streams=True)
        self._batch = batch
        self._batch_id = batch_id
        self._is_repeated = batch.results_counted > 0
        self._is_complete = False
        self._totals: _Totals | None = None
        self._kind: type[Any] | None = None
        self._headers: Any = None
        if batch.feature is not None:
            # Who reads the results is often a job that does so for everyone.
            self._feature = self._attributes[names.FEATURE] = batch.feature

    def start_span(self, body: object) -> Span:  # noqa: ARG002
        session, client = self._session, self.client
        scope = private_names.scope_name(client, names.SDK_SCOPE)
        tracer = session.tracing.tracer(scope, session.sdk.version) or trace.get_tracer(
            scope, session.sdk.version
        )
        attributes: dict[str, AttributeValue] = {
            **emitted.endpoint_attributes(client),
            names.HTTP_REQUEST_METHOD: "GET",
            names.HTTP_ROUTE: _ROUTE,
            names.BATCH_ID: self._batch_id,
            **self._attributes,
        }
        self.span = tracer.start_span(names.BATCH_RESULTS_SPAN, kind=SpanKind.CLIENT, attributes=attributes)
        self.is_emitted = True
        return self.span

    def opened(self, response: Any) -> None:
        """The results are there to be read.

        Nothing is kept that refers to `response`: its end, when the application drops it, is the end of the reading.
        """
        self._totals = _Totals()
        self._kind, self._headers = type(response), response.headers
        if self.is_emitted and self.span is not None:
            emitted.record_response(self.span, response)
        self.response = None

    def answered(self, message: object) -> None:  # noqa: ARG002
        """Settles a reading that the SDK read to the end before it returned."""
        response = self.response
        if response is None:
            return
        try:
            self.opened(response)
            for result in _decoded(response.text):
                self.result(result)
            self._is_complete = True
            self._settle(is_ok=True)
        except Exception:
            log.debug("Could not record the results of a batch", exc_info=True)

    def result(self, result: object) -> None:
        """Counts and prices one result."""
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
            if not self._answer.is_parsed and isinstance(self.kept, ResultBytes) and self._kind is not None:
                for result in self.kept.results(self._kind, self._headers):
                    self.result(result)
            self._is_complete = how == "read" and (self._answer.is_parsed or self.kept_everything)
        except Exception:
            log.debug("Could not read the results of a batch, which ended as %s", how, exc_info=True)
        try:
            self._settle(error, is_ok=how == "read")
        except Exception:
            log.debug("Could not record the end of a body", exc_info=True)
