"""The one line at exit."""

from __future__ import annotations

import pytest

from otel_claude.cost import Cost
from otel_claude.simulator import Simulator
from otel_claude.summary import Result, Summary
from otel_claude.usage import Usage
from tests.receivers.ingest import Ingest
from tests.receivers.programs import SUPPORT, Project

LINE = "otel-claude: 2 Claude calls, $0.0070, 50% of input read from cache · otel-claude report\n"
"""Of `SUPPORT`, whose calls cost $0.006996 and read 2,500 of 5,008 tokens of input from the cache."""


@pytest.fixture
def project(tmp_path):
    with Simulator() as sim:
        yield Project(tmp_path / "shop", sim.url)


def _of(*costs, tokens=100, read=0):
    summary = Summary()
    summary.switch_on()
    try:
        for amount in costs:
            usage = Usage(input_tokens=tokens - read, cache_read_tokens=read)
            summary.add(Result(usage, Cost(amount=amount)))
        return summary.line()
    finally:
        summary.switch_off()


def test_it_says_calls_cost_cache_share_and_what_shows_more():
    assert _of(0.25, 0.5, tokens=100, read=75) == (
        "otel-claude: 2 Claude calls, $0.7500, 75% of input read from cache · otel-claude report"
    )


def test_one_call_is_a_call():
    assert _of(0.25).startswith("otel-claude: 1 Claude call, $0.2500, ")


def test_large_numbers_are_grouped():
    assert _of(*[1.0] * 1234).startswith("otel-claude: 1,234 Claude calls, $1,234.0000, ")


def test_unpriced_calls_are_counted_and_said():
    assert _of(0.25, None, None).startswith("otel-claude: 3 Claude calls, $0.2500 + 2 unpriced, ")


def test_no_input_at_all_is_no_share_of_it():
    assert "0% of input" in _of(0.0, tokens=0)


def test_nothing_called_is_no_line():
    assert _of() is None


def test_it_is_printed_once_on_stderr_at_exit(project):
    ran = project.run(SUPPORT)
    assert (ran.code, ran.out, ran.err) == (0, "24\n24", LINE)


def test_an_application_that_calls_nothing_says_nothing(project):
    ran = project.run(SUPPORT, CALLS="0")
    assert (ran.code, ran.out, ran.err) == (0, "", "")


@pytest.mark.parametrize("value", ["off", "False"])
def test_the_environment_switches_it_off(project, value):
    assert project.run(SUPPORT, OTEL_CLAUDE_SUMMARY=value).err == ""


def test_an_argument_switches_it_off(project):
    assert project.run(SUPPORT.replace("instrument()", "instrument(summary=False)")).err == ""


def test_it_is_not_for_spans_that_went_elsewhere_or_nowhere(project):
    with Ingest() as backend:
        assert project.run(SUPPORT, OTEL_EXPORTER_OTLP_ENDPOINT=backend.url).err == ""
    assert len(backend.received.calls()) == 2
    assert project.run(SUPPORT, OTEL_CLAUDE_STORE="off").err == ""
    assert project.files() == set()


def test_calls_that_failed_are_not_counted(project):
    source = (
        SUPPORT.replace("answer().usage", "answer().usage")
        + """
try:
    client.messages.create(
        model="claude-sonnet-5-5", max_tokens=1, messages=[], extra_headers={"x-simulate": "error=529"}
    )
except anthropic.APIStatusError:
    print("failed")
"""
    )
    ran = project.run(source)
    assert (ran.out.splitlines()[-1], ran.err) == ("failed", LINE)


def test_a_forked_child_prints_nothing_and_the_parent_counts_its_own_calls(project):
    ran = project.run(
        SUPPORT
        + """
child = os.fork()
if child == 0:
    answer()
    sys.exit()  # through its exit handlers
os.waitpid(child, 0)
"""
    )
    assert ran.err == LINE


@pytest.mark.parametrize("method", ["spawn", "forkserver", "fork"])
def test_a_worker_of_multiprocessing_prints_nothing(project, method):
    source = (
        SUPPORT.split("for _ in")[0]
        + f"""
def work():
    answer()
    print("worked", flush=True)


if __name__ == "__main__":
    import multiprocessing

    answer()
    worker = multiprocessing.get_context("{method}").Process(target=work)
    worker.start()
    worker.join()
    answer()
    assert worker.exitcode == 0
"""
    )
    ran = project.run(source)
    assert ran.code == 0, ran.err
    assert "worked" in ran.out
    assert ran.err.count("otel-claude:") == 1
    assert ran.err.startswith("otel-claude: 2 Claude calls, ")


def test_a_closed_stderr_is_no_error(project):
    ran = project.run(SUPPORT + "\nsys.stderr.close()\n")
    assert (ran.code, ran.out) == (0, "24\n24")
