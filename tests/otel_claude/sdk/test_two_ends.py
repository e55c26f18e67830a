"""A call that two threads end at once: one closes the stream that the other reads, or both close it."""

from __future__ import annotations

import sys
import threading
import time

import pytest

from otel_claude.sdk import call
from tests.otel_claude.sdk.in_memory import API, ASK, tracing


def in_step(frame, event, argument):
    """Lets the other thread run at each line of a call's."""
    if frame.f_code.co_filename != call.__file__:
        return None
    time.sleep(0.001)
    return in_step


@pytest.mark.parametrize("options", [{}, {"open_telemetry": False}], ids=["enriched", "emitted"])
def test_a_stream_that_two_threads_close_is_settled_once(options):
    def close():
        start.wait()
        sys.settrace(in_step)
        stream.close()

    with tracing() as traced:
        for _ in range(5):
            start = threading.Barrier(2)
            stream = API(size=100).client(**options).messages.create(stream=True, **ASK)
            next(stream)
            threads = [threading.Thread(target=close) for _ in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert len(traced.spans) == 5
        (point,) = traced.points("gen_ai.client.operation.duration")
        assert point.count == 5
