"""The HTML report, in a real browser."""

from __future__ import annotations

import itertools
import re
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timezone

import pytest

from otel_claude.call_site import CallSite
from otel_claude.cost import Cost
from otel_claude.report.calls import Call
from otel_claude.report.notes import Observer
from otel_claude.report.page.content import Gathering
from otel_claude.report.page.document import render
from otel_claude.report.trace import trace_of
from otel_claude.store.reader import Span
from otel_claude.usage import Usage
from tests import browser

NS_AT_NOON = 1_795_176_000_000_000_000
NS_AN_HOUR = 3_600 * 10**9
NOON = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
HOSTILE = "</script><img src=x onerror=\"document.title='broken'\">"
FEATURES = ["support", "triage", HOSTILE, *(f"feature-{number}" for number in range(9))]


def call(number, feature, usd=0.25):
    start_ns = NS_AT_NOON - (number % 6 * 24 + number % 5) * NS_AN_HOUR
    return Call(
        start_ns=start_ns,
        end_ns=start_ns + 500_000_000,
        trace_id=f"{number:032x}",
        span_id=f"{number:016x}",
        model="claude-sonnet-5-5",
        feature=feature,
        task=None,
        call_site=CallSite(f"app/{number % 7}.py", "answer", 12),
        tags={},
        usage=Usage(input_tokens=100, cache_read_tokens=0, cache_write_5m_tokens=3000, output_tokens=10),
        cost=Cost(amount=usd, cache_savings=-0.05, status="exact"),
        stop_reason="end_turn",
        error=None,
    )


def span(number, parent="", name="anthropic.messages.create", **attributes):
    start = 1_795_176_000_000_000_000 + number * 100_000_000
    return Span(
        "a" * 32, f"{number + 1:016x}", parent, name, 3, "app", start, start + 250_000_000, 0, attributes, {}
    )


def page(calls, trace=None, codes=None):
    observer, gathering = Observer(), Gathering()
    for each in calls:
        observer.add(each)
        gathering.add(each)
    notes = replace(observer.notes(NOON), codes=codes or {})
    return gathering.content(notes, trace)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    root = span(0, name="POST /answer")
    trace = trace_of([root, *(span(number, root.span_id) for number in (1, 2))], "a" * 32)
    calls = [call(number, FEATURES[number % len(FEATURES)], 0.25 + number / 100) for number in range(60)]
    codes = {CallSite("app/3.py", "answer", 12): ("CL101",)}
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(render(page(calls, trace, codes)), "utf-8")
    return path


@pytest.fixture(scope="module")
def opened(file):
    with opened_page(file) as driver:
        yield driver


@contextmanager
def opened_page(file, **size):
    try:
        with browser.browser(**size) as driver:
            driver.get(file.as_uri())
            drawn(driver, "light")
            yield driver
    except browser.UnavailableError as error:
        pytest.skip(f"no browser here: {error}")


def drawn(driver, look):
    """Returns when both charts are drawn for a light or a dark page."""
    until = time.monotonic() + 20
    while len(driver.find_elements("css selector", f".chart[data-drawn={look}] svg")) < 2:
        assert time.monotonic() < until, [
            each.text for each in driver.find_elements("css selector", ".chart")
        ]
        time.sleep(0.1)


def test_the_page_has_its_charts_and_asked_for_nothing_over_any_network(opened, file):
    entries = opened.execute_script("return performance.getEntriesByType('resource').map(e => e.name)")
    assert entries == []
    assert [line for line in opened.get_log("browser") if line["level"] == "SEVERE"] == []
    sources = re.findall(
        r'(?:src|href)="(https?://[^"]+)"', re.sub(r"<script>.*?</script>", "", file.read_text(), flags=re.S)
    )
    assert all(each.startswith("https://github.com/otel-claude/") for each in sources)


def test_a_name_that_is_markup_is_shown_as_text(opened):
    assert opened.title.startswith("Claude calls")
    assert opened.find_elements("css selector", "img") == []
    assert HOSTILE in opened.find_element("css selector", "main").get_attribute("textContent")


def test_sums_findings_and_the_trace_are_there_without_the_charts(opened):
    text = opened.find_element("css selector", "main").get_attribute("textContent")
    total = sum(0.25 + number / 100 for number in range(60))
    assert f"${total:.2f}" in text
    assert "app/3.py:12" in text
    (link,) = {each.get_attribute("href") for each in opened.find_elements("link text", "CL101")}
    assert link.endswith("/docs/rules/CL101.md")
    rows = opened.find_elements("css selector", ".waterfall tbody tr")
    assert [row.find_element("css selector", "td").text.splitlines()[0] for row in rows] == [
        "POST /answer",
        "messages.create",
        "messages.create",
    ]


def test_the_numbers_of_a_chart_open_below_it(opened):
    summary = opened.find_element("css selector", "details summary")
    table = opened.find_element("css selector", "details table")
    assert not table.is_displayed()
    summary.click()
    assert table.is_displayed()
    assert "all others" in table.text


def test_the_charts_follow_the_page_into_the_dark_and_back(opened):
    def ink():
        return opened.execute_script(
            "return getComputedStyle(document.querySelector('.chart svg text')).fill"
        )

    light = ink()
    for look in ("dark", "light"):
        emulated = {"features": [{"name": "prefers-color-scheme", "value": look}]}
        opened.execute_cdp_cmd("Emulation.setEmulatedMedia", emulated)
        drawn(opened, look)
        assert (ink() == light) == (look == "light")


def test_it_fits_a_phone(file):
    with opened_page(file, width=360, height=740) as driver:
        assert driver.execute_script("return document.documentElement.scrollWidth") <= 360
        widths = driver.execute_script(
            "return [...document.querySelectorAll('.chart svg')].map(e => e.clientWidth)"
        )
        assert all(0 < width <= 360 for width in widths)


def test_on_a_phone_no_table_is_cut_off_and_no_label_touches_the_next(file):
    with opened_page(file, width=390, height=740) as driver:
        cut = driver.execute_script(
            "return [...document.querySelectorAll('.scroll')]"
            ".filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth).map(e => e.innerText)"
        )
        labels = driver.execute_script(
            "return [...document.querySelectorAll('#cache-chart .role-axis-label text')]"
            ".filter(e => e.textContent.endsWith('%') && e.getAttribute('opacity') !== '0')"
            ".map(e => e.getBoundingClientRect()).map(e => [e.left, e.right])"
        )
    assert cut == []
    gaps = [after[0] - before[1] for before, after in itertools.pairwise(sorted(labels))]
    assert gaps
    assert min(gaps) >= 5


def test_a_path_is_broken_between_its_folders():
    with_path = replace(call(0, "search"), call_site=CallSite("shop/helpdesk/answers.py", "answer", 12))
    assert "<code>shop/<wbr>helpdesk/<wbr>answers.py:12</code>" in render(page([with_path]))


def test_calls_of_one_minute_are_of_that_minute():
    assert '<p class="soft">2026-11-20 12:00 UTC</p>' in render(page([call(0, "search")] * 2))


@pytest.mark.parametrize("look", ["light", "dark"])
def test_assistive_technology_can_read_it(opened, look):
    try:
        code = browser.axe()
    except browser.UnavailableError as error:
        pytest.skip(str(error))
    opened.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": look}]}
    )
    drawn(opened, look)
    opened.execute_script(code)
    found = opened.execute_async_script("axe.run().then(arguments[arguments.length - 1])")
    assert [(each["id"], each["nodes"][0]["html"][:200]) for each in found["violations"]] == []


def test_a_page_without_calls_says_so():
    text = render(page([]))
    assert "No Claude calls in this time." in text
    assert "<script" not in text
