"""Many threads and tasks at once: what was traced is what was served, call by call, token by token, cent by cent."""

from __future__ import annotations

import asyncio
import gc
import json
import threading
from collections import Counter
from fractions import Fraction

import anthropic
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import otel_claude
from otel_claude.simulator import Simulator

THREADS, CALLS_A_THREAD, TASKS = 50, 8, 500
MODEL = "claude-sonnet-5-5"
PER_TOKEN = {
    "input_tokens": Fraction(2, 10**6),
    "cache_read_input_tokens": Fraction(1, 10**7),
    "cache_creation_input_tokens": Fraction(25, 10**7),
    "output_tokens": Fraction(10, 10**6),
}
"""USD for a token on Sonnet 5.5, all writes for 5 minutes."""

MESSAGE = "anthropic.messages.create"


def asked(number):
    """The arguments of call `number`, each with a usage of its own, by which its span is found again."""
    usage = {
        "input_tokens": 1000 + number,
        "output_tokens": 1 + number % 97,
        "cache_read_input_tokens": number % 13 * 100,
        "cache_creation_input_tokens": number % 7 * 10,
        "cache_creation": {"ephemeral_5m_input_tokens": number % 7 * 10, "ephemeral_1h_input_tokens": 0},
    }
    return {
        "model": MODEL,
        "max_tokens": 200,
        "messages": [{"role": "user", "content": "Say something."}],
        "extra_headers": {"x-simulate": f"usage={json.dumps(usage)}", "x-number": str(number)},
    }


def refused(number):
    return {**asked(number), "extra_headers": {"x-simulate": "error=400", "x-number": str(number)}}


def slow(number):
    parts = asked(number)
    parts["extra_headers"]["x-simulate"] += ";tokens-per-second=2"
    return parts


def call(client, number):
    """One of four kinds of call, with what its span has to show: everything, only the input, or no tokens."""
    kind = ("create", "stream", "left", "refused")[number % 4]
    if kind == "create":
        client.messages.create(**asked(number))
    elif kind == "stream":
        with client.messages.stream(**asked(number)) as stream:
            stream.get_final_message()
    elif kind == "left":
        with client.messages.create(stream=True, **asked(number)) as stream:
            next(stream)
    else:
        with pytest.raises(anthropic.BadRequestError):
            client.messages.create(**refused(number))
    return kind


async def async_call(client, number):
    kind = ("create", "stream", "cancelled", "left", "refused")[number % 5]
    if kind == "create":
        await client.messages.create(**asked(number))
    elif kind == "stream":
        async with client.messages.stream(**asked(number)) as stream:
            await stream.get_final_message()
    elif kind == "cancelled":
        await cancelled_in_the_middle(client, number)
    elif kind == "left":
        async with await client.messages.create(stream=True, **asked(number)) as stream:
            await stream.__anext__()
    else:
        with pytest.raises(anthropic.BadRequestError):
            await client.messages.create(**refused(number))
    return kind


async def cancelled_in_the_middle(client, number):
    async def read():
        async with await client.messages.create(stream=True, **slow(number)) as stream:
            async for _ in stream:
                has_begun.set()

    has_begun = asyncio.Event()
    task = asyncio.create_task(read())
    await has_begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def features_of_threads(client, kinds):
    def work(thread):
        for turn in range(CALLS_A_THREAD):
            number = thread * CALLS_A_THREAD + turn
            with otel_claude.feature(f"feature {number % 17}"):
                kinds[number] = call(client, number)

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


async def features_of_tasks(url, kinds):
    async def work(number):
        async with at_once:
            with otel_claude.feature(f"feature {number % 17}"):
                kinds[number] = await async_call(client, number)

    at_once = asyncio.Semaphore(64)
    async with anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0) as client:
        first = THREADS * CALLS_A_THREAD
        await asyncio.gather(*(work(number) for number in range(first, first + TASKS)))


@pytest.fixture(scope="module")
def load():
    """The kind of each call by its number, the spans that ended, what was served, and the metrics."""
    exporter, provider, reader = InMemorySpanExporter(), TracerProvider(), InMemoryMetricReader()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    kinds = {}
    with Simulator() as simulator:
        otel_claude.instrument(
            tracer_provider=provider, meter_provider=MeterProvider([reader]), summary=False
        )
        try:
            with anthropic.Anthropic(api_key="k", base_url=simulator.url, max_retries=0) as client:
                tasks = threading.Thread(target=lambda: asyncio.run(features_of_tasks(simulator.url, kinds)))
                tasks.start()
                features_of_threads(client, kinds)
                tasks.join()
            gc.collect()
        finally:
            otel_claude.uninstrument()
        served = {int(each.headers["x-number"]): each for each in simulator.ledger}
    return kinds, exporter.get_finished_spans(), served, reader.get_metrics_data()


def money(usage, *, whole):
    """The second implementation: what a call with this usage costs, of one that was cut short only the input."""
    kinds = PER_TOKEN if whole else PER_TOKEN.keys() - {"output_tokens"}
    return sum((usage[kind] * PER_TOKEN[kind] for kind in kinds), Fraction())


WHOLE, CUT = {"create", "stream"}, {"left", "cancelled"}


def expected(kinds, served):
    """Of each call: its feature, prompt tokens, output tokens, and USD, as its span has to have them."""
    for number, kind in kinds.items():
        feature = f"feature {number % 17}"
        if kind == "refused":
            yield feature, None, None, None
        else:
            usage = served[number].usage
            prompt = sum(usage[each] for each in PER_TOKEN if each != "output_tokens")
            whole = kind in WHOLE
            yield feature, prompt, usage["output_tokens"] if whole else None, float(money(usage, whole=whole))


def test_every_call_has_one_span_with_its_feature_tokens_and_money(load):
    kinds, spans, served, _ = load
    assert len(kinds) == len(served) == THREADS * CALLS_A_THREAD + TASKS
    assert {span.name for span in spans} == {MESSAGE}
    found = Counter(
        (
            span.attributes["otel_claude.feature"],
            span.attributes.get("gen_ai.usage.input_tokens"),
            span.attributes.get("gen_ai.usage.output_tokens"),
            span.attributes.get("gen_ai.usage.cost.amount"),
        )
        for span in spans
    )
    assert found == Counter(expected(kinds, served))


def test_the_metrics_sum_to_what_was_served(load):
    kinds, _, served, data = load
    metrics = {
        metric.name: metric.data.data_points
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }
    by_kind = Counter()
    for point in metrics["otel_claude.tokens"]:
        by_kind[point.attributes["kind"]] += point.value
    answered = {number: served[number].usage for number, kind in kinds.items() if kind != "refused"}
    whole = {number for number, kind in kinds.items() if kind in WHOLE}
    assert by_kind == {
        "input": sum(usage["input_tokens"] for usage in answered.values()),
        "cache_read": sum(usage["cache_read_input_tokens"] for usage in answered.values()),
        "cache_write_5m": sum(usage["cache_creation_input_tokens"] for usage in answered.values()),
        "output": sum(answered[number]["output_tokens"] for number in whole),
    }
    usd = sum(point.value for point in metrics["gen_ai.client.operation.cost"])
    billed = sum((money(usage, whole=number in whole) for number, usage in answered.items()), Fraction())
    assert usd == pytest.approx(float(billed), rel=1e-12)
    assert sum(point.count for point in metrics["gen_ai.client.operation.duration"]) == len(kinds)
