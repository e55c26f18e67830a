"""A request as the cache sees it: what changes a prefix, and what leaves it as it is."""

from __future__ import annotations

import copy
import enum

import pytest
from anthropic.types import TextBlock

from otel_claude.cache.digests import Digester, UnreadableError
from otel_claude.cache.prompt import read
from otel_claude.cache.status import has_breakpoint

MARK = {"type": "ephemeral"}
TOOL = {
    "name": "search",
    "description": "d",
    "input_schema": {"type": "object", "properties": {"a": {}, "b": {}}},
}
BODY = {
    "model": "claude-sonnet-5-5",
    "max_tokens": 9,
    "tools": [TOOL, {**TOOL, "name": "other"}],
    "system": [{"type": "text", "text": "one"}, {"type": "text", "text": "two", "cache_control": MARK}],
    "messages": [
        {"role": "user", "content": "question"},
        {"role": "assistant", "content": [{"type": "text", "text": "answer"}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "x" * 5000}]},
    ],
}


def prompt(**changes):
    body = {**copy.deepcopy(BODY), **changes}
    return read(body, Digester(b"key"))


def first_difference(one, other):
    pairs = enumerate(zip(one.chain, other.chain, strict=False))
    return next((one.places[index] for index, (a, b) in pairs if a != b), None)


@pytest.mark.parametrize(
    "changes",
    [
        {"system": [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]},
        {"system": [{"text": "one", "type": "text"}, {"text": "two", "type": "text", "citations": None}]},
        {"tools": tuple(BODY["tools"])},
        {"model": "claude-sonnet-5-5-20260928"},
        {
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": "question"}]},
                *BODY["messages"][1:],
            ]
        },
        {
            "messages": [
                BODY["messages"][0],
                {"role": "assistant", "content": [TextBlock(type="text", text="answer", citations=None)]},
                BODY["messages"][2],
            ]
        },
        {"tool_choice": {"type": "auto", "disable_parallel_tool_use": False}},
        {"output_config": {"effort": "high"}},
        {"speed": "standard"},
        {"max_tokens": 700, "metadata": {"user_id": "u"}, "stream": True, "stop_sequences": ["x"]},
        {"tools": [*BODY["tools"], {**TOOL, "name": "late", "defer_loading": True}]},
    ],
    ids="-".join,
)
def test_what_the_api_takes_for_the_same_prefix_has_the_same_digests(changes):
    assert prompt(**changes).chain == prompt().chain


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"model": "claude-opus-5-5"}, ("tools", 0, 0)),
        ({"tools": list(reversed(BODY["tools"]))}, ("tools", 0, 0)),
        (
            {"tools": [TOOL, {**TOOL, "name": "other", "input_schema": {"properties": {"b": {}, "a": {}}}}]},
            ("tools", 1, 0),
        ),
        ({"tools": [*BODY["tools"], {"type": "web_search_20250305", "name": "w"}]}, ("tools", 2, 0)),
        ({"speed": "fast"}, ("system", 0, 0)),
        ({"system": "one"}, ("messages", 0, 0)),
        ({"system": [{"type": "text", "text": "one"}, {"type": "text", "text": "2"}]}, ("system", 1, 0)),
        ({"tool_choice": {"type": "any"}}, ("messages", 0, 0)),
        ({"thinking": {"type": "adaptive"}}, ("messages", 0, 0)),
        ({"output_config": {"effort": "low"}}, ("messages", 0, 0)),
        ({"messages": [{"role": "assistant", "content": "question"}]}, ("messages", 0, 0)),
        (
            {
                "messages": [
                    *BODY["messages"][:2],
                    {"role": "user", "content": [{"type": "image", "source": {}}]},
                ]
            },
            ("messages", 0, 0),
        ),
    ],
    ids=str,
)
def test_a_change_shows_from_the_first_block_on_that_it_invalidates(changes, place):
    changed = prompt(**changes)
    if changes == {"system": "one"}:
        # The last block of the system prompt is gone: what follows it is another prefix.
        assert changed.chain[2] == prompt().chain[2]
        assert changed.chain[3] != prompt().chain[3]
    else:
        assert first_difference(changed, prompt()) == place


def test_breakpoints_are_found_wherever_they_are_legal():
    inner = [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral", "ttl": "1h"}}]
    body = {
        "tools": [{**TOOL, "cache_control": MARK}],
        "messages": [
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": inner}]},
            {"role": "user", "content": "end"},
        ],
        "cache_control": MARK,
    }
    found = prompt(**body)
    assert [(found.places[mark.block][0], mark.ttl_ns // 10**9) for mark in found.marks] == [
        ("tools", 300),
        ("system", 300),
        ("messages", 3600),
        ("messages", 300),
    ]
    assert found.places[found.last] == ("messages", 1, 0)


@pytest.mark.parametrize(
    "body",
    [
        {"messages": [{"role": "user", "content": "x"}], "cache_control": MARK},
        {"messages": [], "system": [{"type": "text", "text": "", "cache_control": MARK}]},
        {"messages": [], "tools": [{**TOOL, "cache_control": MARK}]},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "", "cache_control": MARK}]}]},
        {"messages": [{"content": [{"type": "tool_result", "content": [{"cache_control": MARK}]}]}]},
    ],
)
def test_a_request_with_a_breakpoint_is_told_from_one_without(body):
    assert has_breakpoint(body)
    assert not has_breakpoint({**body, "cache_control": None, "system": None, "tools": None, "messages": []})


def test_a_block_that_says_it_is_no_breakpoint_is_none():
    block = {"type": "text", "text": "x", "cache_control": None}
    result = {"type": "tool_result", "tool_use_id": "t", "content": [block]}
    assert not has_breakpoint({"system": [block], "messages": [{"role": "user", "content": [block, result]}]})


def test_an_enumeration_is_as_the_text_that_is_sent():
    class Kind(str, enum.Enum):
        A = "a"

    one = [{"type": "tool_use", "id": "t", "name": "n", "input": {"kind": Kind.A}}]
    other = [{"type": "tool_use", "id": "t", "name": "n", "input": {"kind": "a"}}]
    assert (
        prompt(messages=[{"role": "assistant", "content": one}]).chain
        == prompt(messages=[{"role": "assistant", "content": other}]).chain
    )


@pytest.mark.parametrize("name", ["messages", "tools", "system"])
def test_what_can_be_read_only_once_is_left_alone(name):
    once = iter(copy.deepcopy(BODY[name]))
    with pytest.raises(UnreadableError):
        prompt(**{name: once})
    assert len(list(once)) == len(BODY[name])


def test_reading_changes_nothing():
    body = {**copy.deepcopy(BODY), "cache_control": MARK}
    read(body, Digester(b"key"))
    assert body == {**BODY, "cache_control": MARK}


def test_a_long_text_is_known_again_without_being_kept():
    digester = Digester(b"key")
    long = "x" * 5000
    assert digester.of_text(long) == digester.of_text("x" * 4999 + "x") != digester.of_text("x" * 4999 + "y")
    assert "xxxx" not in repr(vars(digester._memos))


def test_another_key_makes_other_digests():
    one, other = read(BODY, Digester(b"key")), read(BODY, Digester(b"another"))
    assert not set(one.chain) & set(other.chain)
    assert one.prefix != other.prefix


def test_tools_that_are_changed_in_place_are_read_again():
    digester, tools = Digester(b"key"), copy.deepcopy(BODY["tools"])
    marked = [{**tools[0], "cache_control": {"type": "ephemeral"}}, tools[1]]
    first = read({**BODY, "tools": marked}, digester)
    marked[0]["cache_control"]["ttl"] = "1h"
    second = read({**BODY, "tools": marked}, digester)
    assert [each.marks[0].ttl_ns for each in (first, second)] == [300 * 10**9, 3600 * 10**9]
    assert first.chain == second.chain
    del marked[0]["cache_control"]["ttl"]
    assert read({**BODY, "tools": marked}, digester).marks == first.marks
    marked[1]["description"] = "edited"
    third = read({**BODY, "tools": marked}, digester)
    assert first_difference(first, third) == ("tools", 1, 0)


@pytest.mark.parametrize("length", [10, 5000])
def test_who_says_a_text_counts_and_how_it_is_written_does_not(length):
    text = "x" * length
    ways = (
        ("user", text),
        ("user", [{"type": "text", "text": text}]),
        ("user", [TextBlock(type="text", text=text)]),
    )
    same = [prompt(messages=[{"role": role, "content": content}]).digests[-1] for role, content in ways]
    other = prompt(messages=[{"role": "assistant", "content": text}]).digests[-1]
    assert len({*same}) == 1
    assert other not in same


def test_turns_are_told_by_what_the_assistant_answered():
    """An answer may be of several messages, and what is begun for the next is none."""
    said = ["user", "assistant", "assistant", "user", "user", "assistant", "user", "assistant"]
    messages = [{"role": role, "content": f"{number}"} for number, role in enumerate(said)]
    begin = prompt(messages=[]).messages_at
    assert [at - begin for at in prompt(messages=messages).turns] == [0, 1, 5, 7]
    assert prompt(messages=messages).opening == begin + 1
    assert [at - begin for at in prompt(messages=messages[:1]).turns] == [0, 1]
