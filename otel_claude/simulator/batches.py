"""Batches without HTTP: requests in, results out.

A batch is in progress when it is submitted, and has ended when it is next asked after: its requests are answered
then, each as a request for a message would be. What runs then has the service tier `batch`. A batch that was
canceled before has canceled results only, and one older than a day, by the endpoint's clock, expired ones.

Each request of a batch takes the next text of the script, unless the request that submits the batch has the header
`x-simulate`, which then holds for all of them. The directive `outcome` (see script) expires or cancels one request.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from otel_claude.simulator import validation
from otel_claude.simulator.errors import ApiError, invalid

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from otel_claude.simulator.messages import Messages

LONGEST_ID: Final = 64
"""Characters of a `custom_id`. [SDK 2.11, `batch_create_params`]"""

MOST_REQUESTS: Final = 100_000
"""Requests of one batch. [Claude docs, "Batch processing"]"""

LIFETIME: Final = timedelta(hours=24)
"""How long a batch may take. [Claude docs, "Batch processing"]"""

KEPT: Final = timedelta(days=29)
"""How long results can be read, from the submission on. [Claude docs, "Batch processing"]"""

OUTCOMES: Final = ("succeeded", "errored", "canceled", "expired")
REFUSED: Final = ("stream", "speed")
"""Fields that a request of a batch cannot have. [Claude docs, "Batch processing"]"""


@dataclass(slots=True)
class Batch:
    """One batch. Times are by the endpoint's clock; `results` are there once it has `ended`."""

    id: str
    headers: Mapping[str, str]
    requests: list[dict[str, Any]]
    created: datetime
    canceled: datetime | None = None
    ended: datetime | None = None
    results: list[dict[str, Any]] = field(default_factory=list)

    @property
    def status(self) -> Literal["in_progress", "canceling", "ended"]:
        if self.ended is not None:
            return "ended"
        return "in_progress" if self.canceled is None else "canceling"

    def as_json(self, base_url: str) -> dict[str, Any]:
        """The batch as the API shows it, at an endpoint with that base URL."""
        outcomes = Counter(each["result"]["type"] for each in self.results)
        processing = 0 if self.ended is not None else len(self.requests)
        return {
            "id": self.id,
            "type": "message_batch",
            "processing_status": self.status,
            "request_counts": {"processing": processing, **{name: outcomes[name] for name in OUTCOMES}},
            "created_at": _spelled(self.created),
            "expires_at": _spelled(self.created + LIFETIME),
            "cancel_initiated_at": _spelled(self.canceled),
            "ended_at": _spelled(self.ended),
            "archived_at": None,
            "results_url": f"{base_url}/v1/messages/batches/{self.id}/results" if self.ended else None,
        }


class Batches:
    """The batches of one endpoint, whose requests `messages` answers. Thread-safe."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages
        self._batches: dict[str, Batch] = {}
        self._lock = threading.Lock()

    def create(self, headers: Mapping[str, str], body: dict[str, Any]) -> Batch:
        """Take a batch in; `headers` have lower-case names.

        Raises:
            ApiError: the batch as a whole is refused. What is wrong with a single request is in its result.
        """
        validation.check_headers(headers)
        requests = _checked(body.get("requests"))
        with self._lock:
            batch_id = f"msgbatch_simulated_{len(self._batches) + 1:06d}"
            batch = Batch(batch_id, headers, requests, self._messages.clock.now())
            self._batches[batch_id] = batch
        return batch

    def retrieve(self, batch_id: str) -> Batch:
        """The batch, which has ended if it was submitted before.

        Raises:
            ApiError: 404, there is none.
        """
        with self._lock:
            batch = self._find(batch_id)
            if batch.ended is None:
                self._run(batch)
            return batch

    def cancel(self, batch_id: str) -> Batch:
        """The batch, of which nothing will run any more.

        Raises:
            ApiError: 404, there is none; 409, it has ended.
        """
        with self._lock:
            batch = self._find(batch_id)
            if batch.ended is not None:
                raise ApiError(409, f"{batch_id} has ended and cannot be canceled")
            batch.canceled = batch.canceled or self._messages.clock.now()
            return batch

    def results(self, batch_id: str) -> list[dict[str, Any]]:
        """The results of a batch that has ended.

        Raises:
            ApiError: 404, there is no such batch, or it is too old; 400, it has not ended.
        """
        with self._lock:
            batch = self._find(batch_id)
            if batch.ended is None:
                raise invalid(f"{batch_id} has not ended: its results are not available yet")
            if self._messages.clock.now() > batch.created + KEPT:
                raise ApiError(404, f"the results of {batch_id} are available for {KEPT.days} days only")
            return batch.results

    def _find(self, batch_id: str) -> Batch:
        if batch_id not in self._batches:
            raise ApiError(404, f"there is no batch {batch_id}")
        return self._batches[batch_id]

    def _run(self, batch: Batch) -> None:
        now = self._messages.clock.now()
        for number, request in enumerate(batch.requests, start=1):
            if batch.canceled is not None:
                result: dict[str, Any] = {"type": "canceled"}
            elif now - batch.created >= LIFETIME:
                result = {"type": "expired"}
            else:
                result = self._result(batch, request["params"], f"req_{batch.id}_{number:06d}")
            batch.results.append({"custom_id": request["custom_id"], "result": result})
        batch.ended = now

    def _result(self, batch: Batch, params: dict[str, Any], request_id: str) -> dict[str, Any]:
        try:
            directives = self._messages.directives(batch.headers)
            if directives.outcome is not None:
                return {"type": directives.outcome}
            for name in REFUSED:
                if params.get(name):
                    raise invalid(f"{name}: requests of a batch cannot have this field")
            if params.get("max_tokens") == 0:
                raise invalid("max_tokens: expected an integer of 1 or more")
            reply = self._messages.create(
                batch.headers, params, request_id, directives=directives, service_tier="batch"
            )
        except ApiError as error:
            return {"type": "errored", "error": error.envelope(request_id)}
        return {"type": "succeeded", "message": reply.message}


def _checked(requests: object) -> list[dict[str, Any]]:
    if not isinstance(requests, list) or not requests:
        raise invalid("requests: expected a list of one request or more")
    if len(requests) > MOST_REQUESTS:
        raise ApiError(413, f"requests: {MOST_REQUESTS} at most, not {len(requests)}")
    seen = set()
    for number, request in enumerate(requests):
        where = f"requests.{number}"
        if not isinstance(request, dict) or not isinstance(request.get("params"), dict):
            raise invalid(f"{where}.params: this field is required")
        custom_id = request.get("custom_id")
        if not isinstance(custom_id, str) or not 1 <= len(custom_id) <= LONGEST_ID:
            raise invalid(f"{where}.custom_id: expected a text of 1 to {LONGEST_ID} characters")
        if custom_id in seen:
            raise invalid(f"{where}.custom_id: {custom_id!r} is not unique in this batch")
        seen.add(custom_id)
    return requests


def _spelled(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
