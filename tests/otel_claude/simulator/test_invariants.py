"""What holds for every request, whatever it says."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from otel_claude.simulator import Clock, events
from otel_claude.simulator.cache import PrefixCache
from otel_claude.simulator.errors import ApiError
from otel_claude.simulator.messages import Messages
from otel_claude.simulator.prompt import MAX_BREAKPOINTS, Block, Section

START = datetime(2026, 11, 20, 9, tzinfo=timezone.utc)
HEADERS = {"x-api-key": "k", "anthropic-version": "2026-10-21"}
BODY = {"model": "claude-opus-5-5"}


@st.composite
def prompts(draw: st.DrawFn) -> tuple[Block, ...]:
    """Blocks of three sizes and two contents, up to four of them breakpoints, the 1h ones first."""
    length = draw(st.integers(1, 30))
    marked = sorted(draw(st.sets(st.integers(0, length - 1), max_size=MAX_BREAKPOINTS)))
    hours = draw(st.integers(0, len(marked)))
    edges = sorted((draw(st.integers(0, length)), draw(st.integers(0, length))))
    blocks = []
    for index in range(length):
        section: Section = "tools" if index < edges[0] else "system" if index < edges[1] else "messages"
        ttl: Any = None if index not in marked else "1h" if marked.index(index) < hours else "5m"
        content = f"{index}{draw(st.sampled_from('aaab'))}"
        blocks.append(Block(f"{index}", section, content, draw(st.sampled_from([0, 300])), ttl))
    # One content has one size, as it is counted from it.
    return tuple(Block(b.path, b.section, f"{b.content}{b.tokens}", b.tokens, b.ttl) for b in blocks)


@settings(deadline=None)
@given(st.lists(st.tuples(prompts(), st.integers(0, 400)), min_size=1, max_size=6))
def test_every_token_is_counted_once_and_what_is_written_can_be_read(
    requests: list[tuple[tuple[Block, ...], int]],
) -> None:
    cache, at, written = PrefixCache(), START, 0
    for blocks, pause in requests:
        lookup = cache.look_up(BODY, blocks, at)
        parts = (lookup.read, lookup.write_1h, lookup.write_5m, lookup.uncached)
        assert min(parts) >= 0
        assert sum(parts) == sum(block.tokens for block in blocks)
        assert lookup.read <= written, "nothing is read that nobody wrote"
        cache.write(lookup)
        again = cache.look_up(BODY, blocks, at)
        assert (again.read, again.write_1h, again.write_5m) == (sum(parts[:3]), 0, 0)
        written = max(written, lookup.read + lookup.write_1h + lookup.write_5m)
        at += timedelta(seconds=pause)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=4,
)
WORDS = st.sampled_from(["text", "tool_use", "tool", "get_weather", "object", "array", "#", "1h"])
KEYWORDS = st.sampled_from(
    [
        "type",
        "properties",
        "required",
        "items",
        "minItems",
        "anyOf",
        "allOf",
        "$ref",
        "enum",
        "minimum",
        "multipleOf",
    ]
)
SCHEMA = st.dictionaries(
    KEYWORDS, st.one_of(WORDS, JSON, st.lists(WORDS, max_size=2), st.dictionaries(WORDS, JSON)), max_size=4
)


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """An object with some of these fields; each has a wrong value now and then."""
    strategies = {name: st.one_of(strategy, strategy, strategy, JSON) for name, strategy in fields.items()}
    return st.fixed_dictionaries({}, optional=strategies)


def one(kind: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """An object of type `kind` with all of these fields, or some of them."""
    whole = st.fixed_dictionaries({"type": st.just(kind), **fields})
    return st.one_of(whole, whole, some(type=st.just(kind), **fields))


EPHEMERAL = one("ephemeral", ttl=st.sampled_from(["5m", "1h"]))
WORDY = one("text", text=st.text(min_size=1, max_size=9), citations=st.just({"enabled": True}))
BLOCK = st.one_of(
    WORDY,
    st.builds(lambda block, mark: {**block, "cache_control": mark}, WORDY, EPHEMERAL),
    one("image", source=JSON),
    one("tool_result", tool_use_id=WORDS, content=st.one_of(st.text(), st.lists(WORDY, max_size=2))),
    one("thinking", thinking=st.text(), signature=WORDS),
)
MESSAGE = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["user", "assistant"]),
        "content": st.one_of(st.text(min_size=1, max_size=9), st.lists(BLOCK, min_size=1, max_size=3)),
    }
)
REQUESTS = st.fixed_dictionaries(
    {
        "model": st.sampled_from(["claude-opus-5-5", "claude-sonnet-5", "m"]),
        "max_tokens": st.integers(0, 40),
        "messages": st.lists(MESSAGE, min_size=1, max_size=3),
    },
    optional={
        "system": st.one_of(st.text(), st.lists(WORDY, max_size=2)),
        "tools": st.lists(one("custom", name=WORDS, input_schema=SCHEMA), max_size=2),
        "tool_choice": one("tool", name=WORDS) | one("any") | one("auto", disable_parallel_tool_use=JSON),
        "thinking": one("adaptive", display=WORDS),
        "output_config": some(effort=WORDS, format=one("json_schema", schema=SCHEMA)),
        "cache_control": EPHEMERAL,
        "speed": WORDS,
        "stream": st.booleans(),
    },
)


@settings(deadline=None)
@given(REQUESTS)
def test_any_request_is_answered_or_refused(body: dict[str, Any]) -> None:
    endpoint = Messages(Clock(START))
    with suppress(ApiError):
        reply = endpoint.create(HEADERS, body, "req_1")
        assert all(event.encode() for event in events.of_message(reply.message))
        json.dumps(reply.message)
    (call,) = endpoint.ledger.calls()
    assert call.status in (200, 400)
