"""Answers, errors and streams, seen through the SDK."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import anthropic
import httpx2
import jsonschema
import pytest
from anthropic import Anthropic, AsyncAnthropic

if TYPE_CHECKING:
    from otel_claude.simulator import Call, Simulator

ASK: dict[str, Any] = {
    "model": "claude-opus-5-5",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": "What is new?"}],
}
WEATHER: dict[str, Any] = {
    "name": "get_weather",
    "description": "The weather at a place.",
    "input_schema": {
        "type": "object",
        "properties": {"place": {"type": "string", "minLength": 3}, "unit": {"enum": ["C", "F"]}},
        "required": ["place", "unit"],
    },
}


def choose(directives: str) -> dict[str, str]:
    return {"x-simulate": directives}


def last(sim: Simulator) -> Call:
    return sim.ledger[-1]


# What a response says.


def test_a_message_has_the_shape_and_the_usage_of_the_api(sim: Simulator, client: Anthropic) -> None:
    message = client.messages.create(**ASK)
    assert message.to_dict() == {
        "id": "msg_simulated_000001",
        "type": "message",
        "role": "assistant",
        "model": "claude-opus-5-5",
        "content": [{"type": "text", "text": message.content[0].text}],
        "container": None,
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "stop_details": None,
        "diagnostics": None,
        "usage": {
            "input_tokens": 3,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
            "output_tokens": 24,
            "service_tier": "standard",
            "inference_geo": "global",
        },
    }


def test_responses_name_request_organization_and_workspace(client: Anthropic) -> None:
    raw = client.messages.with_raw_response.create(**ASK)
    assert raw.headers["request-id"] == "req_simulated_000001"
    assert raw.headers["anthropic-organization-id"]
    assert raw.headers["anthropic-workspace-id"].startswith("wrkspc_")


def test_the_same_question_gets_the_same_answer(client: Anthropic) -> None:
    first, second = (client.messages.create(**ASK) for _ in range(2))
    assert first.content == second.content


def test_a_model_that_nobody_knows_is_served(client: Anthropic) -> None:
    assert client.messages.create(**{**ASK, "model": "claude-nova-9"}).model == "claude-nova-9"


def test_beta_calls_are_served(client: Anthropic) -> None:
    assert client.beta.messages.create(**ASK).usage.output_tokens == 24


def test_an_answer_ends_at_max_tokens(client: Anthropic) -> None:
    message = client.messages.create(**{**ASK, "max_tokens": 10}, extra_headers=choose("output-tokens=500"))
    assert (message.stop_reason, message.usage.output_tokens) == ("max_tokens", 10)
    assert len(message.content[0].text) == 40


@pytest.mark.parametrize(
    ("changes", "geo", "speed"),
    [
        ({}, "global", None),
        ({"inference_geo": "us"}, "us", None),
        ({"speed": "fast"}, "global", "fast"),
        ({"speed": "fast", "model": "claude-opus-4-6"}, "global", "standard"),
        ({"model": "claude-haiku-4-5"}, "not_available", None),
    ],
)
def test_usage_tells_what_ran_rather_than_what_was_asked_for(
    client: Anthropic, changes: dict[str, Any], geo: str, speed: str | None
) -> None:
    usage = client.messages.create(**{**ASK, **changes}).usage
    assert (usage.inference_geo, usage.speed) == (geo, speed)


# Streams.


def test_a_raw_stream_has_the_events_of_the_api_in_their_order(client: Anthropic) -> None:
    with client.messages.with_streaming_response.create(
        **ASK, stream=True, extra_headers=choose("output-tokens=2")
    ) as response:
        lines = list(response.iter_lines())
    data = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
    assert [line.removeprefix("event: ") for line in lines if line.startswith("event: ")] == [
        event["type"] for event in data
    ]
    assert [event["type"] for event in data] == [
        "message_start",
        "content_block_start",
        "ping",
        "content_block_delta",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    start, delta = data[0]["message"], data[-2]
    assert (start["content"], start["stop_reason"], start["usage"]["output_tokens"]) == ([], None, 1)
    assert set(start["usage"]) == {
        "input_tokens",
        "cache_creation_input_tokens",
        "cache_read_input_tokens",
        "cache_creation",
        "output_tokens",
        "service_tier",
        "inference_geo",
    }
    assert delta["delta"]["stop_reason"] == "end_turn"
    assert delta["usage"] == {
        "input_tokens": 3,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": 2,
    }


SHAPES: dict[str, tuple[str, dict[str, Any]]] = {
    "text": ("", {}),
    "long text": ("output-tokens=90", {}),
    "cut at max_tokens": ("output-tokens=900", {}),
    "thinking": ("thinking=20", {}),
    "tool use": ("tool-use", {"tools": [WEATHER]}),
    "thinking and tool use": ("thinking; tool-use=get_weather", {"tools": [WEATHER]}),
    "refusal": ("refusal", {}),
    "refusal after output": ("refusal; output-tokens=5", {}),
    "non-ASCII JSON": (
        "",
        {"output_config": {"format": {"type": "json_schema", "schema": {"const": "größer 😀"}}}},
    ),
}


@pytest.mark.parametrize(("directives", "changes"), SHAPES.values(), ids=SHAPES)
def test_a_stream_adds_up_to_the_message_and_the_ledger_agrees(
    sim: Simulator, client: Anthropic, directives: str, changes: dict[str, Any]
) -> None:
    body, headers = {**ASK, **changes}, choose(directives)
    message = client.messages.create(**body, extra_headers=headers)
    assert last(sim).usage == message.usage.to_dict()
    with client.messages.stream(**body, extra_headers=headers) as stream:
        streamed = stream.get_final_message()
    assert last(sim).usage == streamed.usage.to_dict()

    def comparable(one: Any) -> dict[str, Any]:
        plain = json.loads(one.to_json())
        content = [{key: value for key, value in block.items() if key != "id"} for block in plain["content"]]
        return {**plain, "id": None, "content": content}

    assert comparable(streamed) == comparable(message)


def test_thinking_is_counted_within_the_output(client: Anthropic) -> None:
    message = client.messages.create(**ASK, extra_headers=choose("thinking=20; output-tokens=5"))
    assert [block.type for block in message.content] == ["thinking", "text"]
    assert message.usage.output_tokens == 25
    assert message.usage.output_tokens_details.thinking_tokens == 20


def test_thinking_follows_the_request(client: Anthropic) -> None:
    message = client.messages.create(**ASK, thinking={"type": "adaptive", "display": "omitted"})
    assert (message.content[0].type, message.content[0].thinking) == ("thinking", "")


async def test_async_calls_and_streams(sim: Simulator) -> None:
    async with AsyncAnthropic(base_url=sim.url, api_key="any") as client:
        message = await client.messages.create(**ASK)
        assert last(sim).usage == message.usage.to_dict()
        async with client.messages.stream(**ASK) as stream:
            streamed = await stream.get_final_message()
        assert streamed.content[0].text == message.content[0].text
        events = [event.type async for event in await client.messages.create(**ASK, stream=True)]
        assert events[-1] == "message_stop"
        many = await asyncio.gather(*(client.messages.create(**ASK) for _ in range(20)))
    assert len({one.id for one in many}) == 20


# Tools and structured output.


@pytest.mark.parametrize(
    ("content", "choice", "calls"),
    [
        ("Please call get_weather for Bonn", None, True),
        ("How is the get weather function doing?", None, True),
        ("Use a tool.", None, True),
        ("Hello", None, False),
        ("Hello", {"type": "any"}, True),
        ("Hello", {"type": "tool", "name": "get_weather"}, True),
        ("Use a tool.", {"type": "none"}, False),
        (
            [
                {"type": "tool_result", "tool_use_id": "t", "content": "7 C"},
                {"type": "text", "text": "Use a tool."},
            ],
            None,
            False,
        ),
    ],
)
def test_a_tool_is_called_where_the_request_asks_for_it(
    client: Anthropic, content: Any, choice: Any, calls: bool
) -> None:
    choice = {"tool_choice": choice} if choice else {}
    body = {**ASK, "model": "claude-sonnet-5", "messages": [{"role": "user", "content": content}], **choice}
    message = client.messages.create(**body, tools=[WEATHER])
    assert message.stop_reason == ("tool_use" if calls else "end_turn")
    if calls:
        assert message.content[0].name == "get_weather"
        jsonschema.validate(message.content[0].input, WEATHER["input_schema"])


def test_the_tool_runner_comes_to_an_end(client: Anthropic) -> None:
    @anthropic.beta_tool
    def get_weather(place: str) -> str:
        """The weather at a place."""
        return f"7 C in {place}"

    question = {"role": "user", "content": "get_weather, please"}
    runner = client.beta.messages.tool_runner(**{**ASK, "messages": [question]}, tools=[get_weather])
    assert [message.stop_reason for message in runner] == ["tool_use", "end_turn"]


def test_structured_output_is_valid_for_its_schema(client: Anthropic) -> None:
    schema = {**WEATHER["input_schema"], "additionalProperties": False}
    message = client.messages.create(
        **ASK, output_config={"format": {"type": "json_schema", "schema": schema}}
    )
    jsonschema.validate(json.loads(message.content[0].text), schema)


# Errors.

TEXT = {"type": "text", "text": "t"}
FIVE = {**TEXT, "cache_control": {"type": "ephemeral"}}
HOUR = {**TEXT, "cache_control": {"type": "ephemeral", "ttl": "1h"}}

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no max_tokens": ({"max_tokens": None}, "max_tokens: this field is required"),
    "no model": ({"model": None}, "model: this field is required"),
    "no messages": ({"messages": None}, "messages: this field is required"),
    "empty messages": ({"messages": []}, "messages: expected a list"),
    "negative max_tokens": ({"max_tokens": -1}, "max_tokens: expected an integer"),
    "max_tokens beyond the model": ({"max_tokens": 128_001}, "max_tokens: claude-opus-5-5 writes 128000"),
    "temperature": ({"temperature": 1.0}, "temperature: sampling"),
    "top_k": ({"top_k": 5}, "top_k: sampling"),
    "unknown role": ({"messages": [{"role": "bot", "content": "x"}]}, "messages.0.role"),
    "no content": ({"messages": [{"role": "user"}]}, "messages.0.content"),
    "empty text": ({"messages": [{"role": "user", "content": ""}]}, "messages.0.content.0.text"),
    "five breakpoints": ({"system": [FIVE] * 5}, "system.4.cache_control"),
    "four breakpoints and the top-level one": (
        {"system": [FIVE] * 4, "cache_control": {"type": "ephemeral"}},
        "4 cache breakpoints at most",
    ),
    "another ttl at the top level": (
        {"cache_control": {"type": "ephemeral"}, "messages": [{"role": "user", "content": [HOUR]}]},
        "cache_control: the last block",
    ),
    "an hour after five minutes": ({"system": [FIVE, HOUR]}, "system.1.cache_control.ttl"),
    "unknown ttl": (
        {"system": [{**TEXT, "cache_control": {"type": "ephemeral", "ttl": "1d"}}]},
        "ttl: expected",
    ),
    "breakpoint on empty text": ({"system": [{**FIVE, "text": ""}]}, "system.0.cache_control: empty text"),
    "breakpoint on thinking": (
        {
            "messages": [
                {
                    "role": "assistant",
                    "content": [{**FIVE, "type": "thinking", "thinking": "t", "signature": "s"}],
                }
            ]
        },
        "a thinking block cannot",
    ),
    "tool without a schema": ({"tools": [{"name": "t"}]}, "tools.0.input_schema"),
    "forced tool on Opus 5.5": ({"tools": [WEATHER], "tool_choice": {"type": "any"}}, "tool_choice.type"),
    "thinking budget on Opus 5.5": (
        {"thinking": {"type": "enabled", "budget_tokens": 2048}},
        "thinking.type",
    ),
    "prewarming as a stream": ({"max_tokens": 0, "stream": True}, "max_tokens: 0 cannot"),
    "endless schema": (
        {"output_config": {"format": {"type": "json_schema", "schema": {"$ref": "#"}}}},
        "output_config.format.schema: # requires itself",
    ),
}


@pytest.mark.parametrize(("changes", "message"), REFUSED.values(), ids=REFUSED)
def test_what_the_api_refuses_is_refused_with_the_field_and_recorded(
    sim: Simulator, client: Anthropic, changes: dict[str, Any], message: str
) -> None:
    body = {key: value for key, value in {**ASK, **changes}.items() if value is not None}
    with pytest.raises(anthropic.BadRequestError) as caught:
        client.post("/v1/messages", body=body, cast_to=object)
    error = caught.value
    assert message in error.body["error"]["message"]
    assert error.body == {
        "type": "error",
        "error": {"type": "invalid_request_error", "message": error.api_message},
        "request_id": error.request_id,
    }
    assert (last(sim).status, last(sim).usage, last(sim).ended) == (400, None, "error")


def test_sampling_parameters_pass_under_the_old_version(client: Anthropic) -> None:
    old = {"anthropic-version": "2023-06-01"}
    client.messages.create(**ASK, extra_body={"temperature": 0.0}, extra_headers=old)


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("POST", "/v1/messages", {"anthropic-version": "2026-10-21"}, 401),
        ("POST", "/v1/messages", {"x-api-key": "k"}, 400),
        ("POST", "/v1/messages", {"x-api-key": "k", "anthropic-version": "2026-10-21"}, 200),
        ("POST", "/v1/messages?beta=true", {"x-api-key": "k", "anthropic-version": "2026-10-21"}, 200),
        ("POST", "/v1/complete", {"x-api-key": "k"}, 404),
        ("GET", "/v1/messages", {"x-api-key": "k"}, 405),
    ],
)
def test_paths_and_credentials(
    sim: Simulator, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    response = httpx2.request(method, sim.url + path, headers=headers, json=ASK if method == "POST" else None)
    assert response.status_code == status
    assert response.headers["request-id"]


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(sim: Simulator, content: bytes) -> None:
    headers = {"x-api-key": "k", "anthropic-version": "2026-10-21"}
    response = httpx2.post(f"{sim.url}/v1/messages", content=content, headers=headers)
    assert (response.status_code, response.json()["error"]["type"]) == (400, "invalid_request_error")


# Directives.


def test_each_attempt_of_a_call_takes_its_status_from_the_header(sim: Simulator, client: Anthropic) -> None:
    retrying = client.with_options(max_retries=2)
    headers = choose("error=529,529,200; retry-after=0.01")
    raw = retrying.messages.with_raw_response.create(**ASK, extra_headers=headers)
    assert raw.retries_taken == 2
    assert [call.status for call in sim.ledger] == [529, 529, 200]
    assert [call.headers["x-stainless-retry-count"] for call in sim.ledger] == ["0", "1", "2"]
    assert last(sim).usage == raw.parse().usage.to_dict()


def test_the_last_status_repeats(sim: Simulator, client: Anthropic) -> None:
    with pytest.raises(anthropic.RateLimitError):
        client.with_options(max_retries=3).messages.create(
            **ASK, extra_headers=choose("error=500,429; retry-after=0.01")
        )
    assert [call.status for call in sim.ledger] == [500, 429, 429, 429]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (413, "request_too_large"),
        (504, "timeout_error"),
        (529, "overloaded_error"),
    ],
)
def test_an_error_has_the_type_of_its_status(client: Anthropic, status: int, kind: str) -> None:
    with pytest.raises(anthropic.APIStatusError) as caught:
        client.messages.create(**ASK, extra_headers=choose(f"error={status}"))
    assert (caught.value.status_code, caught.value.type) == (status, kind)


def test_a_script_serves_the_next_requests_in_order(sim: Simulator, client: Anthropic) -> None:
    sim.script(["error=529,200", "output-tokens=7", "refusal"])
    with pytest.raises(anthropic.OverloadedError):
        client.messages.create(**ASK)
    client.messages.create(**ASK, extra_headers=choose("output-tokens=3"))
    for _ in range(4):
        client.messages.create(**ASK)
    assert [
        (call.status, call.stop_reason, (call.usage or {}).get("output_tokens")) for call in sim.ledger
    ] == [
        (529, None, None),
        (200, "end_turn", 3),
        (200, "end_turn", 24),
        (200, "end_turn", 7),
        (200, "refusal", 0),
        (200, "end_turn", 24),
    ]


@pytest.mark.parametrize("events", [0, 1, 4, 1000])
def test_a_cut_stream_breaks_off_after_so_many_events(sim: Simulator, client: Anthropic, events: int) -> None:
    seen: list[str] = []
    stream = client.messages.create(**ASK, stream=True, extra_headers=choose(f"cut-after={events}"))
    with pytest.raises((httpx2.RemoteProtocolError, httpx2.ReadError, anthropic.APIConnectionError)):
        seen.extend(event.type for event in stream)
    whole = 24 + 5  # deltas; the SDK swallows the ping
    assert len(seen) == min(events - (events > 2), whole)
    assert (last(sim).ended, last(sim).usage["output_tokens"]) == ("cut", 24)
    assert client.messages.create(**ASK).stop_reason == "end_turn"


def test_a_cut_json_body_is_a_connection_error(client: Anthropic) -> None:
    with pytest.raises((anthropic.APIConnectionError, httpx2.RemoteProtocolError)):
        client.messages.create(**ASK, extra_headers=choose("cut-after=0"))


def test_an_error_event_ends_a_stream(sim: Simulator, client: Anthropic) -> None:
    seen: list[str] = []
    stream = client.messages.create(**ASK, stream=True, extra_headers=choose("sse-error=2"))
    with pytest.raises(anthropic.APIStatusError) as caught:
        seen.extend(event.type for event in stream)
    assert seen == ["message_start", "content_block_start"]
    assert caught.value.type == "overloaded_error"
    assert (last(sim).status, last(sim).ended) == (200, "error")


USAGE: dict[str, Any] = {
    "input_tokens": 7,
    "cache_creation": {"ephemeral_5m_input_tokens": 1, "ephemeral_1h_input_tokens": 2},
    "cache_creation_input_tokens": 3,
    "output_tokens": 5,
    "inference_geo": "us",
    "speed": "fast",
    "service_tier": "priority",
    "server_tool_use": {"web_search_requests": 2, "web_fetch_requests": 0},
    "iterations": [{"type": "message", "input_tokens": 7, "note": "a;b, c"}],
}


def test_a_chosen_usage_is_reported_word_for_word(sim: Simulator, client: Anthropic) -> None:
    headers = choose(f"usage={json.dumps(USAGE)}; delay=0.001")
    assert client.messages.create(**ASK, extra_headers=headers).usage.to_dict() == USAGE
    assert last(sim).usage == USAGE


def test_a_stream_reports_a_chosen_usage_in_the_two_places_of_the_api(client: Anthropic) -> None:
    events = list(
        client.messages.create(**ASK, stream=True, extra_headers=choose(f"usage={json.dumps(USAGE)}"))
    )
    assert events[0].message.usage.to_dict() == {
        "input_tokens": 7,
        "cache_creation": USAGE["cache_creation"],
        "cache_creation_input_tokens": 3,
        "output_tokens": 1,
        "inference_geo": "us",
        "speed": "fast",
        "service_tier": "priority",
    }
    assert events[-2].usage.to_dict() == {
        "input_tokens": 7,
        "cache_creation_input_tokens": 3,
        "output_tokens": 5,
        "server_tool_use": USAGE["server_tool_use"],
        "iterations": USAGE["iterations"],
    }


def test_an_unknown_directive_is_refused(client: Anthropic) -> None:
    with pytest.raises(anthropic.BadRequestError, match="unknown directive 'eror'"):
        client.messages.create(**ASK, extra_headers=choose("eror=529"))


def test_an_entry_is_readable_once_the_response_that_writes_it_begins(
    sim: Simulator, client: Anthropic
) -> None:
    body = {**ASK, "system": [{**FIVE, "text": "s" * 4000}]}
    slow = choose("delay=0.6")
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(client.messages.create, **body, extra_headers=slow) for _ in range(2)]
    assert [future.result().usage.cache_creation_input_tokens for future in both] == [1000, 1000]
    assert client.messages.create(**body).usage.cache_read_input_tokens == 1000


# The ledger, and many callers.


def test_the_ledger_has_the_time_and_no_credentials(sim: Simulator, client: Anthropic) -> None:
    sim.clock.advance(90)
    client.messages.create(**ASK, extra_headers={"baggage": "k=v"})
    call = last(sim)
    assert call.at.isoformat() == "2026-11-20T09:01:30+00:00"
    assert call.headers["baggage"] == "k=v"
    assert not {"authorization", "x-api-key"} & set(call.headers)


def test_fifty_threads_are_served_at_once_and_the_ledger_has_each_call(
    sim: Simulator, client: Anthropic
) -> None:
    def one(number: int) -> tuple[str, int]:
        headers = choose(f"output-tokens={number + 1}; delay=0.05")
        if number % 2:
            with client.messages.stream(**ASK, extra_headers=headers) as stream:
                message = stream.get_final_message()
        else:
            message = client.messages.create(**ASK, extra_headers=headers)
        return message.id, message.usage.output_tokens

    with ThreadPoolExecutor(50) as pool:
        seen = dict(pool.map(one, range(100)))
    assert seen == {call.id: call.usage["output_tokens"] for call in sim.ledger}
    assert sum(seen.values()) == sum(range(1, 101)) == 5050
