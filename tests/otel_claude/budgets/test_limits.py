"""Windows, thresholds and ratios, without a call."""

from __future__ import annotations

import pickle
from datetime import datetime, timedelta, timezone

import pytest

from otel_claude.budgets.ledger import Ledger, Spending
from otel_claude.budgets.limits import BudgetExceededError, Budgets, HitRatio, Limit, Subject, window

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=timezone.utc)


def utc(*parts):
    return datetime(*parts, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("period", "at", "start", "end"),
    [
        ("hour", NOW, utc(2026, 11, 20, 12), utc(2026, 11, 20, 13)),
        ("day", NOW, utc(2026, 11, 20), utc(2026, 11, 21)),
        ("month", NOW, utc(2026, 11, 1), utc(2026, 12, 1)),
        ("month", utc(2026, 12, 31, 23, 59), utc(2026, 12, 1), utc(2027, 1, 1)),
        ("month", utc(2028, 2, 29), utc(2028, 2, 1), utc(2028, 3, 1)),
        ("day", utc(2026, 11, 20), utc(2026, 11, 20), utc(2026, 11, 21)),
        # Half past one in Berlin is the day before in UTC.
        (
            "day",
            datetime(2026, 11, 21, 0, 30, tzinfo=timezone(timedelta(hours=1))),
            utc(2026, 11, 20),
            utc(2026, 11, 21),
        ),
    ],
)
def test_a_window_is_an_hour_day_or_month_of_utc(period, at, start, end):
    assert window(period, at) == (start, end)


@pytest.mark.parametrize(
    ("period", "usd", "said"),
    [
        ("day", 0, "a limit of 0 is passed by any call; leave it out for none"),
        ("day", -1.0, "above 0"),
        ("day", float("nan"), "above 0"),
        ("day", float("inf"), "finite"),
        ("week", 1.0, "the periods are hour, day, month"),
    ],
)
def test_a_limit_that_cannot_be_is_refused_where_it_is_made(period, usd, said):
    with pytest.raises(ValueError, match=said):
        Limit(Subject(), period, usd)


def booked(limits=(), ratios=(), spendings=()):
    alerts = []
    ledger = Ledger(Budgets(tuple(limits), tuple(ratios)), alerts.append)
    for spending in spendings:
        ledger.add(spending)
    return ledger, alerts


def spending(usd, at=NOW, feature=None, task=None, **more):
    return Spending(at, usd, feature, task, **more)


def test_each_threshold_is_told_once_and_of_several_at_once_the_last():
    limit = Limit(Subject(), "day", 1.0)
    _, alerts = booked([limit], spendings=map(spending, (0.4, 0.1, 0.1, 0.5, 3)))
    assert [(alert.threshold, alert.spent_usd) for alert in alerts] == [(0.5, 0.5), (1.0, 1.1)]


def test_a_limit_is_met_exactly_whatever_floats_do():
    limit = Limit(Subject(), "day", 0.3, (1.0,))
    _, alerts = booked([limit], spendings=[spending(0.1)] * 3)
    assert len(alerts) == 1


def test_a_new_window_begins_at_nothing_and_what_is_from_an_old_one_is_not_counted():
    limit = Limit(Subject(), "hour", 1.0, (1.0,), is_enforced=True)
    late = NOW + timedelta(hours=1)
    ledger, alerts = booked([limit], spendings=[spending(1), spending(0.9, late), spending(0.2)])
    assert len(alerts) == 1
    (account,) = ledger.accounts
    assert account.spent_usd(late) == pytest.approx(0.9)
    assert account.spent_usd(late + timedelta(hours=1)) == 0
    ledger.check(late, None, None)


def test_a_limit_of_a_feature_or_task_counts_its_calls_only():
    limits = [
        Limit(Subject("feature", "search"), "day", 1.0),
        Limit(Subject("task", "search"), "day", 1.0),
        Limit(Subject(), "day", 100.0),
    ]
    ledger, _ = booked(
        limits,
        spendings=[spending(1, feature="search"), spending(2, task="search"), spending(4, feature="other")],
    )
    assert [account.spent_usd(NOW) for account in ledger.accounts] == [1, 2, 7]


def test_an_enforced_limit_that_is_spent_says_until_when_and_the_error_can_be_pickled():
    limit = Limit(Subject("feature", "search"), "day", 1.0, is_enforced=True)
    ledger, _ = booked([limit], spendings=[spending(1, feature="search")])
    ledger.check(NOW, "other", None)
    with pytest.raises(BudgetExceededError, match=r"feature search, \$1 a day is spent") as raised:
        ledger.check(NOW, "search", None)
    again = pickle.loads(pickle.dumps(raised.value))
    assert (again.limit, again.spent_usd, again.until) == (limit, 1.0, utc(2026, 11, 21))


def test_what_was_seeded_counts_and_is_not_told_again():
    limit = Limit(Subject(), "day", 1.0)
    seeds = [spending(0.6, is_seed=True)]
    ledger, alerts = booked([limit], spendings=[*seeds, spending(0.1), spending(0.2)])
    assert ledger.accounts[0].spent_usd(NOW) == pytest.approx(0.9)
    assert [alert.threshold for alert in alerts] == [0.8]


def test_a_low_hit_ratio_is_told_once_until_it_has_recovered():
    wanted = HitRatio(Subject("feature", "search"), 0.5, calls=2)
    hit, miss = ({"prompt_tokens": 100, "cache_read_tokens": read} for read in (90, 0))
    calls = [miss, hit, miss, miss, hit, hit, hit, miss, miss]
    ledger, alerts = booked(
        ratios=[wanted], spendings=[spending(0, feature="search", **call) for call in calls]
    )
    assert [alert.hit_ratio for alert in alerts] == [0.45, 0.45]
    assert ledger.hit_ratios[0].ratio == 0
    assert "45% of the input of the last 2 calls" in str(alerts[0])
