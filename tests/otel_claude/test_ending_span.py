"""A span that ends through an `EndingSpan` is, to whoever reads it, as if all had been set as everybody does."""

from __future__ import annotations

import logging
import threading

import pytest
from opentelemetry.sdk.trace import SpanLimits, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import INVALID_SPAN, INVALID_SPAN_CONTEXT, NonRecordingSpan, Status, StatusCode

from otel_claude.ending_span import EndingSpan
from otel_claude.private_tracer import PrivateSpan

SET = {"status": 200, "model": "m", "share": 0.5, "is_head": True, "first": 0}
LEFT = {"cost": 0.25, "reason": "exact", "tools": ("a", "b")}


def started(*processors, **limits):
    provider = TracerProvider(span_limits=SpanLimits(**limits))
    for each in processors:
        provider.add_span_processor(each)
    return provider.get_tracer("t").start_span("s", attributes={"first": 1, "feature": "f"})


def ended(span, find=lambda: LEFT):
    ending = EndingSpan(span)
    for name, value in SET.items():
        ending.set_attribute(name, value)
    ending.leave(find)
    ending.end()
    return span.recorded if isinstance(span, PrivateSpan) else span


def usual(**limits):
    span = started(**limits)
    for name, value in SET.items():
        span.set_attribute(name, value)
    span.set_attributes(LEFT)
    span.end()
    return span


@pytest.fixture
def public(monkeypatch):
    """How often the SDK's own method was asked."""
    asked = []
    kind = type(started())
    set_attributes = kind.set_attributes
    monkeypatch.setattr(
        kind, "set_attributes", lambda span, found: asked.append(found) or set_attributes(span, found)
    )
    return asked


READS = {
    "mapping": dict,
    "items": lambda read: dict(read.items()),
    "keys": lambda read: {name: read[name] for name in list(read)},
    "length": lambda read: len(read) and dict(read),
    "get": lambda read: read.get("cost") and dict(read),
    "in": lambda read: "cost" in read and dict(read),
    "copy": lambda read: read.copy(),
    "repr": lambda read: "'cost': 0.25" in repr(read) and dict(read),
    "equality": lambda read: read == {"first": 0, "feature": "f", **SET, **LEFT} and dict(read),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_whatever_way_the_attributes_are_read_first_they_are_all_there(read, public):
    expected = dict(usual().attributes)
    public.clear()
    span = ended(started())
    assert not public
    assert read(span.attributes) == expected


def test_nothing_is_worked_out_before_somebody_reads_and_then_once():
    asked = []
    span = ended(started(), lambda: asked.append(1) or LEFT)
    assert not asked
    assert span.attributes["cost"] == 0.25
    assert span.to_json()
    assert len(span.attributes) == len(dict(span.attributes))
    assert len(asked) == 1


def test_an_exporter_that_is_told_at_the_end_reads_them():
    exporter = InMemorySpanExporter()
    ended(started(SimpleSpanProcessor(exporter)))
    (span,) = exporter.get_finished_spans()
    assert span.attributes == {"feature": "f", **SET, **LEFT}


def test_a_processor_that_looks_before_the_end_sees_them_too():
    seen = []

    class Looks(SpanProcessor):
        def _on_ending(self, span):
            seen.append(span.attributes["cost"])

    ended(started(Looks()))
    assert seen == [0.25]


def test_what_the_span_has_by_then_stays():
    span = ended(started(), lambda: {**LEFT, "feature": "other", "status": 500})
    assert span.attributes["feature"] == "f"
    assert span.attributes["status"] == 200


def test_threads_that_read_at_once_all_see_them_all():
    for _ in range(200):
        barrier = threading.Barrier(4)
        span = ended(started())
        seen = []

        def read(span=span, seen=seen, barrier=barrier):
            barrier.wait()
            seen.append(dict(span.attributes))

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert seen == [{"feature": "f", **SET, **LEFT}] * 4


def test_a_private_span_has_them_too(public):
    span = ended(PrivateSpan(started(), INVALID_SPAN_CONTEXT))
    assert not public
    assert span.attributes == {"feature": "f", **SET, **LEFT}


@pytest.mark.parametrize("limits", [{"max_span_attributes": 4}, {"max_attribute_length": 3}], ids=str)
def test_under_a_limit_that_may_have_to_cut_something_the_sdk_sets_them(public, limits, monkeypatch):
    monkeypatch.setattr(logging.getLogger("opentelemetry.attributes"), "disabled", True)
    span = ended(started(**limits))
    assert public
    expected = usual(**limits)
    assert len(span.attributes) == len(expected.attributes)
    if "max_attribute_length" in limits:
        assert span.attributes == expected.attributes


def test_of_too_many_what_was_set_first_goes_first(monkeypatch):
    monkeypatch.setattr(logging.getLogger("opentelemetry.attributes"), "disabled", True)
    span = ended(started(max_span_attributes=4))
    assert set(span.attributes) == {"first", *LEFT}


def test_a_processor_can_put_other_attributes_in_their_place():
    class Redacts(SpanProcessor):
        def on_end(self, span):
            span._attributes._dict = {"cost": "redacted"}

    exporter = InMemorySpanExporter()
    ended(started(Redacts(), SimpleSpanProcessor(exporter)))
    (span,) = exporter.get_finished_spans()
    assert span.attributes == {"cost": "redacted"}


def test_a_span_that_waits_for_its_body_shows_each_attribute_as_it_is_set():
    span = started()
    ending = EndingSpan(span)
    ending.wait()
    ending.leave(lambda: LEFT)
    ending.set_attribute("first_chunk", 0.5)
    assert span.attributes == {"first": 1, "feature": "f", "first_chunk": 0.5}
    ending.end()
    assert span.attributes == {"first": 1, "feature": "f", "first_chunk": 0.5, **LEFT}


def test_ending_it_again_changes_nothing():
    asked = []
    span = started()
    ending = EndingSpan(span)
    ending.leave(lambda: asked.append(1) or LEFT)
    ending.end()
    ending.end()
    assert not asked
    assert span.attributes["cost"] == 0.25


def test_a_value_that_the_sdk_has_to_look_at_is_set_by_the_sdk():
    span, names = started(), ["a", "b"]
    ending = EndingSpan(span)
    ending.set_attribute("names", names)
    names.append("c")
    ending.end()
    assert span.attributes["names"] == ("a", "b")


def test_a_span_that_has_ended_is_left_as_it_is(caplog):
    span = started()
    span.end()
    ended(span)
    assert span.attributes == {"first": 1, "feature": "f"}


def test_a_span_of_another_class_sets_them_itself():
    class Wrapped(NonRecordingSpan):
        def set_attributes(self, attributes):
            self.found = attributes

        def end(self, end_time=None):
            self.is_ended = True

    span = Wrapped(INVALID_SPAN.get_span_context())
    ended(span)
    assert span.found == {**SET, **LEFT}
    assert span.is_ended


def test_all_else_is_passed_on():
    span = started()
    ending = EndingSpan(span)
    ending.add_event("e", {"n": 1})
    ending.add_link(span.get_span_context())
    ending.update_name("other")
    ending.record_exception(ValueError("no"))
    ending.set_status(Status(StatusCode.ERROR))
    ending.set_attributes({"a": 1})
    assert ending.is_recording()
    assert ending.get_span_context() == span.get_span_context()
    ending.end(span.start_time + 5)
    assert not ending.is_recording()
    assert span.name == "other"
    assert [event.name for event in span.events] == ["e", "exception"]
    assert len(span.links) == 1
    assert not span.status.is_ok
    assert span.attributes["a"] == 1
    assert span.end_time == span.start_time + 5
