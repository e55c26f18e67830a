from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from otel_claude.reconcile.bill import BillError, client, fetch

START = datetime(2026, 11, 1, tzinfo=timezone.utc)
WEEK = START + timedelta(days=7)


def test_cents_with_decimals_become_dollars_by_kind(report, admin_key):
    report.add("2026-11-02", "claude-opus-5-5", "cache_write_1h", "1.23456789", factor="0.85")
    report.add("2026-11-02", None, "web_search", "0.30", service_tier=None)
    report.refreshed_at = "2026-11-06T18:00:00Z"
    bill = fetch(client(admin_key, report.url), START, WEEK)
    tokens, searches = bill.items
    assert (tokens.day, tokens.model, tokens.kind) == (date(2026, 11, 2), "claude-opus-5-5", "cache_write_1h")
    assert (tokens.list_amount, tokens.amount) == (Decimal("1.23456789"), Decimal("1.0493827065"))
    assert (searches.kind, searches.model, searches.service_tier) == ("web_search", None, None)
    assert bill.refreshed_at == datetime(2026, 11, 6, 18, tzinfo=timezone.utc)


def test_every_page_is_read(report, admin_key):
    for number in range(7):
        report.add("2026-11-02", f"model-{number}", "input", "1")
    report.page_size = 3
    assert len(fetch(client(admin_key, report.url), START, WEEK).items) == 7
    assert len(report.queries) == 3


def test_a_long_period_is_asked_for_in_windows_that_meet(report, admin_key):
    report.add("2026-09-01", "claude-opus-5-5", "input", "1")
    report.add("2026-10-02", "claude-opus-5-5", "input", "2")
    report.add("2026-11-01", "claude-opus-5-5", "input", "4")
    start = datetime(2026, 9, 1, tzinfo=timezone.utc)
    bill = fetch(client(admin_key, report.url), start, start + timedelta(days=80))
    assert sum(item.list_amount for item in bill.items) == 7
    assert [query["starting_at"] for query in report.queries[1:]] == [
        query["ending_at"] for query in report.queries[:-1]
    ]


def test_only_the_named_workspaces_and_keys_are_asked_for(report, admin_key):
    report.add("2026-11-02", "claude-opus-5-5", "input", "1", workspace_id="wrkspc_a", api_key_id="apikey_a")
    report.add("2026-11-02", "claude-opus-5-5", "input", "2", workspace_id="wrkspc_a", api_key_id="apikey_b")
    report.add("2026-11-02", "claude-opus-5-5", "input", "4", workspace_id="wrkspc_b", api_key_id="apikey_a")
    bill = fetch(client(admin_key, report.url), START, WEEK, workspaces=["wrkspc_a"], api_keys=["apikey_a"])
    assert [item.list_amount for item in bill.items] == [1]


def test_a_refused_key_is_told_without_the_key(report):
    key = "sk-ant-admin01-secret"
    with pytest.raises(BillError, match=r"answered 401: .*Admin API key") as raised:
        fetch(client(key, report.url), START, WEEK)
    assert key not in str(raised.value)


def test_an_endpoint_that_cannot_be_reached_is_named(report, admin_key):
    report.shutdown()
    report.server_close()
    with pytest.raises(BillError, match=r"cannot reach http://127\.0\.0\.1"):
        fetch(client(admin_key, report.url).with_options(max_retries=0), START, WEEK)


@pytest.mark.parametrize(
    "body",
    [
        {"data": [{"cost": {"amount": "x", "list_amount": "1", "currency": "USD"}, "group": {}}]},
        {"data": [{"group": {}}]},
        {"data": [{"cost": {"amount": "1", "list_amount": "1", "currency": "EUR"}, "group": {}}]},
        {"data": ["text"]},
        {"data": 5},
        b"<html>",
    ],
)
def test_an_answer_of_another_shape_is_an_error_not_a_number(report, admin_key, body):
    report.answer = (200, body)
    with pytest.raises(BillError, match="cost report"):
        fetch(client(admin_key, report.url), START, WEEK)
