from __future__ import annotations

import asyncio
import json
import urllib.request
from typing import TYPE_CHECKING, Any

import anthropic
import pytest

if TYPE_CHECKING:
    from anthropic import Anthropic
    from anthropic.types.messages import MessageBatch, MessageBatchIndividualResponse

    from otel_claude.simulator import Simulator

PARAMS: dict[str, Any] = {
    "model": "claude-opus-5-5",
    "max_tokens": 50,
    "messages": [{"role": "user", "content": "Hello"}],
}


def submit(client: Anthropic, count: int = 2, **create: Any) -> MessageBatch:
    requests = [{"custom_id": f"r{number}", "params": PARAMS} for number in range(count)]
    return client.messages.batches.create(requests=requests, **create)  # type: ignore[arg-type]


def results(client: Anthropic, batch_id: str) -> list[MessageBatchIndividualResponse]:
    client.messages.batches.retrieve(batch_id)
    return list(client.messages.batches.results(batch_id))


def types(client: Anthropic, batch_id: str) -> list[str]:
    return [each.result.type for each in results(client, batch_id)]


def test_a_batch_is_in_progress_until_it_is_asked_after(client: Anthropic) -> None:
    batch = submit(client)
    assert (batch.processing_status, batch.results_url) == ("in_progress", None)
    assert batch.request_counts.processing == 2
    ended = client.messages.batches.retrieve(batch.id)
    assert ended.processing_status == "ended"
    assert (ended.request_counts.succeeded, ended.request_counts.processing) == (2, 0)
    assert ended.results_url is not None


def test_each_succeeded_result_is_a_message_of_the_batch_tier(client: Anthropic) -> None:
    for each in results(client, submit(client).id):
        assert each.result.type == "succeeded"
        assert each.result.message.usage.service_tier == "batch"
        assert each.result.message.usage.output_tokens == 24


def test_the_ledger_has_each_request_that_ran_as_it_was_billed(sim: Simulator, client: Anthropic) -> None:
    sim.script(["", "outcome=canceled", "error=529"])
    ran = results(client, submit(client, 3).id)
    assert [each.result.type for each in ran] == ["succeeded", "canceled", "errored"]
    answered, refused = sim.ledger
    assert answered.usage is not None
    assert answered.usage["service_tier"] == "batch"
    assert refused.status == 529
    assert ran[0].result.type == "succeeded"
    assert ran[0].result.message.id == answered.id


def test_prefixes_are_cached_across_the_requests_of_a_batch(client: Anthropic) -> None:
    system = [{"type": "text", "text": "word " * 2000, "cache_control": {"type": "ephemeral"}}]
    requests = [{"custom_id": f"r{n}", "params": {**PARAMS, "system": system}} for n in range(2)]
    batch = client.messages.batches.create(requests=requests)  # type: ignore[arg-type]
    first, second = (each.result.message.usage for each in results(client, batch.id))  # type: ignore[union-attr]
    assert first.cache_creation_input_tokens == second.cache_read_input_tokens == 2500


def test_a_header_holds_for_every_request(client: Anthropic) -> None:
    batch = submit(client, extra_headers={"x-simulate": "output-tokens=7"})
    for each in results(client, batch.id):
        assert each.result.type == "succeeded"
        assert each.result.message.usage.output_tokens == 7


def test_a_batch_that_is_canceled_runs_nothing(sim: Simulator, client: Anthropic) -> None:
    batch = submit(client)
    assert client.messages.batches.cancel(batch.id).processing_status == "canceling"
    assert types(client, batch.id) == ["canceled", "canceled"]
    assert not sim.ledger
    with pytest.raises(anthropic.ConflictError):
        client.messages.batches.cancel(batch.id)


def test_a_batch_expires_after_a_day(sim: Simulator, client: Anthropic) -> None:
    batch = submit(client)
    sim.clock.advance(24 * 3600)
    assert types(client, batch.id) == ["expired", "expired"]


def test_results_are_there_for_29_days(sim: Simulator, client: Anthropic) -> None:
    batch = submit(client)
    assert len(results(client, batch.id)) == 2
    sim.clock.advance(29 * 24 * 3600 + 1)
    with pytest.raises(anthropic.NotFoundError):
        results(client, batch.id)


def test_results_of_a_batch_in_progress_are_refused(client: Anthropic) -> None:
    batch = submit(client)
    with pytest.raises(anthropic.BadRequestError, match="has not ended"):
        client.get(f"/v1/messages/batches/{batch.id}/results", cast_to=str)


@pytest.mark.parametrize(
    ("params", "named"),
    [
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": None}, "max_tokens"),
        ({"stream": True}, "stream"),
        ({"speed": "fast"}, "speed"),
        ({"messages": []}, "messages"),
    ],
)
def test_what_is_wrong_with_one_request_is_in_its_result(
    client: Anthropic, params: dict[str, Any], named: str
) -> None:
    requests: Any = [
        {"custom_id": "bad", "params": {**PARAMS, **params}},
        {"custom_id": "good", "params": PARAMS},
    ]
    bad, good = results(client, client.messages.batches.create(requests=requests).id)
    assert bad.result.type == "errored"
    assert bad.result.error.error.type == "invalid_request_error"
    assert bad.result.error.error.message.startswith(named)
    assert good.result.type == "succeeded"


@pytest.mark.parametrize(
    "requests",
    [
        [],
        None,
        [{"custom_id": "a"}],
        [{"params": PARAMS}],
        [{"custom_id": "", "params": PARAMS}],
        [{"custom_id": "x" * 65, "params": PARAMS}],
        [{"custom_id": "a", "params": PARAMS}, {"custom_id": "a", "params": PARAMS}],
    ],
)
def test_a_batch_that_is_none_is_refused(client: Anthropic, requests: Any) -> None:
    with pytest.raises(anthropic.BadRequestError, match="requests"):
        client.post("/v1/messages/batches", cast_to=object, body={"requests": requests})


def test_an_unknown_batch_is_not_found(client: Anthropic) -> None:
    for call in (client.messages.batches.retrieve, client.messages.batches.cancel):
        with pytest.raises(anthropic.NotFoundError):
            call("msgbatch_nobody")


def test_beta_and_async_clients_are_served(sim: Simulator, client: Anthropic) -> None:
    batch_id = submit(client).id

    async def read() -> list[str]:
        async with anthropic.AsyncAnthropic(base_url=sim.url, api_key="any") as asynchronous:
            await asynchronous.beta.messages.batches.retrieve(batch_id)
            found = await asynchronous.beta.messages.batches.results(batch_id)
            return [each.custom_id async for each in found]

    assert asyncio.run(read()) == ["r0", "r1"]


def test_results_are_lines_of_json(sim: Simulator, client: Anthropic) -> None:
    batch = submit(client)
    url = client.messages.batches.retrieve(batch.id).results_url
    assert url is not None
    assert url.startswith(sim.url)
    with urllib.request.urlopen(url) as response:
        lines = response.read().decode().splitlines()
    assert [json.loads(line)["custom_id"] for line in lines] == ["r0", "r1"]
