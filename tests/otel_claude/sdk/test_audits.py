"""Audits: what follows a call beside its price."""

from __future__ import annotations

import pytest

from otel_claude import feature, instrumentation
from otel_claude.audit import NO_EVENTS
from tests.otel_claude.sdk.in_memory import API, ASK, REFUSED_MAX_TOKENS, tracing


class Remembering:
    """Keeps what it is told, and answers with an attribute."""

    events = NO_EVENTS

    def __init__(self):
        self.starts = []
        self.outcomes = []

    def begin(self, start):
        self.starts.append((start.body["model"], start.attribution.feature, start.site.function))
        return self

    def settle(self, outcome):
        self.message = outcome.message
        self.outcomes.append(outcome)

    def attributes(self, outcome):
        return {"seen": self.outcomes.index(outcome) + 1}


class Broken:
    events = NO_EVENTS

    def __init__(self, breaks_at):
        self.breaks_at = breaks_at

    def begin(self, start):
        if self.breaks_at == "begin":
            raise RuntimeError
        return self

    def settle(self, outcome):
        if self.breaks_at == "settle":
            raise RuntimeError

    def attributes(self, outcome):
        raise RuntimeError


class Indifferent:
    def begin(self, start):
        return None


@pytest.fixture(params=["begin", "settle", "attributes"])
def remembering(request, monkeypatch):
    audit = Remembering()
    monkeypatch.setattr(instrumentation, "_audits", lambda **_: (Broken(request.param), Indifferent(), audit))
    return audit


def ask(client, **more):
    with feature("search"):
        return client.messages.create(**{**ASK, **more})


def test_an_audit_sees_a_call_start_and_settle_and_adds_to_its_span_beside_one_that_fails(remembering):
    with tracing() as traced:
        ask(API().client())
    assert remembering.starts == [("claude-sonnet-5-5", "search", "ask")]
    (outcome,) = remembering.outcomes
    assert (outcome.model, outcome.usage.prompt_tokens, outcome.error_type) == ("claude-sonnet-5-5", 19, None)
    assert remembering.message.content[0].text == "word"
    assert outcome.message is None
    (span,) = traced.spans
    assert span.attributes["seen"] == 1
    assert span.attributes["gen_ai.usage.cost.amount"] == pytest.approx(outcome.cost.amount)


def test_an_audit_is_told_once_of_a_stream_that_was_read_and_of_one_that_was_left(remembering):
    with tracing() as traced:
        list(ask(API().client(), stream=True))
        with ask(API().client(), stream=True) as events:
            next(events)
    assert [outcome.usage.output_tokens for outcome in remembering.outcomes] == [3, None]
    assert [span.attributes["seen"] for span in traced.spans] == [1, 2]


def test_an_audit_is_told_of_a_call_that_failed(remembering):
    with tracing(), pytest.raises(Exception, match="no"):
        ask(API().client(), max_tokens=REFUSED_MAX_TOKENS)
    (outcome,) = remembering.outcomes
    assert (outcome.cost, outcome.usage, outcome.error_type) == (None, None, "invalid_request_error")
