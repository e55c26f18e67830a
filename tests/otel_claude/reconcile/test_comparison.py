from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_claude.cost import Cost
from otel_claude.reconcile.bill import Bill, Item
from otel_claude.reconcile.comparison import compare
from otel_claude.reconcile.discounts import multipliers
from otel_claude.report.calls import Call
from otel_claude.user_rates import load

START = datetime(2026, 11, 1, tzinfo=timezone.utc)
END = START + timedelta(days=7)


def item(listed, *, day=date(2026, 11, 2), model="claude-opus-5-5", kind="input", amount=None, **more):
    names = {"product": "messages_api", "workspace": "w", "api_key": "k", "service_tier": "standard", **more}
    listed = Decimal(listed)
    return Item(
        day, model, kind, **names, amount=listed if amount is None else Decimal(amount), list_amount=listed
    )


def bill(*items, refreshed_at=None):
    return Bill(START, END, items, refreshed_at)


def call(*, at=START + timedelta(days=1, hours=3), model="claude-opus-5-5", **parts):
    cost = Cost(**parts, amount=sum(parts.values()), status="exact") if parts else Cost()
    return Call(
        start_ns=int(at.timestamp()) * 10**9,
        end_ns=int(at.timestamp() + 1) * 10**9,
        trace_id="",
        span_id="",
        model=model,
        feature=None,
        task=None,
        call_site=None,
        tags={},
        usage=None,
        stop_reason=None,
        error=None,
        cost=cost,
    )


def test_the_share_is_what_was_recorded_of_what_was_billed():
    found = compare(bill(item(8), item(2, kind="output")), [call(input=4.0, output=2.0)])
    assert (found.total.listed, found.total.seen, found.total.unseen, found.total.share) == (10, 6, 4, 0.6)
    assert [(line.name, line.share) for line in found.by_kind] == [("input", 0.5), ("output", 1.0)]


def test_more_of_one_model_does_not_make_up_for_another_that_was_not_recorded():
    found = compare(bill(item(5), item(5, model="claude-haiku-5-5")), [call(input=10.0)])
    assert (found.total.share, found.total.surplus) == (0.5, 5)
    assert found.by_model[0].name == "claude-haiku-5-5"


def test_a_model_has_one_name_however_it_is_spelled():
    calls = [call(model="us.anthropic.claude-haiku-4-5-20251001-v1:0", input=1.0)]
    (line,) = compare(bill(item(1, model="claude-haiku-4-5-20251001")), calls).by_model
    assert (line.name, line.share) == ("claude-haiku-4-5", 1.0)


@pytest.mark.parametrize("model", [None, "claude-opus-5-5"])
def test_searches_meet_whether_or_not_the_bill_names_a_model_for_them(model):
    found = compare(bill(item("0.03", model=model, kind="web_search")), [call(server_tools=0.03)])
    assert found.total.share == 1.0


def test_containers_and_sessions_are_billed_and_never_seen():
    found = compare(bill(item(3, model=None, kind="code_execution")), [])
    assert [(line.name, line.unseen) for line in found.by_kind] == [("code_execution", 3)]


def test_calls_before_and_after_the_period_do_not_count():
    late, early = call(at=END, input=1.0), call(at=START - timedelta(seconds=1), input=1.0)
    assert compare(bill(item(1)), [late, early]).calls == 0


def test_calls_that_the_bill_does_not_reach_to_are_left_out_and_counted():
    reach = START + timedelta(days=1, hours=2)
    found = compare(
        bill(item(1), refreshed_at=reach), [call(input=9.0), call(at=reach - timedelta(hours=1), input=1.0)]
    )
    assert (found.calls, found.too_late, found.total.surplus) == (1, 1, 0)


def test_a_call_without_a_price_is_counted_not_taken_for_free():
    found = compare(bill(item(1)), [call()])
    assert (found.calls, found.unpriced, found.total.share) == (1, 1, 0.0)


def test_nothing_billed_and_nothing_recorded_is_no_share():
    assert compare(bill(), []).total.share is None


AMOUNTS = st.lists(
    st.tuples(st.sampled_from(["claude-opus-5-5", "claude-haiku-5-5"]), st.integers(0, 9), st.integers(2, 4)),
    max_size=8,
)


@given(AMOUNTS, AMOUNTS)
def test_what_is_covered_unseen_and_surplus_adds_up_in_every_breakdown(billed, recorded):
    found = compare(
        bill(*(item(usd, model=model, day=date(2026, 11, day)) for model, usd, day in billed)),
        [
            call(model=model, at=START + timedelta(days=day - 1), input=float(usd))
            for model, usd, day in recorded
        ],
    )
    for lines in (found.by_model, found.by_kind, found.by_day):
        for name in ("listed", "seen", "covered", "unseen", "surplus"):
            assert sum(getattr(line, name) for line in lines) == getattr(found.total, name)
    assert 0 <= found.total.covered <= min(found.total.listed, found.total.seen)


def test_a_discount_is_found_overall_and_for_models_that_differ():
    found = multipliers(
        bill(
            item(100, amount=85),
            item(100, amount=85, kind="output"),
            item(50, amount=40, model="claude-haiku-5-5"),
        )
    )
    assert (found.overall, found.by_model) == (
        0.84,
        {"claude-opus-5-5": 0.85, "claude-haiku-5-5": 0.8},
    )


def test_other_tiers_and_searches_do_not_blur_the_discount():
    found = multipliers(
        bill(
            item(100, amount=85),
            item(100, amount=50, service_tier="batch"),
            item(9, kind="web_search", model=None),
        )
    )
    assert (found.overall, found.by_model) == (0.85, {})


def test_at_public_rates_there_is_nothing_to_set():
    assert multipliers(bill(item(100))) is None
    assert multipliers(bill()) is None


def test_the_rates_found_can_be_pasted_as_they_are(tmp_path):
    found = multipliers(bill(item(100, amount=85), item(100, amount=80, model="claude-haiku-5-5")))
    file = tmp_path / "pyproject.toml"
    file.write_text(found.as_toml(date(2026, 11, 1)))
    overrides = load(file).overrides
    assert overrides.dated == date(2026, 11, 1)
    assert overrides.multipliers == {"*": 0.825, "claude-opus-5-5": 0.85, "claude-haiku-5-5": 0.8}
