"""`otel-claude replay`, against an endpoint that answers as told."""

from __future__ import annotations

import fcntl
import json
import os

import pytest
from click.testing import CliRunner

from otel_claude.cli.replay import command
from otel_claude.replay import batches, endpoint
from tests.otel_claude.replay.collector import HANG_UP, Collector

TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    """An empty project, which is the current directory, and a state directory of its own."""
    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(endpoint, "FIRST_PAUSE_S", 0.01)
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def span(number, **more):
    return {
        "traceId": TRACE,
        "spanId": f"{number:016x}",
        "name": "anthropic.messages.create",
        "kind": 3,
        "startTimeUnixNano": "1795176000000000000",
        "endTimeUnixNano": "1795176000000000005",
        "attributes": [{"key": "gen_ai.usage.cost.amount", "value": {"doubleValue": 0.25}}],
        **more,
    }


def line(*spans):
    scope = {"scope": {"name": "com.anthropic.sdk.python"}, "spans": list(spans)}
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "app"}}]}
    return json.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": [scope]}]}) + "\n"


def put(path, numbers):
    path.write_text("".join(line(span(number)) for number in numbers))
    return path


def ids(numbers):
    return [f"{number:016x}" for number in numbers]


def run(*arguments):
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


@pytest.mark.parametrize("protocol", ["http/protobuf", "http/json"])
@pytest.mark.parametrize("more", [(), ("--gzip",)])
def test_every_span_arrives_as_it_was_written(project, protocol, more):
    linked = span(2, parentSpanId=f"{1:016x}", links=[{"traceId": TRACE, "spanId": f"{9:016x}"}])
    file = project / "traces.jsonl"
    file.write_text(line(span(1)) + line(linked))
    with Collector() as collector:
        done = run(file, "--to", collector.url, "--protocol", protocol, *more)
    assert (done.exit_code, done.stdout) == (0, f"Sent 2 spans to {collector.url}/v1/traces\n")
    assert [request["path"] for request in collector.requests] == ["/v1/traces"]
    assert collector.ids == ids([1, 2])
    second = collector.spans[1]
    assert second["parentSpanId"] == f"{1:016x}"
    assert second["links"][0]["spanId"] == f"{9:016x}"
    assert second["attributes"][0]["value"] == {"doubleValue": 0.25}
    assert second["startTimeUnixNano"] == "1795176000000000000"


def test_a_second_replay_sends_only_what_has_come_since(project):
    file = put(project / "traces.jsonl", range(3))
    with Collector() as collector:
        run(file, "--to", collector.url)
        with file.open("a") as more:
            more.write(line(span(3)) + line(span(4))[:40])
        done = run(file, "--to", collector.url)
        assert done.stdout == f"Sent 1 span to {collector.url}/v1/traces (3 were there before)\n"
        with file.open("a") as more:
            more.write(line(span(4))[40:])
        run(file, "--to", collector.url)
    assert collector.ids == ids(range(5))


def test_another_endpoint_gets_everything_and_so_does_the_same_for_a_file_that_was_replaced(project):
    file = put(project / "traces.jsonl", range(2))
    with Collector() as one, Collector() as other:
        run(file, "--to", one.url)
        run(file, "--to", other.url)
        put(file, range(5, 8))
        run(file, "--to", one.url)
    assert other.ids == ids(range(2))
    assert one.ids == ids([0, 1, 5, 6, 7])


def test_a_line_longer_than_a_batch_is_cut_and_its_resource_stays_with_each_part(project, monkeypatch):
    monkeypatch.setattr(batches, "SPANS", 3)
    file = project / "collector.json"
    file.write_text(line(*(span(number) for number in range(7))) + line(span(7)))
    with Collector(200, 200, 400) as collector:
        refused = run(file, "--to", collector.url)
        assert refused.exit_code == 2
        assert collector.ids == ids(range(6))
        run(file, "--to", collector.url)
    assert collector.ids == ids(range(8))


def test_what_the_endpoint_asks_to_send_later_is_sent_again(project):
    file = put(project / "traces.jsonl", range(2))
    with Collector(503, 503) as collector:
        assert run(file, "--to", collector.url).exit_code == 0
    assert len(collector.requests) == 3
    assert collector.ids == ids(range(2))


@pytest.mark.parametrize(
    ("status", "hint"),
    [(401, "wants a key"), (404, "look at the address"), (415, "--protocol"), (302, "302")],
)
def test_a_refusal_says_what_to_do_and_the_spans_are_sent_next_time(project, status, hint):
    file = put(project / "traces.jsonl", range(2))
    with Collector(status) as collector:
        done = run(file, "--to", collector.url)
        assert done.exit_code == 2
        assert f"answered {status}" in done.stderr
        assert hint in done.stderr
        assert run(file, "--to", collector.url).exit_code == 0
    assert collector.ids == ids(range(2))


@pytest.mark.parametrize(("answer", "twice"), [("resend", True), ("skip", False)])
def test_a_batch_without_an_answer_is_not_sent_again_before_the_user_says_so(
    project, monkeypatch, answer, twice
):
    monkeypatch.setattr(batches, "SPANS", 2)
    file = put(project / "traces.jsonl", range(5))
    with Collector(200, HANG_UP) as collector:
        done = run(file, "--to", collector.url)
        assert done.exit_code == 2
        assert "--in-doubt" in done.stderr
        again = run(file, "--to", collector.url)
        assert again.exit_code == 2
        assert len(collector.requests) == 2
        assert run(file, "--to", collector.url, "--in-doubt", answer).exit_code == 0
    expected = [0, 1, 2, 3, 2, 3, 4] if twice else range(5)
    assert collector.ids == ids(expected)


def test_spans_that_the_endpoint_rejects_are_counted_and_not_sent_again(project):
    file = put(project / "traces.jsonl", range(3))
    with Collector({"rejected": 1}) as collector:
        done = run(file, "--to", collector.url)
        assert done.exit_code == 1
        assert done.stdout.startswith("Sent 2 spans")
        assert "refused 1 of the spans: too old" in done.stderr
        assert run(file, "--to", collector.url).exit_code == 0
    assert len(collector.requests) == 1


def test_a_line_that_is_no_trace_is_skipped_and_counted(project):
    file = project / "traces.jsonl"
    file.write_text(line(span(0)) + "not json\n" + '{"resourceLogs": []}\n' + line(span(1)))
    with Collector() as collector:
        done = run(file, "--to", collector.url)
    assert collector.ids == ids(range(2))
    assert done.exit_code == 0
    assert "Skipped 2 lines, the first" in done.stderr


def test_two_replays_at_once_of_one_file_to_one_endpoint_are_refused(project):
    file = put(project / "traces.jsonl", range(2))
    with Collector() as collector:
        run(file, "--to", collector.url)
        (lock,) = (project / "state" / "otel-claude" / "replay").glob("*.lock")
        with lock.open() as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            done = run(file, "--to", collector.url)
    assert done.exit_code == 2
    assert "another process" in done.stderr


def test_the_keys_of_the_environment_go_to_its_own_endpoint_only(project, monkeypatch):
    file = put(project / "traces.jsonl", range(1))
    with Collector() as mine, Collector() as other:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", mine.url)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-honeycomb-team=secret%20key")
        assert run(file).exit_code == 0
        assert run(file, "--to", other.url, "--header", "x-team = a=b").exit_code == 0
    assert mine.requests[0]["headers"]["x-honeycomb-team"] == "secret key"
    assert "x-honeycomb-team" not in other.requests[0]["headers"]
    assert other.requests[0]["headers"]["x-team"] == "a=b"


def test_a_path_in_the_address_is_kept_and_the_full_one_is_not_doubled(project):
    file = put(project / "traces.jsonl", range(1))
    with Collector() as collector:
        run(file, "--to", f"{collector.url}/otlp/")
        run(file, "--to", f"{collector.url}/v1/traces")
    assert [request["path"] for request in collector.requests] == ["/otlp/v1/traces", "/v1/traces"]


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (("f.jsonl",), "--to"),
        (("f.jsonl", "--to", "localhost:4318"), "no address"),
        (("f.jsonl", "--to", "http://127.0.0.1:9", "--header", "x"), "NAME=VALUE"),
        (("-", "--to", "http://127.0.0.1:9"), "cannot be resumed"),
        (("missing", "--to", "http://127.0.0.1:9"), "does not exist"),
        (("--to", "http://127.0.0.1:9"), "no traces here yet"),
        (("f.jsonl", "--to", "http://127.0.0.1:9"), "cannot be reached"),
        (("f.jsonl", "--to", "http://127.0.0.1:9", "--journal", "f.jsonl/x"), "--journal"),
    ],
)
def test_wrong_use_ends_with_2_and_says_what_to_do(project, arguments, wrong):
    put(project / "f.jsonl", range(1))
    done = run(*arguments)
    assert done.exit_code == 2
    assert wrong in done.stderr


def test_an_entry_of_the_journal_that_is_damaged_is_named(project):
    file = put(project / "traces.jsonl", range(1))
    with Collector() as collector:
        run(file, "--to", collector.url)
        (entry,) = (project / "state" / "otel-claude" / "replay").glob("*.json")
        entry.write_text("{}")
        done = run(file, "--to", collector.url)
    assert done.exit_code == 2
    assert str(entry) in done.stderr
