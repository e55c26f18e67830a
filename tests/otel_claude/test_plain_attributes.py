"""Attributes that are set at once are on the span as if they had been set as everybody does."""

from __future__ import annotations

import logging

import pytest
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.trace import INVALID_SPAN, INVALID_SPAN_CONTEXT, NonRecordingSpan

from otel_claude.plain_attributes import set_all
from otel_claude.private_tracer import PrivateSpan

FOUND = {"cost": 0.5, "status": "exact", "calls": 2, "is_head": True, "tools": ("a", "b"), "first": 0}


def started(**limits):
    return (
        TracerProvider(span_limits=SpanLimits(**limits))
        .get_tracer("t")
        .start_span("s", attributes={"first": 1})
    )


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


def test_a_span_of_the_sdk_has_them_without_its_looking_at_each(public):
    span, usual = started(), started()
    set_all(span, FOUND)
    assert not public
    usual.set_attributes(FOUND)
    assert span.attributes == usual.attributes == FOUND


def test_a_private_span_has_them_too(public):
    span = started()
    set_all(PrivateSpan(span, INVALID_SPAN_CONTEXT), FOUND)
    assert not public
    assert span.attributes == FOUND


@pytest.mark.parametrize("limits", [{"max_span_attributes": 4}, {"max_attribute_length": 3}], ids=str)
def test_under_a_limit_that_may_have_to_cut_something_the_sdk_sets_them(public, limits, monkeypatch):
    monkeypatch.setattr(logging.getLogger("opentelemetry.attributes"), "disabled", True)
    span, usual = started(**limits), started(**limits)
    set_all(span, FOUND)
    assert public == [FOUND]
    usual.set_attributes(FOUND)
    assert span.attributes == usual.attributes


def test_a_span_that_has_ended_is_left_as_it_is():
    span = started()
    span.end()
    set_all(span, FOUND)
    assert span.attributes == {"first": 1}


def test_a_span_of_another_class_sets_them_itself():
    class Wrapped(NonRecordingSpan):
        def set_attributes(self, attributes):
            self.found = attributes

    span = Wrapped(INVALID_SPAN.get_span_context())
    set_all(span, FOUND)
    assert span.found == FOUND
