"""Attribution between services, and none of it to Anthropic."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys

import anthropic
import httpx2
import pytest
from opentelemetry import baggage, context, propagate, trace
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

import otel_claude
from otel_claude.attribution import current, withheld
from otel_claude.simulator import Simulator
from tests.environments import sdk_overlay

ASK = {"model": "claude-haiku-5-5", "max_tokens": 9, "messages": [{"role": "user", "content": "hello"}]}


@pytest.fixture
def instrumented():
    def switch_on(**options):
        otel_claude.instrument(tracer_provider=TracerProvider(), summary=False, **options)

    yield switch_on
    otel_claude.uninstrument()


def sent():
    """The headers that a request to another service would have now."""
    headers = {}
    propagate.inject(headers)
    return headers


def received(headers):
    """What holds in a service that got `headers`."""
    token = context.attach(propagate.extract(headers))
    try:
        found = current()
        return found and (found.feature, dict(found.tags), found.task and (found.task.name, found.task.id))
    finally:
        context.detach(token)


def test_the_next_service_has_the_feature_the_task_and_the_named_tags(instrumented):
    instrumented(baggage=("tenant",))
    with (
        otel_claude.feature("sök & finn"),
        otel_claude.task("rank, twice") as run,
        otel_claude.tag(tenant="Å=1;2", secret="x"),
    ):
        headers = sent()
    assert "secret" not in headers["baggage"]
    assert received(headers) == ("sök & finn", {"tenant": "Å=1;2"}, ("rank, twice", run.id))
    assert "baggage" not in sent()


def test_what_came_in_is_carried_on_and_a_feature_inside_it_counts(instrumented):
    instrumented(baggage=True)
    with otel_claude.feature("search"):
        first = sent()
    token = context.attach(propagate.extract(first))
    try:
        assert baggage.get_all() == {}
        assert received(sent()) == ("search", {}, None)
        with otel_claude.feature("rerank"):
            assert current().tags == {"feature.outer": "search"}
            assert received(sent())[0] == "rerank"
    finally:
        context.detach(token)


@pytest.mark.parametrize(("named", "read"), [((), {}), (("tenant",), {"tenant": "acme"})])
def test_of_tags_that_come_in_only_those_are_read_that_the_service_names(instrumented, named, read):
    instrumented(baggage=named or True)
    header = "otel_claude.feature=search,otel_claude.tag.tenant=acme,otel_claude.tag.invented=1,shop=lamps"
    assert received({"baggage": header}) == ("search", read, None)
    assert baggage.get_all(propagate.extract({"baggage": header})) == {"shop": "lamps"}


def test_what_is_longer_than_a_name_is_not_read(instrumented):
    instrumented(baggage=("tenant",))
    header = f"otel_claude.feature={'x' * 257},otel_claude.tag.tenant={'y' * 256}"
    assert received({"baggage": header}) == (None, {"tenant": "y" * 256}, None)


def test_the_applications_own_baggage_goes_along(instrumented):
    instrumented(baggage=True)
    token = context.attach(baggage.set_baggage("shop", "lamps"))
    try:
        with otel_claude.feature("search"):
            assert set(sent()["baggage"].split(",")) == {"shop=lamps", "otel_claude.feature=search"}
    finally:
        context.detach(token)


@pytest.mark.parametrize(
    ("variable", "carries"),
    [(None, None), ("off", None), ("on", {}), ("tenant, tier", {"tenant": "acme", "tier": "1"})],
)
def test_the_environment_can_ask_for_it(instrumented, monkeypatch, variable, carries):
    if variable is not None:
        monkeypatch.setenv("OTEL_CLAUDE_BAGGAGE", variable)
    instrumented()
    with otel_claude.feature("search"), otel_claude.tag(tenant="acme", tier=1, other=2):
        headers = sent()
    assert received(headers) == (None if carries is None else ("search", carries, None))


def test_it_can_be_refused_in_the_code(instrumented, monkeypatch):
    monkeypatch.setenv("OTEL_CLAUDE_BAGGAGE", "on")
    instrumented(baggage=False)
    with otel_claude.feature("search"):
        assert "baggage" not in sent()


def test_uninstrument_puts_the_propagator_back(instrumented):
    before = propagate.get_global_textmap()
    instrumented(baggage=True)
    assert propagate.get_global_textmap() is not before
    otel_claude.uninstrument()
    assert propagate.get_global_textmap() is before
    assert not withheld.is_carrying


def test_without_a_propagator_for_baggage_it_says_so_and_sends_nothing(instrumented, caplog):
    before = propagate.get_global_textmap()
    propagate.set_global_textmap(CompositePropagator([TraceContextTextMapPropagator()]))
    try:
        with caplog.at_level(logging.WARNING, "otel_claude"):
            instrumented(baggage=True)
        assert "no propagator for baggage" in caplog.text
        with otel_claude.feature("search"):
            assert "baggage" not in sent()
    finally:
        otel_claude.uninstrument()
        propagate.set_global_textmap(before)


@pytest.mark.parametrize(
    "header", ["otel_claude.feature", "otel_claude.task.name=a", "otel_claude.tag.=x,=", "%%%"]
)
def test_baggage_that_is_odd_is_no_attribution_and_no_error(instrumented, header):
    instrumented(baggage=True)
    received({"baggage": header})
    assert current() is None


# What Anthropic receives.

SECRETS = ("search-feature", "rank-task", "acme-tenant", "otel_claude")


def calls(url, **options):
    client = anthropic.Anthropic(api_key="k", base_url=url, max_retries=1, **options)
    client.messages.create(**ASK)
    list(client.messages.create(**ASK, stream=True))
    with client.messages.stream(**ASK) as stream:
        stream.get_final_message()
    client.messages.with_raw_response.create(**ASK)
    client.messages.create(**ASK, extra_headers={"x-simulate": "error=529,200;retry-after=0.001"})
    client.messages.count_tokens(model=ASK["model"], messages=ASK["messages"])
    batch = client.messages.batches.create(requests=[{"custom_id": "a", "params": ASK}])
    client.messages.batches.retrieve(batch.id)


async def async_calls(url, **options):
    async with anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0, **options) as client:
        await client.messages.create(**ASK)
        async with client.messages.stream(**ASK) as stream:
            await stream.get_final_message()


class Recording:
    """Sees each request as it leaves, and what an instrumentation of the HTTP client would put into it."""

    def __init__(self):
        self.headers = []

    def __call__(self, request):
        propagate.inject(request.headers)
        self.headers.append(dict(request.headers))

    async def later(self, request):
        self(request)


@pytest.mark.parametrize("way", ["our propagator", "baggage of another service", "baggage by hand"])
@pytest.mark.parametrize("spans", [True, False], ids=["with spans", "without spans"])
def test_no_request_to_anthropic_has_any_of_it(instrumented, way, spans):
    instrumented(**({"baggage": ("tenant",)} if way == "our propagator" else {}))
    within = baggage.set_baggage("shop", "lamps")
    if way == "baggage of another service":
        header = "otel_claude.feature=search-feature,otel_claude.tag.tenant=acme-tenant"
        within = propagate.extract({"baggage": header}, within)
    elif way == "baggage by hand":
        within = baggage.set_baggage("otel_claude.feature", "search-feature", within)
    recording = Recording()
    options = {} if spans else {"open_telemetry": False}
    token = context.attach(within)
    try:
        with (
            Simulator() as simulator,
            otel_claude.feature("search-feature"),
            otel_claude.task("rank-task"),
            otel_claude.tag(tenant="acme-tenant"),
        ):
            calls(simulator.url, **options)
            calls(
                simulator.url,
                http_client=anthropic.DefaultHttpxClient(event_hooks={"request": [recording]}),
                **options,
            )
            http = anthropic.DefaultAsyncHttpxClient(event_hooks={"request": [recording.later]})
            asyncio.run(async_calls(simulator.url, http_client=http, **options))
            seen = json.dumps([dict(call.headers) for call in simulator.ledger])
            if way == "our propagator":
                assert "search-feature" in sent()["baggage"]
        assert len(recording.headers) > 10
        for secret in SECRETS:
            assert secret not in seen
            assert secret not in json.dumps(recording.headers)
        # What is not ours is the application's business.
        assert all(headers.get("baggage") == "shop=lamps" for headers in recording.headers)
        assert baggage.get_baggage("shop") == "lamps"
    finally:
        context.detach(token)


def test_a_request_that_is_closed_in_another_context_logs_nothing(instrumented, caplog):
    instrumented(baggage=True)

    class Waiting(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request):
            await asyncio.sleep(3600)

    async def main():
        http = httpx2.AsyncClient(transport=Waiting())
        client = anthropic.AsyncAnthropic(api_key="k", http_client=http, max_retries=0)
        task = asyncio.create_task(client.messages.create(**ASK))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with caplog.at_level(logging.DEBUG, "opentelemetry"):
        asyncio.run(main())
    assert not [record for record in caplog.records if record.name.startswith("opentelemetry")]


OLD = """
import os, anthropic, httpx
from opentelemetry import propagate
import otel_claude
otel_claude.instrument(summary=False, baggage=("tenant",))
hooks = {"request": [lambda request: propagate.inject(request.headers)]}
http = httpx.Client(event_hooks=hooks)
client = anthropic.Anthropic(api_key="k", base_url=os.environ["SIM"], http_client=http)
with otel_claude.feature("search-feature"), otel_claude.tag(tenant="acme-tenant"):
    client.messages.create(model="claude-haiku-5-5", max_tokens=9, messages=[{"role": "user", "content": "hello"}])
"""


@pytest.mark.matrix
def test_nor_has_one_of_a_version_of_the_sdk_that_makes_no_spans(tmp_path):
    with Simulator() as simulator:
        environment = {**sdk_overlay("0.75.0"), "SIM": simulator.url, "OTEL_CLAUDE_STORE": str(tmp_path)}
        subprocess.run([sys.executable, "-c", OLD], env=environment, check=True, cwd=tmp_path)
        (call,) = simulator.ledger
    assert "baggage" not in {name.lower() for name in call.headers}
    assert trace.get_current_span() is trace.INVALID_SPAN
