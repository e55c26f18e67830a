"""Tasks: what one comes to, on its span and in the metrics."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import enum
import gc
import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import anthropic
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

import otel_claude
from otel_claude import attributes as names
from otel_claude.simulator import Simulator
from tests.otel_claude.sdk.in_memory import API, ASK, REFUSED_MAX_TOKENS, USAGE, tracing

USD = 0.0000547
"""What a call of `ASK` costs: 12 tokens at $2, 7 read at $0.1 and 3 of output at $10, a million."""


@pytest.fixture
def traced():
    with tracing() as one:
        yield one


@pytest.fixture
def client():
    return API().client()


def tasks(traced, name=None):
    found = [span for span in traced.spans if names.TASK_CALLS in span.attributes]
    return [span for span in found if name in {None, span.attributes[names.TASK_NAME]}]


def calls(traced):
    return [span for span in traced.spans if span.name == names.INFERENCE_SPAN]


def counted(traced, metric):
    return sum(point.value for point in traced.points(metric))


def test_the_size_of_a_tasks_cost_with_the_tasks_inside_is_on_its_span_for_search(traced):
    dear = API({"input_tokens": 60_000, "output_tokens": 0}).client()
    with otel_claude.task("outer"), otel_claude.task("inner"):
        dear.messages.create(**ASK)
    with otel_claude.task("without calls"):
        pass
    found = {
        span.attributes[names.TASK_NAME]: span.attributes.get(names.TASK_COST_BUCKET)
        for span in tasks(traced)
    }
    assert found == {"outer": "0.1_to_1", "inner": "0.1_to_1", "without calls": "lt_0.001"}


def test_a_task_is_a_span_that_sums_the_calls_inside_under_names_of_its_own(traced, client):
    with otel_claude.feature("support"), otel_claude.task("classify", unit="ticket", value_usd=0.4) as run:
        client.messages.create(**ASK)
        client.messages.create(**ASK)
        run.record(passed=True, score=0.9)
    client.messages.create(**ASK)
    (task,) = tasks(traced)
    found = dict(task.attributes)
    assert task.name == "task classify"
    assert found.pop(names.TASK_COST) == pytest.approx(2 * USD)
    assert len(found.pop(names.TASK_ID)) == 16
    assert found == {
        names.FEATURE: "support",
        names.TASK_NAME: "classify",
        names.TASK_UNIT: "ticket",
        names.TASK_VALUE: 0.4,
        names.TASK_PASSED: True,
        names.TASK_SCORE: 0.9,
        names.TASK_COST_BUCKET: "lt_0.001",
        names.TASK_CALLS: 2,
        names.TASK_ATTEMPTS: 1,
        names.TASK_MODELS: ("claude-sonnet-5-5",),
        "otel_claude.task.tokens.input": 2 * USAGE["input_tokens"],
        "otel_claude.task.tokens.cache_read": 2 * USAGE["cache_read_input_tokens"],
        "otel_claude.task.tokens.cache_write_5m": 0,
        "otel_claude.task.tokens.cache_write_1h": 0,
        "otel_claude.task.tokens.output": 2 * USAGE["output_tokens"],
    }
    first, second, outside = calls(traced)
    assert {first.parent.span_id, second.parent.span_id} == {task.context.span_id}
    assert outside.parent is None
    assert (
        first.attributes[names.TASK_ID] == second.attributes[names.TASK_ID] == task.attributes[names.TASK_ID]
    )
    assert names.TASK_NAME not in outside.attributes


@pytest.fixture
def simulated():
    with (
        Simulator() as simulator,
        anthropic.Anthropic(api_key="k", base_url=simulator.url, max_retries=0) as one,
    ):
        yield one


def ask(client, model, **more):
    return client.messages.create(**{**ASK, "model": model, **more})


def test_haiku_that_failed_and_opus_after_it_are_one_task_with_one_cost(traced, simulated):
    with otel_claude.task("classify") as run:
        ask(simulated, "claude-haiku-5-5")
        ask(simulated, "claude-opus-5")
        run.record(passed=True)
    (task,) = tasks(traced)
    assert task.attributes[names.TASK_CALLS] == task.attributes[names.TASK_ATTEMPTS] == 2
    assert task.attributes[names.TASK_MODELS] == ("claude-haiku-5-5", "claude-opus-5")
    cost = sum(span.attributes[names.COST_AMOUNT] for span in calls(traced))
    assert task.attributes[names.TASK_COST] == pytest.approx(cost)
    (point,) = traced.points(names.METRIC_TASKS_FINISHED)
    assert dict(point.attributes) == {
        names.TASK_NAME: "classify",
        names.TASK_PASSED: "true",
        names.TASK_RETRIED: "true",
        names.TASK_ESCALATED: "true",
        names.TASK_FIRST_MODEL: "claude-haiku-5-5",
    }


class TestAnAttempt:
    def attempts(self, traced):
        return tasks(traced)[-1].attributes[names.TASK_ATTEMPTS]

    def test_goes_on_while_the_same_model_is_asked_again(self, traced, client):
        with otel_claude.task("agent"):
            for _ in range(3):
                client.messages.create(**ASK)
        assert self.attempts(traced) == 1

    def test_ends_with_a_verdict(self, traced, client):
        with otel_claude.task("write") as run:
            for passed in (False, False, True):
                client.messages.create(**ASK)
                run.record(passed=passed)
        assert self.attempts(traced) == 3
        assert tasks(traced)[-1].attributes[names.TASK_PASSED] is True

    def test_ends_with_a_call_that_failed(self, traced, client):
        with otel_claude.task("write"):
            with pytest.raises(anthropic.BadRequestError):
                client.messages.create(**{**ASK, "max_tokens": REFUSED_MAX_TOKENS})
            client.messages.create(**ASK)
        assert self.attempts(traced) == 2
        assert tasks(traced)[-1].attributes[names.TASK_COST] == pytest.approx(USD)

    def test_is_one_for_calls_that_are_under_way_together(self, traced, client):
        with otel_claude.task("vote"):
            first = client.messages.create(**ASK, stream=True)
            other = ask(client, "claude-haiku-5-5", stream=True)
            list(first)
            list(other)
        assert self.attempts(traced) == 1

    def test_is_none_without_a_call(self, traced):
        with otel_claude.task("nothing"):
            pass
        assert self.attempts(traced) == 0
        assert tasks(traced)[-1].attributes[names.TASK_COST] == 0


class TestNested:
    def test_a_call_counts_in_the_innermost_task_alone(self, traced, client):
        with otel_claude.task("resolve") as outer:
            client.messages.create(**ASK)
            with otel_claude.task("classify"):
                client.messages.create(**ASK)
            with otel_claude.task("classify"):
                client.messages.create(**ASK)
            assert outer.cost_usd == pytest.approx(3 * USD)
        first, second, resolve = tasks(traced)
        for inner in (first, second):
            assert inner.attributes[names.TASK_COST] == pytest.approx(USD)
            assert inner.attributes[names.TASK_PARENT_ID] == resolve.attributes[names.TASK_ID]
            assert names.TASK_NESTED_COST not in inner.attributes
        assert resolve.attributes[names.TASK_COST] == pytest.approx(USD)
        assert resolve.attributes[names.TASK_NESTED_COST] == pytest.approx(2 * USD)
        assert resolve.attributes[names.TASK_CALLS] == 1

    def test_costs_of_three_levels_reach_the_outermost(self, traced, client):
        with otel_claude.task("a"), otel_claude.task("b"), otel_claude.task("c"):
            client.messages.create(**ASK)
        assert tasks(traced, "a")[0].attributes[names.TASK_NESTED_COST] == pytest.approx(USD)


class TestAnException:
    def test_that_leaves_a_task_fails_it(self, traced):
        with pytest.raises(LookupError), otel_claude.task("classify"):
            raise LookupError
        (task,) = tasks(traced)
        assert task.attributes[names.TASK_PASSED] is False
        assert task.attributes[names.ERROR_TYPE] == "LookupError"
        assert task.status.status_code.name == "ERROR"
        assert task.events == ()

    def test_does_not_take_back_what_was_recorded(self, traced):
        with contextlib.suppress(LookupError), otel_claude.task("classify") as run:
            run.record(passed=True)
            raise LookupError
        assert tasks(traced)[0].attributes[names.TASK_PASSED] is True

    @pytest.mark.parametrize("error", [asyncio.CancelledError, KeyboardInterrupt, GeneratorExit])
    def test_that_says_to_stop_is_no_verdict(self, traced, error):
        with pytest.raises(error), otel_claude.task("classify"):
            raise error
        (task,) = tasks(traced)
        assert names.TASK_PASSED not in task.attributes
        assert task.status.status_code.name == "UNSET"


def test_a_stream_that_is_read_after_its_task_has_the_task_and_the_span_says_what_it_lacks(traced, client):
    with otel_claude.task("write") as run:
        client.messages.create(**ASK)
        stream = client.messages.create(**ASK, stream=True)
    list(stream)
    (task,) = tasks(traced)
    assert task.attributes[names.TASK_COST] == pytest.approx(USD)
    assert (task.attributes[names.TASK_CALLS], task.attributes[names.TASK_OPEN_CALLS]) == (2, 1)
    assert [span.attributes[names.TASK_ID] for span in calls(traced)] == [run.id, run.id]
    of_task = [
        point for point in traced.points(names.METRIC_COST) if point.attributes[names.TASK_NAME] == "write"
    ]
    assert sum(point.value for point in of_task) == pytest.approx(2 * USD)


def test_calls_without_a_price_are_counted_beside_the_cost(traced):
    with Simulator() as simulator, anthropic.Anthropic(api_key="k", base_url=simulator.url) as client:
        with otel_claude.task("a"):
            ask(client, "claude-unheard-of-9")
        with otel_claude.task("b"):
            ask(client, "claude-unheard-of-9")
            ask(client, "claude-haiku-5-5")
    (unpriced,), (partly,) = tasks(traced, "a"), tasks(traced, "b")
    assert names.TASK_COST not in unpriced.attributes
    assert unpriced.attributes[names.TASK_UNPRICED] == partly.attributes[names.TASK_UNPRICED] == 1
    assert partly.attributes[names.TASK_COST] > 0


class TestMetrics:
    def test_tell_tasks_that_began_from_those_that_finished(self, traced):
        with otel_claude.feature("support"):
            contextvars.copy_context().run(otel_claude.task("never").__enter__)
            with otel_claude.task("classify", value_usd=0.5) as run:
                run.record(passed=True, score=0.8)
            with otel_claude.task("classify", value_usd=0.5) as run:
                run.record(passed=False, score=0.4)
        assert counted(traced, names.METRIC_TASKS_STARTED) == 3
        assert counted(traced, names.METRIC_TASKS_FINISHED) == 2
        assert counted(traced, names.METRIC_TASK_VALUE) == 0.5
        (score,) = traced.points(names.METRIC_TASK_SCORE)
        assert (score.sum, score.count) == (pytest.approx(1.2), 2)
        assert dict(score.attributes) == {names.TASK_NAME: "classify", names.FEATURE: "support"}

    def test_are_whole_where_no_trace_is_sampled(self, client):
        with tracing(ALWAYS_OFF) as traced:
            with otel_claude.task("classify") as run:
                client.messages.create(**ASK)
                run.record(passed=True)
            assert not traced.spans
            assert counted(traced, names.METRIC_TASKS_FINISHED) == 1
            (cost,) = traced.points(names.METRIC_COST)
            assert cost.attributes[names.TASK_NAME] == "classify"

    def test_of_names_without_end_overflow(self, traced):
        for number in range(2200):
            with otel_claude.task(f"ticket-{number}"):
                pass
        points = traced.points(names.METRIC_TASKS_STARTED)
        assert len(points) <= 2000
        assert sum(point.value for point in points) == 2200
        assert any(point.attributes[names.TASK_NAME] == "__overflow__" for point in points)


class TestDecorated:
    def test_each_call_of_a_function_is_a_task_that_its_code_can_reach(self, traced):
        @otel_claude.task("classify")
        def classify(passed):
            otel_claude.current_task().record(passed=passed)
            return passed

        assert [classify(True), classify(False)] == [True, False]
        assert [task.attributes[names.TASK_PASSED] for task in tasks(traced)] == [True, False]

    def test_a_function_that_returns_a_coroutine_is_one_task(self, traced):
        client = API().async_client()
        asked = otel_claude.task("classify")(lambda: client.messages.create(**ASK))
        asyncio.run(asked())
        (task,) = tasks(traced)
        assert task.attributes[names.TASK_CALLS] == 1

    async def test_a_coroutine_function_is_one_task_a_call(self, traced):
        client = API().async_client()

        @otel_claude.task("classify")
        async def classify():
            return await client.messages.create(**ASK)

        await asyncio.gather(*(classify() for _ in range(5)))
        assert [task.attributes[names.TASK_CALLS] for task in tasks(traced)] == [1] * 5
        parents = {task.context.span_id: task.attributes[names.TASK_ID] for task in tasks(traced)}
        assert all(parents[call.parent.span_id] == call.attributes[names.TASK_ID] for call in calls(traced))

    def test_a_generator_is_one_task_from_its_first_step_to_its_last(self, traced, client):
        @otel_claude.task("walk")
        def steps():
            for _ in range(3):
                yield client.messages.create(**ASK)

        for _ in steps():
            client.messages.create(**ASK)
        (task,) = tasks(traced)
        assert task.attributes[names.TASK_CALLS] == 3
        assert len([call for call in calls(traced) if call.parent is None]) == 3

    async def test_an_async_generator_that_is_left_ends_its_task_without_a_verdict(self, traced, caplog):
        client = API().async_client()

        @otel_claude.task("walk")
        async def steps():
            while True:
                yield await client.messages.create(**ASK)

        async for _ in steps():
            await client.messages.create(**ASK)
            break
        gc.collect()
        await asyncio.sleep(0.01)
        (task,) = tasks(traced)
        assert task.attributes[names.TASK_CALLS] == 1
        assert names.TASK_PASSED not in task.attributes
        assert [names.TASK_ID in call.attributes for call in calls(traced)] == [True, False]
        assert not caplog.records


async def test_a_block_around_a_yield_leaks_neither_its_task_nor_its_span_into_a_consumer_that_leaves(
    traced, caplog
):
    client = API().async_client()

    async def steps():
        with otel_claude.task("walk"):
            while True:
                yield await client.messages.create(**ASK)

    async for _ in steps():
        await client.messages.create(**ASK)
        break
    gc.collect()
    await asyncio.sleep(0.01)
    await client.messages.create(**ASK)
    (task,) = tasks(traced)
    assert task.attributes[names.TASK_CALLS] == 1
    inside, *outside = calls(traced)
    assert inside.attributes[names.TASK_ID] == task.attributes[names.TASK_ID]
    assert [(call.parent, names.TASK_ID in call.attributes) for call in outside] == [(None, False)] * 2
    assert trace.get_current_span() is trace.INVALID_SPAN
    assert not caplog.records


def test_threads_of_a_task_add_to_it(traced, client):
    with otel_claude.task("fan-out"), ThreadPoolExecutor(4) as pool:
        work = otel_claude.in_context(lambda: client.messages.create(**ASK))
        for future in [pool.submit(work) for _ in range(20)]:
            future.result()
    (task,) = tasks(traced)
    assert task.attributes[names.TASK_CALLS] == 20
    assert task.attributes[names.TASK_COST] == pytest.approx(20 * USD)


def test_one_object_serves_many_threads_at_once(traced, client):
    shared = otel_claude.task("classify")
    together = threading.Barrier(6)

    def work():
        with shared as run:
            together.wait(5)
            client.messages.create(**ASK)
            return run.id

    with ThreadPoolExecutor(6) as pool:
        ids = {future.result() for future in [pool.submit(work) for _ in range(6)]}
    assert {task.attributes[names.TASK_ID] for task in tasks(traced)} == ids
    assert [task.attributes[names.TASK_CALLS] for task in tasks(traced)] == [1] * 6


def test_without_instrument_a_task_is_nothing_but_itself():
    with otel_claude.task("classify") as run:
        assert otel_claude.current_task() is run
        run.record(passed=True, score=1)
    assert (run.span, run.passed, run.cost_usd) == (None, True, 0)
    otel_claude.current_task().record(passed=True)


def test_ids_leave_the_random_numbers_of_the_application_alone():
    import random

    random.seed(7)
    expected = random.random()
    random.seed(7)
    ids = set()
    for _ in range(2):
        with otel_claude.task("classify") as run:
            ids.add(run.id)
    assert random.random() == expected
    assert len(ids) == 2


@pytest.mark.parametrize(
    ("arguments", "options", "error"),
    [
        (("",), {}, ValueError),
        ((3,), {}, TypeError),
        (("a",), {"unit": 3}, TypeError),
        (("a",), {"value_usd": -1}, ValueError),
        (("a",), {"value_usd": float("nan")}, ValueError),
        (("a",), {"value_usd": "0.4"}, TypeError),
        (("a",), {"value_usd": True}, TypeError),
    ],
)
def test_a_task_that_makes_no_sense_is_refused(arguments, options, error):
    with pytest.raises(error, match=r"task\(\)"):
        otel_claude.task(*arguments, **options)


class Work(str, enum.Enum):
    CLASSIFY = "classify"


def test_names_can_be_members_of_an_enumeration(traced):
    with (
        otel_claude.feature(Work.CLASSIFY),
        otel_claude.tag(work=Work.CLASSIFY),
        otel_claude.task(Work.CLASSIFY, unit=Work.CLASSIFY),
    ):
        pass
    (span,) = traced.spans
    named = [value for value in span.attributes.values() if isinstance(value, str) and "lassify" in value]
    assert span.name == "task classify"
    assert [(type(value), value) for value in named] == [(str, "classify")] * len(named)
    assert len(named) == 4


BATCH = [{"custom_id": f"t{n}", "params": ASK} for n in range(3)]


class TestABatch:
    def submitted(self, client):
        return client.messages.batches.create(requests=BATCH).id

    def test_counts_in_the_task_that_submits_it_and_waits_for_it(self, traced, simulated):
        with otel_claude.task("nightly"):
            batch_id = self.submitted(simulated)
            while simulated.messages.batches.retrieve(batch_id).processing_status != "ended":
                pass
            list(simulated.messages.batches.results(batch_id))
        (task,) = tasks(traced)
        (reading,) = [span for span in traced.spans if names.BATCH_COMPLETE in span.attributes]
        assert task.attributes[names.TASK_CALLS] == 3
        assert task.attributes[names.TASK_COST] == pytest.approx(reading.attributes[names.BATCH_COST_AMOUNT])

    def test_that_is_read_later_has_the_task_the_feature_and_the_tags_that_submitted_it(
        self, traced, simulated
    ):
        with (
            otel_claude.feature("digest"),
            otel_claude.tag(tenant="acme"),
            otel_claude.task("nightly") as run,
        ):
            batch_id = self.submitted(simulated)
        with otel_claude.feature("poller"), otel_claude.tag(host="b"), otel_claude.task("poll"):
            while simulated.messages.batches.retrieve(batch_id).processing_status != "ended":
                pass
            list(simulated.messages.batches.results(batch_id))
        (reading,) = [span for span in traced.spans if names.BATCH_COMPLETE in span.attributes]
        said = {
            name: value
            for name, value in reading.attributes.items()
            if name in {names.FEATURE, names.TASK_NAME, names.TASK_ID} or name.startswith(names.TAG_PREFIX)
        }
        assert said == {
            names.FEATURE: "digest",
            names.TASK_NAME: "nightly",
            names.TASK_ID: run.id,
            "otel_claude.tag.tenant": "acme",
        }
        assert tasks(traced, "poll")[0].attributes[names.TASK_CALLS] == 0


PROGRAM = """
import os, otel_claude
otel_claude.instrument(summary=False)
with otel_claude.task("outside"):
    pass
if "anthropic" in os.environ["WITH"]:
    import anthropic
    client = anthropic.Anthropic(api_key="k", base_url=os.environ["SIM"])
    with otel_claude.task("classify"):
        client.messages.create(model="claude-haiku-5-5", max_tokens=9, messages=[{"role": "user", "content": "x"}])
"""


@pytest.mark.parametrize("imports", ["anthropic", ""])
def test_without_a_provider_tasks_go_to_the_local_store_whether_or_not_the_sdk_is_ever_imported(
    tmp_path, imports
):
    with Simulator() as simulator:
        environment = {
            **os.environ, "SIM": simulator.url, "WITH": imports, "OTEL_CLAUDE_STORE": str(tmp_path / "store")
        }  # fmt: skip
        subprocess.run([sys.executable, "-c", PROGRAM], env=environment, check=True, cwd=tmp_path)
    lines = "".join(path.read_text() for path in (tmp_path / "store").rglob("*.jsonl")).splitlines()
    spans = [
        span
        for line in lines
        for resource in json.loads(line)["resourceSpans"]
        for scope in resource["scopeSpans"]
        for span in scope["spans"]
    ]
    named = {span["name"]: span for span in spans}
    assert set(named) == {"task outside", *(("task classify", names.INFERENCE_SPAN) if imports else ())}
    if imports:
        assert named[names.INFERENCE_SPAN]["parentSpanId"] == named["task classify"]["spanId"]
