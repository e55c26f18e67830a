"""Calls that `billing_policy` has billed to the organization of a user profile: they cost the caller nothing."""

from __future__ import annotations

import anthropic
import pytest

from otel_claude import attributes as names
from otel_claude.attribution import task
from otel_claude.budgets.limits import Budgets, Limit, Subject
from otel_claude.cost import FREE
from otel_claude.report.pricing import Pricing, SpanFacts, cost_of, recorded_cost
from tests.otel_claude.sdk.in_memory import API, ASK, REFUSED_MAX_TOKENS, USAGE, tracing

USER_PROFILE = {"type": "billing_policy", "bill_to": "user_profile"}
OURSELVES = {"type": "billing_policy", "bill_to": "self"}


def stated(client, policy):
    return client.beta.messages.create(**ASK, billing_policy=policy, user_profile_id="uprof_1")


def streamed(client, policy):
    with client.beta.messages.stream(**ASK, billing_policy=policy, user_profile_id="uprof_1") as stream:
        stream.until_done()


def in_the_extra_body(client, policy):
    return client.messages.create(**ASK, extra_body={"billing_policy": policy})


def never_read(client, policy):
    with client.beta.messages.with_streaming_response.create(**ASK, billing_policy=policy):
        pass


@pytest.mark.parametrize("ask", [stated, streamed, in_the_extra_body, never_read])
def test_it_costs_nothing_and_says_who_pays(ask):
    with tracing() as traced:
        ask(API().client(), USER_PROFILE)
    (span,) = traced.spans
    assert span.attributes[names.COST_AMOUNT] == 0
    assert span.attributes[names.COST_STATUS] == "exact"
    assert span.attributes[names.COST_BILLED_TO] == "user_profile"
    assert [point.value for point in traced.points(names.METRIC_COST)] == [0]


def test_it_costs_what_it_costs_where_the_caller_pays():
    with tracing() as traced:
        stated(API().client(), OURSELVES)
        API().client().messages.create(**ASK)
    with_policy, without = traced.spans
    assert with_policy.attributes[names.COST_AMOUNT] == without.attributes[names.COST_AMOUNT] > 0
    assert names.COST_BILLED_TO not in with_policy.attributes


def test_its_tokens_are_on_record_and_no_budget_is_spent():
    nearly_nothing = Limit(Subject(), "day", 1e-9, is_enforced=True)
    with tracing(budgets=Budgets((nearly_nothing,))) as traced, task("onboarding") as run:
        for _ in range(2):
            stated(API().client(), USER_PROFILE)
        assert run.cost_usd == 0
    (first, *_) = traced.spans
    assert first.attributes[names.OUTPUT_TOKENS] == USAGE["output_tokens"]


def test_one_that_is_refused_is_nobodys():
    asked = {**ASK, "max_tokens": REFUSED_MAX_TOKENS}
    with tracing() as traced, pytest.raises(anthropic.BadRequestError):
        API().client().beta.messages.create(**asked, billing_policy=USER_PROFILE)
    (span,) = traced.spans
    assert not {names.COST_AMOUNT, names.COST_BILLED_TO} & set(span.attributes)


def test_priced_anew_it_costs_nothing_still():
    with tracing() as traced:
        stated(API().client(), USER_PROFILE)
    recorded = recorded_cost(traced.spans[0].attributes)
    facts = SpanFacts(None, ASK["model"], ASK["model"], None, None)
    assert [cost_of(facts, recorded, Pricing(mode=mode)) for mode in ("anew", "list")] == [FREE, FREE]
