"""What the calls of a process add up to in its metrics, sampled or not, and where they are sent."""

from __future__ import annotations

import asyncio
import os
import threading
from collections import Counter

import anthropic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON

import otel_claude
from otel_claude import attributes as names
from otel_claude.backlog import BOUND
from otel_claude.metrics import OVERFLOW, SERIES_LIMIT, Dimensions, Measurement, Recorder
from otel_claude.provider import Metering
from otel_claude.simulator import Simulator
from otel_claude.usage import TOKEN_KINDS
from tests.otel_claude.sdk.in_memory import API, USAGE, tracing
from tests.receivers.ingest import Ingest
from tests.receivers.programs import PREFIX_TOKENS, READ_USD, SUPPORT, WRITE_USD, Project

USD = 0.000248
"""What a call of `ASK` costs on Sonnet 5.5: 4 tokens at $2 a million and 24 of output at $10."""

ASK = {
    "model": "claude-sonnet-5-5",
    "max_tokens": 64,
    "messages": [{"role": "user", "content": "hello, Claude!"}],
}
CACHED = {
    **ASK,
    "system": [{"type": "text", "text": "x" * 4 * PREFIX_TOKENS, "cache_control": {"type": "ephemeral"}}],
}


class Metrics:
    """A meter provider, and what was recorded in it."""

    def __init__(self):
        self.reader = InMemoryMetricReader()
        self.provider = MeterProvider([self.reader])

    def points(self, name):
        data = self.reader.get_metrics_data()
        return [
            point
            for resource in (data.resource_metrics if data else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name == name
            for point in metric.data.data_points
        ]

    def usd(self):
        return sum(point.value for point in self.points(names.METRIC_COST))

    def tokens(self):
        sums = Counter()
        for point in self.points(names.METRIC_TOKENS):
            sums[point.attributes[names.TOKEN_KIND]] += point.value
        return dict(sums)

    def calls(self):
        return sum(point.count for point in self.points(names.METRIC_DURATION))


@pytest.fixture
def metrics():
    one = Metrics()
    yield one
    one.provider.shutdown()


@pytest.fixture(params=[ALWAYS_ON, ALWAYS_OFF], ids=["sampled", "unsampled"])
def client(request, metrics):
    """A client whose calls are measured, with every trace sampled and with none."""
    otel_claude.instrument(
        tracer_provider=TracerProvider(sampler=request.param), meter_provider=metrics.provider, summary=False
    )
    with Simulator() as sim, anthropic.Anthropic(api_key="k", base_url=sim.url, max_retries=0) as one:
        yield one
    otel_claude.uninstrument()


def test_cost_and_tokens_add_up_to_those_of_the_calls(client, metrics):
    client.messages.create(**CACHED)
    client.messages.create(**CACHED)
    assert metrics.usd() == pytest.approx(WRITE_USD + READ_USD, rel=1e-12)
    assert metrics.tokens() == {
        "input": 8,
        "cache_write_5m": PREFIX_TOKENS,
        "cache_read": PREFIX_TOKENS,
        "output": 48,
    }
    assert metrics.calls() == 2


def _create(client):
    client.messages.create(**ASK)


def _stream(client):
    for _ in client.messages.create(**ASK, stream=True):
        pass


def _helper(client):
    with client.messages.stream(**ASK) as stream:
        "".join(stream.text_stream)
        stream.get_final_message()


def _raw(client):
    client.messages.with_raw_response.create(**ASK).parse()


def _lines(client):
    with client.messages.with_streaming_response.create(**ASK) as response:
        list(response.iter_lines())


def _async(client):
    async def ask():
        base_url = str(client.base_url)
        one = anthropic.AsyncAnthropic(api_key="k", base_url=base_url, max_retries=0)
        async with one, one.messages.stream(**ASK) as stream:
            await stream.get_final_message()

    asyncio.run(ask())


@pytest.mark.parametrize("shape", [_create, _stream, _helper, _raw, _lines, _async])
def test_every_shape_of_call_is_counted_once(client, metrics, shape):
    shape(client)
    assert metrics.usd() == USD
    assert metrics.tokens() == {"input": 4, "output": 24}
    assert metrics.calls() == 1


def test_a_collection_in_the_middle_counts_nothing_twice(client, metrics):
    for calls in range(1, 4):
        client.messages.create(**ASK)
        assert metrics.calls() == calls
    assert metrics.usd() == pytest.approx(3 * USD, rel=1e-12)


def test_a_series_is_told_by_model_feature_tier_and_status(client, metrics):
    with otel_claude.feature("search"):
        client.messages.create(**ASK)
    (point,) = metrics.points(names.METRIC_COST)
    assert dict(point.attributes) == {
        names.REQUEST_MODEL: "claude-sonnet-5-5",
        names.RESPONSE_MODEL: "claude-sonnet-5-5",
        names.FEATURE: "search",
        names.RESPONSE_SERVICE_TIER: "standard",
        names.COST_STATUS: "exact",
    }


def test_durations_of_the_usual_length_fall_into_different_buckets(metrics):
    recorder = Recorder(Metering(metrics.provider))
    for duration_s in (0.3, 0.9, 3.0, 9.0, 30.0):
        recorder.record(Measurement(Dimensions("m"), duration_s, None, ()))
    (point,) = metrics.points(names.METRIC_DURATION)
    assert max(point.bucket_counts) == 1


def test_a_failed_call_has_a_duration_and_an_error_but_no_cost(client, metrics):
    with pytest.raises(anthropic.APIStatusError):
        client.messages.create(**ASK, extra_headers={"x-simulate": "error=529"})
    (point,) = metrics.points(names.METRIC_DURATION)
    assert (point.count, point.attributes[names.ERROR_TYPE]) == (1, "overloaded_error")
    assert metrics.points(names.METRIC_COST) == []


def test_an_unpriced_call_counts_its_tokens_and_no_cost(client, metrics):
    client.messages.create(**{**ASK, "model": "claude-unheard-of-9"})
    assert metrics.points(names.METRIC_COST) == []
    assert metrics.tokens() == {"input": 4, "output": 24}
    (point,) = metrics.points(names.METRIC_DURATION)
    assert point.attributes[names.COST_STATUS] == "unpriced"


def test_instrumented_anew_calls_are_still_collected_at_once(metrics):
    with Simulator() as sim:
        for _ in range(3):
            otel_claude.instrument(
                tracer_provider=TracerProvider(), meter_provider=metrics.provider, summary=False
            )
            with anthropic.Anthropic(api_key="k", base_url=sim.url) as client:
                client.messages.create(**ASK)
            otel_claude.uninstrument()
    assert metrics.calls() == 3


def _measurement(feature="a", usd=0.5, tokens=(2, 0, 0, 0, 3)):
    return Measurement(Dimensions("m", attributed=((names.FEATURE, feature),)), 0.25, usd, tokens)


def test_the_first_calls_of_many_threads_are_all_counted(metrics):
    recorder = Recorder(Metering(metrics.provider))
    together = threading.Barrier(8)

    def record():
        together.wait()
        for _ in range(50):
            recorder.record(_measurement())

    threads = [threading.Thread(target=record) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert metrics.calls() == 400
    assert metrics.usd() == 200.0


def test_more_calls_than_the_backlog_holds_are_all_counted(metrics):
    recorder = Recorder(Metering(metrics.provider))
    for _ in range(2 * BOUND + 1):
        recorder.record(_measurement())
    assert metrics.calls() == 2 * BOUND + 1


def test_beyond_the_limit_of_series_the_rest_is_under_overflow_and_nothing_is_lost(metrics):
    recorder = Recorder(Metering(metrics.provider))
    count = SERIES_LIMIT + 500
    for number in range(count):
        recorder.record(_measurement(f"feature {number}"))
    for name in (names.METRIC_COST, names.METRIC_TOKENS, names.METRIC_DURATION):
        points = metrics.points(name)
        assert len(points) <= SERIES_LIMIT
        assert [point for point in points if point.attributes[names.FEATURE] == OVERFLOW]
    assert metrics.usd() == 0.5 * count
    assert metrics.tokens() == {"input": 2 * count, "output": 3 * count}
    assert metrics.calls() == count


def test_a_known_series_is_kept_apart_also_after_the_limit(metrics):
    recorder = Recorder(Metering(metrics.provider))
    for number in range(SERIES_LIMIT + 500):
        recorder.record(_measurement(f"feature {number}"))
    recorder.record(_measurement("feature 0"))
    (point,) = [
        point for point in metrics.points(names.METRIC_COST) if point.attributes[names.FEATURE] == "feature 0"
    ]
    assert point.value == 1.0


_STEPS = st.lists(
    st.one_of(
        st.just("collect"),
        st.builds(
            _measurement,
            feature=st.sampled_from("abc"),
            usd=st.none() | st.integers(0, 1000),
            tokens=st.just(()) | st.tuples(*(st.integers(0, 10**6) for _ in TOKEN_KINDS)),
        ),
    ),
    max_size=30,
)


@given(_STEPS)
@settings(max_examples=50, deadline=None)
def test_the_sums_are_those_of_the_calls_whenever_they_are_collected(steps):
    metrics = Metrics()
    recorder = Recorder(Metering(metrics.provider))
    for step in steps:
        if step == "collect":
            metrics.calls()
        else:
            recorder.record(step)
    measured = [step for step in steps if step != "collect"]
    assert metrics.calls() == len(measured)
    assert metrics.usd() == sum(each.cost_usd or 0 for each in measured)
    sums = Counter()
    for each in measured:
        sums.update(dict(zip(TOKEN_KINDS, each.tokens, strict=False)))
    assert metrics.tokens() == {kind: count for kind, count in sums.items() if count}
    metrics.provider.shutdown()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform does not fork")
def test_a_forked_child_counts_its_own_calls_and_not_what_waited_in_the_parent(metrics):
    recorder = Recorder(Metering(metrics.provider))
    recorder.record(_measurement())
    assert metrics.calls() == 1
    recorder.record(_measurement())  # it waits when the process forks
    child = os.fork()
    if child == 0:
        recorder.record(_measurement())
        os._exit(metrics.calls())
    _, status = os.waitpid(child, 0)
    # The one that was collected before, which the child's copy of the metrics has, and its own.
    assert os.waitstatus_to_exitcode(status) == 2
    assert metrics.calls() == 2


@pytest.mark.parametrize(
    ("variables", "sends"),
    [
        ({}, False),
        ({"OTEL_METRICS_EXPORTER": "none"}, False),
        ({"OTEL_METRICS_EXPORTER": "otlp"}, True),
        ({"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "{url}/v1/metrics"}, True),
        ({"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "{url}/v1/metrics", "OTEL_METRICS_EXPORTER": "none"}, False),
    ],
)
def test_metrics_are_sent_only_where_the_environment_names_a_place_for_them(tmp_path, variables, sends):
    with Simulator() as sim, Ingest() as backend:
        ran = Project(tmp_path / "shop", sim.url).run(
            SUPPORT,
            OTEL_EXPORTER_OTLP_ENDPOINT=backend.url,
            **{name: value.format(url=backend.url) for name, value in variables.items()},
        )
    assert (ran.code, ran.err) == (0, "")
    assert len(backend.received.calls()) == 2
    assert backend.received.paths() == ({"/v1/traces", "/v1/metrics"} if sends else {"/v1/traces"})
    if sends:
        usd = sum(point.as_double for point in backend.received.metrics[names.METRIC_COST])
        assert usd == pytest.approx(WRITE_USD + READ_USD, rel=1e-12)
        assert sum(point.count for point in backend.received.metrics[names.METRIC_DURATION]) == 2


def test_a_global_meter_provider_that_is_set_later_gets_every_call_from_then_on(tmp_path):
    source = (
        SUPPORT
        + """
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

reader = InMemoryMetricReader()
metrics.set_meter_provider(MeterProvider([reader]))
answer()
(resource,) = reader.get_metrics_data().resource_metrics
(scope,) = resource.scope_metrics
print(sorted(metric.name for metric in scope.metrics))
print(sum(point.value for metric in scope.metrics if metric.name.endswith("cost") for point in metric.data.data_points))
"""
    )
    with Simulator() as sim:
        ran = Project(tmp_path / "shop", sim.url).run(source)
    assert ran.code == 0, ran.err
    *_, recorded, usd = ran.out.splitlines()
    assert recorded == str(sorted([names.METRIC_COST, names.METRIC_TOKENS, names.METRIC_DURATION]))
    assert float(usd) == READ_USD


def test_an_exporter_that_serves_metrics_is_given_them_to_serve(tmp_path):
    # The exporter for Prometheus is of this kind: a reader, which OpenTelemetry's SDK takes as it is.
    entry_points = (
        "[opentelemetry_metrics_exporter]\nmemory = opentelemetry.sdk.metrics.export:InMemoryMetricReader\n"
    )
    installed = tmp_path / "installed" / "memory-1.0.dist-info"
    installed.mkdir(parents=True)
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: memory\nVersion: 1.0\n")
    (installed / "entry_points.txt").write_text(entry_points)
    source = (
        SUPPORT
        + """
import gc
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
(reader,) = [each for each in gc.get_objects() if isinstance(each, InMemoryMetricReader)]
print(*[metric.name for metric in reader.get_metrics_data().resource_metrics[0].scope_metrics[0].metrics])
"""
    )
    with Simulator() as sim:
        ran = Project(tmp_path / "shop", sim.url).run(
            source, python_path=installed.parent, OTEL_METRICS_EXPORTER="memory", OTEL_TRACES_EXPORTER="none"
        )
    assert (ran.code, ran.err) == (0, "")
    assert {names.METRIC_COST, names.METRIC_TOKENS} <= set(ran.out.splitlines()[-1].split())


def test_calls_that_missed_the_cache_are_counted_by_the_reason_sampled_or_not():
    usage = {**USAGE, "cache_read_input_tokens": 0, "cache_creation_input_tokens": 900}
    with tracing(sampler=ALWAYS_OFF) as traced, otel_claude.feature("notes"):
        client = API(usage).client()
        for number in range(3):
            text = f"{number}. handbook " * 400
            block = {"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}
            client.messages.create(**ASK, system=[block])
    points = traced.points(names.METRIC_CACHE_MISSES)
    assert {point.attributes[names.CACHE_MISS_REASON]: point.value for point in points} == {
        "first_write": 1,
        "system_changed": 2,
    }
    assert {point.attributes[names.FEATURE] for point in points} == {"notes"}
    assert traced.spans == ()
