"""A call settles once, and what it then says of a cost that nobody knows."""

from __future__ import annotations

import sys
import threading

import anthropic
import httpx2
import pytest

from otel_claude import attributes as names
from tests.otel_claude.sdk.in_memory import API, ASK, tracing


class EndingElsewhere:
    """A trace function: at the line `number` of the settling of a call, `end` runs in another thread."""

    def __init__(self, number, end):
        self.number = number
        self.end = end
        self.lines = 0

    def __call__(self, frame, event, argument):
        return self.step if frame.f_code.co_name == "_settle" else None

    def step(self, frame, event, argument):
        if event == "line":
            self.lines += 1
            if self.lines == self.number:
                thread = threading.Thread(target=self.end)
                thread.start()
                thread.join()
        return self.step


def test_two_threads_that_end_one_stream_settle_the_call_once():
    with tracing() as traced:
        client = API().client()
        number, lines = 0, 1
        while number < lines:
            number += 1
            stream = client.messages.create(stream=True, **ASK)
            tracer = EndingElsewhere(number, stream.close)
            sys.settrace(tracer)
            try:
                list(stream)
            finally:
                sys.settrace(None)
            lines = tracer.lines
        assert number > 5
        assert sum(point.count for point in traced.points(names.METRIC_DURATION)) == number
        assert len(traced.spans) == number


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (httpx2.ConnectError, None),
        (httpx2.ConnectTimeout, None),
        (httpx2.PoolTimeout, None),
        (httpx2.WriteError, None),
        (httpx2.ReadError, "body_not_read"),
        (httpx2.ReadTimeout, "body_not_read"),
        (httpx2.RemoteProtocolError, "body_not_read"),
    ],
)
def test_a_call_whose_answer_was_lost_may_be_billed_and_one_that_was_never_sent_is_not(error, reason):
    def fail(request):
        raise error("no answer")

    with tracing() as traced:
        http = httpx2.Client(transport=httpx2.MockTransport(fail))
        client = anthropic.Anthropic(api_key="k", max_retries=0, http_client=http)
        with pytest.raises(anthropic.APIConnectionError):
            client.messages.create(**ASK)
        (span,) = traced.spans
    assert span.attributes.get(names.COST_REASON) == reason
    assert span.attributes.get(names.COST_STATUS) == (None if reason is None else "unpriced")
