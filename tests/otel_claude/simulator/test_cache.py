"""What requests read from and write to the prompt cache, seen through the SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from anthropic import Anthropic

    from otel_claude.simulator import Simulator

MODEL = "claude-opus-5-5"  # caches from 512 tokens on
FIVE = {"type": "ephemeral"}
HOUR = {"type": "ephemeral", "ttl": "1h"}
IMAGE = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
SCHEMA = {"type": "object", "properties": {}, "additionalProperties": False}


def text(name: str, tokens: int, cache_control: dict[str, str] | None = None) -> dict[str, Any]:
    block: dict[str, Any] = {"type": "text", "text": (name * tokens * 4)[: tokens * 4]}
    return {**block, "cache_control": cache_control} if cache_control else block


def tool(name: str, tokens: int, cache_control: dict[str, str] | None = None) -> dict[str, Any]:
    bare = {"name": name, "description": "", "input_schema": {"type": "object"}}
    missing = tokens * 4 - len('{"name":"","description":"","input_schema":{"type":"object"}}') - len(name)
    one = {**bare, "description": "d" * missing}
    return {**one, "cache_control": cache_control} if cache_control else one


def ask(*content: dict[str, Any], role: str = "user") -> dict[str, Any]:
    return {"role": role, "content": list(content)}


def request(**changes: Any) -> dict[str, Any]:
    """Tools of 600 tokens, a system prompt of 700 and a message of 50, with breakpoints on the first two."""
    plain = {
        "model": MODEL,
        "max_tokens": 10,
        "tools": [tool("search", 600, FIVE)],
        "system": [text("s", 700, FIVE)],
        "messages": [ask(text("q", 50))],
    }
    return {key: value for key, value in {**plain, **changes}.items() if value is not None}


def counts(client: Anthropic, body: dict[str, Any]) -> tuple[int, int, int, int]:
    """Tokens read, written for an hour, written for five minutes, and uncached."""
    usage = client.messages.create(**body).usage
    split = usage.cache_creation
    assert split is not None
    assert usage.cache_creation_input_tokens == (
        split.ephemeral_1h_input_tokens + split.ephemeral_5m_input_tokens
    )
    assert usage.cache_read_input_tokens is not None
    return (
        usage.cache_read_input_tokens,
        split.ephemeral_1h_input_tokens,
        split.ephemeral_5m_input_tokens,
        usage.input_tokens,
    )


ONE_OFF = {"messages": [ask(text("q", 50), text("r", 600, FIVE))]}

AFTER_THE_FIRST = {
    "same again: everything is read": ({}, (1300, 0, 0, 50)),
    "another question: the prefix is read": ({"messages": [ask(text("z", 90))]}, (1300, 0, 0, 90)),
    "content as a string is the same text": (
        {"messages": [{"role": "user", "content": "q" * 200}]},
        (1300, 0, 0, 50),
    ),
    "another system prompt: tools are read": ({"system": [text("t", 700, FIVE)]}, (600, 0, 700, 50)),
    "another tool: nothing is read": ({"tools": [tool("find", 600, FIVE)]}, (0, 0, 1300, 50)),
    "one tool more, in front: nothing is read": (
        {"tools": [tool("find", 20), tool("search", 600, FIVE)]},
        (0, 0, 1320, 50),
    ),
    "one tool more, behind: the first is read": (
        {"tools": [tool("search", 600, FIVE), tool("find", 20)]},
        (600, 0, 720, 50),
    ),
    "another model: nothing is read": ({"model": "claude-sonnet-5-5"}, (0, 0, 1300, 50)),
    "another speed: tools are read": ({"speed": "fast"}, (600, 0, 700, 50)),
    "web search: tools are read": (
        {"tools": [tool("search", 600, FIVE), {"type": "web_search_20260209", "name": "web_search"}]},
        (600, 0, 713, 50),
    ),
    "web search, in front: tools are read": (
        {"tools": [{"type": "web_search_20260209", "name": "web_search"}, tool("search", 600, FIVE)]},
        (600, 0, 713, 50),
    ),
    "effort: tools and system are read": ({"output_config": {"effort": "low"}}, (1300, 0, 0, 50)),
    "no breakpoints: nothing is read or written": (
        {"tools": [tool("search", 600)], "system": [text("s", 700)]},
        (0, 0, 0, 1350),
    ),
    "one breakpoint, on the system prompt: all is read": ({"tools": [tool("search", 600)]}, (1300, 0, 0, 50)),
    "one breakpoint, on the tools: the rest is input": ({"system": [text("s", 700)]}, (600, 0, 0, 750)),
    "one more breakpoint: only what follows is written": (ONE_OFF, (1300, 0, 650, 0)),
}


@pytest.mark.parametrize(("changes", "expected"), AFTER_THE_FIRST.values(), ids=AFTER_THE_FIRST)
def test_second_request(
    client: Anthropic, changes: dict[str, Any], expected: tuple[int, int, int, int]
) -> None:
    assert counts(client, request()) == (0, 0, 1300, 50)
    assert counts(client, request(**changes)) == expected


PARAMETERS: dict[str, dict[str, Any]] = {
    "tool_choice": {"tool_choice": {"type": "none"}},
    "parallel": {"tool_choice": {"type": "auto", "disable_parallel_tool_use": True}},
    "thinking": {"thinking": {"type": "adaptive"}},
    "effort": {"output_config": {"effort": "max"}},
    "format": {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},
    "image": {"messages": [*ONE_OFF["messages"], ask(IMAGE)]},
}


@pytest.mark.parametrize("changes", PARAMETERS.values(), ids=PARAMETERS)
def test_some_parameters_change_the_prefix_from_the_messages_on(
    client: Anthropic, changes: dict[str, Any]
) -> None:
    assert counts(client, request(**ONE_OFF)) == (0, 0, 1950, 0)
    read, _, written, _ = counts(client, request(**{**ONE_OFF, **changes}))
    assert (read, written) == (1300, 650)


DEFAULTS: dict[str, dict[str, Any]] = {
    "tool_choice": {"tool_choice": {"type": "auto"}},
    "parallel": {"tool_choice": {"type": "auto", "disable_parallel_tool_use": False}},
    "effort": {"output_config": {"effort": "medium"}},
    "speed": {"speed": "standard"},
}


@pytest.mark.parametrize("changes", DEFAULTS.values(), ids=DEFAULTS)
def test_a_default_that_is_spelled_out_is_the_same_prefix(client: Anthropic, changes: dict[str, Any]) -> None:
    counts(client, request(**ONE_OFF))
    assert counts(client, request(**{**ONE_OFF, **changes})) == (1950, 0, 0, 0)


def test_citations_change_the_prefix_from_the_system_prompt_on(client: Anthropic) -> None:
    document = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "d"}}
    counts(client, request(messages=[ask(document)]))
    cited = {**document, "citations": {"enabled": True}}
    assert counts(client, request(messages=[ask(cited)]))[:3] == (600, 0, 700)


@pytest.mark.parametrize(
    ("model", "minimum"), [("claude-opus-5-5", 512), ("claude-sonnet-5", 1024), ("claude-opus-4-6", 4096)]
)
def test_a_prefix_below_the_models_minimum_is_silently_not_cached(
    client: Anthropic, model: str, minimum: int
) -> None:
    for tokens, expected in ((minimum - 1, (0, 0, 0, minimum)), (minimum, (0, 0, minimum, 1))):
        body = request(
            model=model, tools=None, system=[text("s", tokens, FIVE)], messages=[ask(text("q", 1))]
        )
        assert counts(client, body) == expected


def test_a_short_prefix_counts_together_with_what_stands_before_it(client: Anthropic) -> None:
    body = request(tools=[tool("search", 400, FIVE)], system=[text("s", 200, FIVE)])
    assert counts(client, body) == (0, 0, 600, 50)
    assert counts(client, body) == (600, 0, 0, 50)


@pytest.mark.parametrize(("ttl", "seconds"), [(FIVE, 300), (HOUR, 3600)])
def test_an_entry_lives_for_its_ttl_from_its_last_use(
    sim: Simulator, client: Anthropic, ttl: dict[str, str], seconds: int
) -> None:
    body = request(tools=None, system=[text("s", 700, ttl)])
    assert counts(client, body)[0] == 0
    sim.clock.advance(seconds - 1)
    assert counts(client, body)[0] == 700
    sim.clock.advance(seconds - 1)
    assert counts(client, body)[0] == 700, "the read before refreshed it"
    sim.clock.advance(seconds)
    assert counts(client, body)[0] == 0


def test_a_read_refreshes_what_earlier_breakpoints_wrote(sim: Simulator, client: Anthropic) -> None:
    counts(client, request())
    sim.clock.advance(200)
    counts(client, request())
    sim.clock.advance(200)
    assert counts(client, request(system=[text("t", 700, FIVE)]))[0] == 600


def test_the_time_that_a_response_takes_does_not_lengthen_a_life(sim: Simulator, client: Anthropic) -> None:
    body = request(tools=None)
    with client.messages.create(**body, stream=True) as stream:
        sim.clock.advance(299)
        list(stream)
    sim.clock.advance(1)
    assert counts(client, body)[0] == 0


def test_one_hour_then_five_minutes_are_billed_apart_and_expire_apart(
    sim: Simulator, client: Anthropic
) -> None:
    body = request(tools=[tool("search", 600, HOUR)])
    assert counts(client, body) == (0, 600, 700, 50)
    assert counts(client, body) == (1300, 0, 0, 50)
    sim.clock.advance(301)
    assert counts(client, body) == (600, 0, 700, 50)
    sim.clock.advance(3601)
    assert counts(client, body) == (0, 600, 700, 50)


def test_an_hour_written_behind_what_was_read_starts_where_reading_ended(client: Anthropic) -> None:
    counts(client, request(tools=[tool("search", 600, HOUR)], system=[text("s", 700)]))
    body = request(
        tools=[tool("search", 600, HOUR)],
        system=[text("s", 700, HOUR)],
        messages=[ask(text("q", 50, FIVE)), ask(text("a", 9))],
    )
    assert counts(client, body) == (600, 700, 50, 9)


def test_a_rolling_breakpoint_reads_the_conversation_so_far(client: Anthropic) -> None:
    messages: list[dict[str, Any]] = []
    for turn in range(4):
        messages.append(ask(text(f"{turn}", 100)))
        rolled = [*messages[:-1], ask(text(f"{turn}", 100, FIVE))]
        before = 700 + 150 * turn - (50 if turn else 0)
        expected = (0, 0, 800, 0) if turn == 0 else (before, 0, 150, 0)
        assert counts(client, request(tools=None, system=[text("s", 700)], messages=rolled)) == expected
        messages.append(ask(text("a", 50), role="assistant"))


def test_a_breakpoint_on_what_changes_writes_each_time_and_never_reads(client: Anthropic) -> None:
    for call in ("a", "b", "c"):
        body = request(tools=None, system=[text("s", 700), text(call, 10, FIVE)])
        assert counts(client, body) == (0, 0, 710, 50)


@pytest.mark.parametrize(("added", "read"), [(19, 1300), (20, 0)])
def test_a_breakpoint_looks_back_over_twenty_blocks(client: Anthropic, added: int, read: int) -> None:
    first = request(tools=[tool("search", 600)])
    counts(client, first)
    blocks = [text("x", 1) for _ in range(added - 1)]
    body = request(
        tools=[tool("search", 600)], system=[text("s", 700)], messages=[ask(*blocks, text("y", 1, FIVE))]
    )
    assert counts(client, body)[0] == read


def test_the_top_level_breakpoint_stands_on_the_last_block(client: Anthropic) -> None:
    body = request(tools=None, system="s" * 2800, cache_control=HOUR)
    assert counts(client, body) == (0, 750, 0, 0)
    assert counts(client, body) == (750, 0, 0, 0)


def test_a_deferred_tool_is_outside_the_prefix(client: Anthropic) -> None:
    counts(client, request())
    deferred = {**tool("later", 300), "defer_loading": True}
    assert counts(client, request(tools=[deferred, tool("search", 600, FIVE)])) == (1300, 0, 0, 50)


def test_the_order_of_keys_is_part_of_the_prefix(client: Anthropic) -> None:
    counts(client, request())
    turned = dict(reversed(tool("search", 600, FIVE).items()))
    assert counts(client, request(tools=[turned]))[0] == 0


def test_an_alias_and_its_snapshot_are_one_model(client: Anthropic) -> None:
    long = {"tools": None, "system": [text("s", 5000, FIVE)]}
    counts(client, request(model="claude-haiku-4-5", **long))
    assert counts(client, request(model="claude-haiku-4-5-20251001", **long))[0] == 5000


def test_prewarming_writes_without_an_answer(client: Anthropic) -> None:
    message = client.messages.create(**request(max_tokens=0))
    assert (message.content, message.stop_reason, message.usage.output_tokens) == ([], "max_tokens", 0)
    assert counts(client, request())[0] == 1300


def test_a_request_that_fails_caches_nothing(sim: Simulator, client: Anthropic) -> None:
    sim.script(["error=529"])
    with pytest.raises(Exception, match="529"):
        client.messages.create(**request())
    assert counts(client, request())[0] == 0


def test_counted_tokens_are_the_tokens_charged(client: Anthropic) -> None:
    body = request(**ONE_OFF)
    counted = client.messages.count_tokens(
        **{key: body[key] for key in ("model", "tools", "system", "messages")}
    )
    assert counted.input_tokens == sum(counts(client, body)) == 1950
