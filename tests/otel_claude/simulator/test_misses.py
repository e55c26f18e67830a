"""The endpoint knows why each request missed, and whose cache it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anthropic import Anthropic

if TYPE_CHECKING:
    from otel_claude.simulator import Simulator

FIVE = {"type": "ephemeral"}


def ask(client: Anthropic, system: str, thread: str = "site/1", **more: Any) -> Any:
    body: dict[str, Any] = {
        "model": "claude-opus-5-5",
        "max_tokens": 9,
        "system": [{"type": "text", "text": f"{system} " * 1000, "cache_control": FIVE}],
        "messages": [{"role": "user", "content": "Hello."}],
        **more,
    }
    return client.messages.create(**body, extra_headers={"x-simulate": f"thread={thread}"})


def misses(sim: Simulator) -> list[Any]:
    return [call.miss and (call.miss.reason, call.miss.at) for call in sim.ledger]


def test_the_ledger_tells_why_each_request_missed(sim: Simulator, client: Anthropic) -> None:
    ask(client, "one")
    ask(client, "one")
    ask(client, "two")
    sim.clock.advance(301)
    ask(client, "two")
    ask(client, "two", model="claude-opus-5")
    assert misses(sim) == [
        ("first_write", None),
        None,
        ("system_changed", "system[0]"),
        ("expired", None),
        ("model_changed", "model"),
    ]


def test_a_new_thread_is_compared_with_its_site(sim: Simulator, client: Anthropic) -> None:
    ask(client, "one", "a/1")
    ask(client, "two", "a/2")
    ask(client, "three", "b/1")
    assert misses(sim) == [("first_write", None), ("system_changed", "system[0]"), ("first_write", None)]


def test_credentials_have_caches_of_their_own_unless_they_name_a_workspace(sim: Simulator) -> None:
    with (
        Anthropic(base_url=sim.url, api_key="one", max_retries=0) as one,
        Anthropic(base_url=sim.url, api_key="two", max_retries=0) as two,
    ):
        read = [ask(client, "word").usage.cache_read_input_tokens > 0 for client in (one, two, one, two)]
        shared = [
            ask(client, "word", workspace_id="w").usage.cache_read_input_tokens > 0 for client in (one, two)
        ]
    assert read == [False, False, True, True]
    assert shared == [False, True]


def test_a_breakpoint_inside_a_tools_result_stands_for_one_on_the_result(client: Anthropic) -> None:
    inner = [{"type": "text", "text": "word " * 1000, "cache_control": FIVE}]
    messages = [
        {"role": "user", "content": "Go."},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "n", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": inner}]},
    ]
    asked: dict[str, Any] = {"model": "claude-opus-5-5", "max_tokens": 9, "messages": messages}
    assert client.messages.create(**asked).usage.cache_creation_input_tokens
    assert client.messages.create(**asked).usage.cache_read_input_tokens


def test_diagnostics_compare_with_the_message_that_is_named(client: Anthropic) -> None:
    def said(**more: Any) -> Any:
        diagnostics = more["diagnostics"]["previous_message_id"]
        found = ask(client, more.pop("system"), **more).diagnostics
        return diagnostics and found and found.cache_miss_reason.type

    first = ask(client, "one")
    named = {"previous_message_id": first.id}
    assert said(system="one", diagnostics={"previous_message_id": None}) is None
    assert said(system="one", diagnostics=named) is None
    assert said(system="two", diagnostics=named) == "system_changed"
    assert said(system="one", diagnostics=named, model="claude-opus-5") == "model_changed"
    unknown = {"previous_message_id": "msg_unknown"}
    assert said(system="one", diagnostics=unknown) == "previous_message_not_found"
