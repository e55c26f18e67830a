"""What was wasted, from spans that the instrumentation wrote of real calls, and from spans made for the purpose."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest
from click.testing import CliRunner

from otel_claude.cli.report import command
from otel_claude.report import wastes as module
from otel_claude.report.calls import calls
from otel_claude.report.rate import Spend
from otel_claude.report.wastes import Wastes
from otel_claude.store.reader import read
from tests.otel_claude.waste.test_audit import TOOLS, asked, directed, document

ASK = {
    "model": "claude-sonnet-5-5",
    "max_tokens": 64,
    "messages": [{"role": "user", "content": "hello, Claude!"}],
}
INPUT, READ, WRITE = 2e-6, 1e-7, 2.5e-6
"""USD for a token on Sonnet 5.5."""


def wasted(spans=None):
    """The wastes of the calls of `spans`, by default of those in the current project."""
    found = Wastes()
    for call in calls(read(["."]) if spans is None else spans):
        found.add(call)
    return {waste.kind: waste for waste in found.ranked()}


def number(count):
    return [{"role": "user", "content": f"question {count}"}]


def test_tools_that_no_call_of_a_site_used_are_wasted_at_what_their_tokens_cost(client):
    for count in range(module.LEAST_CALLS):
        tool = "orders" if count else "refunds"
        client.messages.create(**directed(f"tool-use={tool}", tools=TOOLS, messages=number(count)))
    waste = wasted()["uncalled_tools"]
    assert waste.sentence.startswith("never called in 20 answers: customers (")
    prompt = sum(call.usage.prompt_tokens for call in calls(read(["."])))
    characters = [len(json.dumps(tool)) for tool in TOOLS]
    assert waste.usd == pytest.approx(prompt * characters[1] / sum(characters) * INPUT, rel=0.15)
    assert waste.is_estimate
    assert waste.call_site.function.endswith("what_their_tokens_cost")


def test_a_few_answers_do_not_say_that_a_tool_is_never_called(client):
    for count in range(module.LEAST_CALLS - 1):
        client.messages.create(**directed(tools=TOOLS, messages=number(count)))
    assert "uncalled_tools" not in wasted()


def test_documents_that_are_mostly_not_cited_are_wasted(client):
    for _ in range(module.LEAST_CALLS):
        client.messages.create(
            **directed(
                "cite=1", "output-tokens=4", **asked(*map(document, ("alpha " * 500, "beta", "gamma")))
            )
        )
    waste = wasted()["uncited_documents"]
    assert waste.sentence.startswith("40 of 60 documents were sent and not cited (1")
    assert waste.usd == pytest.approx(module.LEAST_CALLS * 3000 / 4 * INPUT, rel=0.15)


def test_what_was_asked_again_is_wasted_whole(client):
    for count in (1, 2, 1, 1):
        client.messages.create(**{**ASK, "messages": number(count)})
    waste = wasted()["repeated_requests"]
    each = next(calls(read(["."]))).cost_usd
    assert (waste.usd, waste.calls, waste.is_estimate) == (pytest.approx(2 * each), 2, False)
    assert waste.sentence == "2 of 4 requests had been answered before, word for word"


def test_a_head_that_is_sent_again_and_again_uncached_is_wasted_at_what_reading_it_would_save(client):
    for count in range(12):
        client.messages.create(**{**ASK, "system": "handbook. " * 400, "messages": number(count)})
    waste = wasted()["uncached_head"]
    assert waste.usd == pytest.approx(1000 * (11 * (INPUT - READ) - (WRITE - INPUT)), rel=0.03)
    assert waste.calls == 11


def test_a_head_that_is_cached_or_too_short_to_be_is_not_wasted(client):
    cached = [{"type": "text", "text": "handbook. " * 400, "cache_control": {"type": "ephemeral"}}]
    for count in range(12):
        client.messages.create(**{**ASK, "system": cached, "messages": number(count)})
        client.messages.create(**{**ASK, "system": "handbook. " * 40, "messages": number(count)})
    assert "uncached_head" not in wasted()


def test_writes_that_reads_do_not_earn_back_are_wasted_though_no_cause_is_known(make_span):
    written = {
        "gen_ai.usage.cache_read.input_tokens": 0,
        "gen_ai.usage.cache_write.input_tokens": 12_000,
        "anthropic.usage.cache_creation.ephemeral_5m_input_tokens": 12_000,
    }
    waste = wasted([make_span(written), make_span(written)])["unread_writes"]
    assert waste.usd == pytest.approx(2 * 12_000 * (WRITE - INPUT))
    assert waste.sentence.endswith("24.0k tokens written, 0 read")
    assert not waste.is_estimate


def test_writes_that_missed_for_a_cause_are_wasted_at_what_reading_them_would_have_saved(client):
    for count in range(4):
        text = {"type": "text", "text": f"{count} handmade. " * 400, "cache_control": {"type": "ephemeral"}}
        client.messages.create(**{**ASK, "system": [text]})
    found = wasted()
    waste = found["cache_misses"]
    assert waste.sentence.endswith("system[0] changed at every call")
    assert waste.usd == pytest.approx(3 * 1200 * (WRITE - READ), rel=0.02)
    assert "unread_writes" not in found


def prefixed(make_span, prefix, revision, minute, *, write=True):
    span = make_span(
        {
            "otel_claude.cache.prefix": prefix,
            "code.file.path": "app.py",
            "code.line.number": 1,
            "gen_ai.usage.cache_write.input_tokens": 2_000 if write else 0,
            "anthropic.usage.cache_creation.ephemeral_5m_input_tokens": 2_000 if write else 0,
        },
        at=1_795_176_000_000_000_000 + minute * 60_000_000_000,
    )
    object.__setattr__(span, "resource", {"vcs.ref.head.revision": revision})
    return span


def test_caches_that_a_change_of_version_had_written_anew_are_wasted(make_span):
    spans = [
        prefixed(make_span, prefix, revision, minute, write=minute % 2 == 0)
        for minute, (prefix, revision) in enumerate(
            [("a", "1"), ("a", "1"), ("b", "2"), ("b", "2"), ("b", "3"), ("b", "3"), ("c", "4"), ("c", "4")]
        )
    ]
    waste = wasted(spans)["deploys"]
    assert waste.sentence == "2 cached prefixes were written anew after 2 changes of version"
    assert waste.usd == pytest.approx(2 * 2_000 * (WRITE - READ), rel=0.01)


def test_prefixes_that_differ_from_call_to_call_are_no_deploys(make_span):
    spans = [prefixed(make_span, f"{minute}", "12"[minute // 4], minute) for minute in range(8)]
    assert "deploys" not in wasted(spans)


def test_a_version_that_keeps_a_prefix_of_the_one_before_is_no_rewrite(make_span):
    pairs = [("a", "1"), ("a", "1"), ("a", "2"), ("a", "2"), ("b", "2"), ("b", "2")]
    spans = [prefixed(make_span, *pair, minute) for minute, pair in enumerate(pairs)]
    assert "deploys" not in wasted(spans)


def test_the_report_lists_wastes_the_dearest_first_within_80_columns(client, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    for count in range(module.LEAST_CALLS):
        client.messages.create(**directed("tool-use=orders", tools=TOOLS, messages=number(count % 2)))
    done = CliRunner().invoke(command, [])
    heading, *shown = done.stdout[done.stdout.index("Wasted") :].splitlines()
    assert heading == "Wasted, the most first; what overlaps counts in each:"
    assert all(len(line) <= 80 for line in done.stdout.splitlines()), done.stdout
    assert [line.split()[0] for line in shown if "$" in line] == [
        "$0.0" + shown[0].split("$0.0")[1].split()[0],
        next(line.split()[0] for line in shown if "~$" in line),
    ]


def test_json_has_every_waste_with_its_place_and_the_linters_code_for_it(client, tmp_path):
    source = (
        "import anthropic\n\n\ndef summarise(client: anthropic.Anthropic, text: str):\n"
        "    return client.messages.create(\n"
        '        model="claude-opus-5-5", max_tokens=9,\n'
        '        system="Classify the ticket as urgent or not. Answer yes or no.",\n'
        '        messages=[{"role": "user", "content": text}],\n    )\n'
    )
    (tmp_path / "app.py").write_text(source)
    space = {}
    exec(compile(source, str(tmp_path / "app.py"), "exec"), space)
    for _ in range(3):
        space["summarise"](client, "hello")
    done = CliRunner().invoke(command, ["--format", "json", "--lint"])
    (waste,) = json.loads(done.stdout)["wastes"]
    assert waste["kind"] == "repeated_requests"
    assert waste["call_site"] == {"path": "app.py", "function": "summarise", "line": 5}
    assert waste["codes"] == ["CL301"]


NOW = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
DAY = 86_400_000_000_000


def rate(make_span, days_ago, **attributes):
    spend = Spend()
    at = int(NOW.timestamp()) * 1_000_000_000
    for days in days_ago:
        for call in calls([make_span(attributes, at=at - round(days * DAY))]):
            spend.add(call)
    return spend


def test_the_rate_is_that_of_the_last_seven_days_and_the_month_what_it_makes_of_the_rest(make_span):
    found = rate(make_span, [30, 19, 6, 4, 2, 0.5]).run_rate(NOW)
    assert found.days == 7
    assert found.usd_per_day == pytest.approx(4 * 0.013 / 7)
    assert (found.month, found.month_so_far_usd) == ("November", pytest.approx(5 * 0.013))
    assert found.month_usd == pytest.approx(5 * 0.013 + 10.5 * found.usd_per_day)


def test_of_days_before_the_record_the_rate_is_assumed(make_span):
    found = rate(make_span, [2, 1, 0.1]).run_rate(NOW)
    assert found.usd_per_day == pytest.approx(3 * 0.013 / 2)
    assert found.month_usd == pytest.approx(3 * 0.013 + 28 * found.usd_per_day)


@pytest.mark.parametrize("days_ago", [[], [0.5, 0.1], [9, 3]])
def test_there_is_no_rate_of_less_than_a_day_or_of_what_is_over(make_span, days_ago):
    assert rate(make_span, days_ago).run_rate(NOW) is None


def test_the_share_of_batches_is_by_cost(make_span):
    spend = rate(make_span, [1])
    for call in calls([make_span({"anthropic.response.service_tier": "batch"})]):
        spend.add(call)
    assert spend.batch_share == pytest.approx(1 / 3)
