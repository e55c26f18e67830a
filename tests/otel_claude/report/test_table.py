import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_claude.call_site import CallSite
from otel_claude.report.calls import calls
from otel_claude.report.callsites import call_site_stats
from otel_claude.report.table import tabulate

DAY = 86_400 * 10**9


def test_groups_are_sorted_by_cost_with_their_shares(make_span):
    spans = [make_span({"otel_claude.feature": feature}) for feature in ("a", "b", "b", "b")]
    table = tabulate(calls(spans), ["feature"])
    assert [(row.key, row.totals.calls) for row in table.rows] == [(("b",), 3), (("a",), 1)]
    assert [(row.share, row.cumulative_share) for row in table.rows] == [(0.75, 0.75), (0.25, 1.0)]
    assert table.total.cost_usd == pytest.approx(0.052)
    assert table.total.cache_hit_ratio == pytest.approx(10 / 13)


@pytest.mark.parametrize(
    ("by", "key"),
    [
        ("feature", "f"),
        ("model", "claude-sonnet-5-5"),
        ("callsite", CallSite("a.py", "g", 3)),
        ("day", "2026-11-20"),
        ("task", "t"),
        ("tag.tenant", "acme"),
        ("tag.other", None),
    ],
)
def test_each_dimension_has_its_value(make_span, by, key):
    attributes = {
        "otel_claude.feature": "f",
        "otel_claude.task.name": "t",
        "otel_claude.tag.tenant": "acme",
        "code.file.path": "a.py",
        "code.function.name": "g",
        "code.line.number": 3,
    }
    (row,) = tabulate(calls([make_span(attributes)]), [by]).rows
    assert row.key == (key,)


def test_several_dimensions_make_one_key(make_span):
    spans = [make_span({"otel_claude.feature": "f"}, at=DAY * day) for day in (20_000, 20_001, 20_001)]
    table = tabulate(calls(spans), ["feature", "day", "feature"])
    assert table.dimensions == ("feature", "day")
    assert {row.key: row.totals.calls for row in table.rows} == {
        ("f", "2024-10-04"): 1,
        ("f", "2024-10-05"): 2,
    }


@pytest.mark.parametrize("name", ["colour", "tag.", ""])
def test_an_unknown_dimension_is_named(name):
    with pytest.raises(
        ValueError, match=r"is not one of feature, model, callsite, day, task, miss-reason or tag\.NAME"
    ):
        tabulate([], [name])


def test_unpriced_estimated_and_failed_calls_are_counted(make_span):
    spans = [
        make_span(),
        make_span({"gen_ai.response.model": "claude-mystery-9"}),
        make_span({"error.type": "api_error"}, status=2),
    ]
    total = tabulate(calls(spans), ["feature"]).total
    assert (total.calls, total.estimated, total.unpriced, total.errors) == (3, 2, 1, 1)
    assert total.reasons["unknown_model"] == 1


def test_a_group_that_is_all_unpriced_has_no_cost_rather_than_none_at_all(make_span):
    table = tabulate(calls([make_span({"gen_ai.response.model": "claude-mystery-9"})]), ["model"])
    assert table.rows[0].totals.cost_usd is None
    assert table.rows[0].share is None


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 1000)), max_size=30), st.randoms())
def test_groups_sum_to_the_total_in_any_order(make_span, amounts, rng):
    spans = [
        make_span({"otel_claude.feature": feature, "gen_ai.usage.cost.amount": amount})
        for feature, amount in amounts
    ]
    table = tabulate(calls(spans), ["feature"])
    rng.shuffle(spans)
    shuffled = tabulate(calls(spans), ["feature"])
    assert [(row.key, row.totals) for row in table.rows] == [(row.key, row.totals) for row in shuffled.rows]
    assert sum(row.totals.cost_picodollars for row in table.rows) == table.total.cost_picodollars
    assert table.total.priced_usd == pytest.approx(sum(amount for _, amount in amounts))
    assert sum(row.totals.calls for row in table.rows) == len(amounts)


def test_call_sites_are_measured(make_span):
    site = {"code.file.path": "a.py", "code.function.name": "f", "code.line.number": 3}
    spans = [
        make_span({**site, "gen_ai.usage.output_tokens": output}, at=DAY * 20_777 + output * DAY // 100)
        for output in range(1, 101)
    ]
    spans[0].attributes["anthropic.message.stop_reason"] = "max_tokens"
    other = make_span({**site, "code.line.number": 9})
    (stats, cheaper) = call_site_stats(calls([*spans, other, make_span()]))
    assert (stats.path, stats.function, stats.line, stats.calls) == ("a.py", "f", 3, 100)
    assert (stats.output_p50, stats.output_p99) == (50, 99)
    assert stats.stop_reasons == {"end_turn": 99, "max_tokens": 1}
    assert stats.models == {"claude-sonnet-5-5": 100}
    assert stats.days == pytest.approx(0.99)
    assert stats.cache_read_tokens == 1_000_000
    assert stats.cost_usd == pytest.approx(0.8 + 5050 * 10 / 1e6)
    assert (cheaper.line, cheaper.calls, cheaper.days) == (9, 1, 0.0)


def test_a_call_site_of_which_no_call_has_output_has_no_percentiles(make_span):
    site = {"code.file.path": "a.py", "code.line.number": 3, "gen_ai.usage.output_tokens": None}
    (stats,) = call_site_stats(calls([make_span(site)]))
    assert (stats.output_p50, stats.output_p99) == (None, None)
