"""What loops do to lists, and what helpers do to each block of a list."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from claude_lint.modelling.analyse import requests_in
from claude_lint.reading.source import parse

if TYPE_CHECKING:
    from claude_lint.request import Request


def the_request(code: str) -> Request:
    head = "import anthropic\nc = anthropic.Anthropic()\nEPHEMERAL = {'type': 'ephemeral'}\n"
    (request,) = requests_in(parse((head + dedent(code)).encode(), "a.py"))
    return request


MARKED = {
    "a helper over appended blocks": """
        def mark(message):
            if isinstance(message["content"], list):
                for block in message["content"]:
                    block["cache_control"] = EPHEMERAL
            return message
        def ask(uses):
            results = []
            for use in uses:
                results.append({"type": "tool_result", "content": str(use)})
            c.messages.create(messages=[mark({"role": "user", "content": results})])
    """,
    "a comprehension": """
        def ask(uses):
            blocks = [{"type": "text", "text": str(use)} for use in uses]
            marked = [{**block, "cache_control": EPHEMERAL} for block in blocks]
            c.messages.create(messages=[{"role": "user", "content": marked}])
    """,
    "blocks made in a loop": """
        def ask(uses):
            system = []
            for use in uses:
                system.append({"type": "text", "text": use, "cache_control": EPHEMERAL})
            c.messages.create(system=system)
    """,
}


@pytest.mark.parametrize("code", MARKED.values(), ids=MARKED)
def test_a_mark_on_each_of_any_number_of_blocks_is_many(code: str) -> None:
    (mark,) = the_request(code).breakpoints
    assert mark.many


FEW = {
    "the last block only": """
        def ask(uses):
            blocks = [{"type": "text", "text": use} for use in uses]
            blocks[-1]["cache_control"] = EPHEMERAL
            c.messages.create(messages=[{"role": "user", "content": blocks}])
    """,
    "one turn of the loop": """
        def ask(uses, wanted):
            system = []
            for use in uses:
                block = {"type": "text", "text": use}
                if use == wanted:
                    block["cache_control"] = EPHEMERAL
                system.append(block)
            c.messages.create(system=system)
    """,
    "the loop ends with the first": """
        def ask(uses):
            blocks = [{"type": "text", "text": use} for use in uses]
            for block in reversed(blocks):
                block["cache_control"] = EPHEMERAL
                break
            c.messages.create(messages=[{"role": "user", "content": blocks}])
    """,
    "a flag": """
        def ask(uses, cached):
            blocks = [
                {"type": "text", "text": use, "cache_control": EPHEMERAL if cached else None} for use in uses]
            c.messages.create(messages=[{"role": "user", "content": blocks}])
    """,
}


@pytest.mark.parametrize("code", FEW.values(), ids=FEW)
def test_a_mark_that_need_not_be_on_every_block_is_not_many(code: str) -> None:
    assert not any(mark.many for mark in the_request(code).breakpoints)


def test_a_list_or_a_text_is_told_apart_before_it_is_changed() -> None:
    request = the_request(
        """
        def blocks(content):
            if isinstance(content, str):
                content = [{"type": "text", "text": content}]
            return content
        def ask():
            content = blocks([{"type": "text", "text": "Hi"}])
            c.messages.create(system=blocks("You are kind."), messages=[{"role": "user", "content": content}])
        """
    )
    assert [(piece.path, piece.text, piece.certain) for piece in request.pieces] == [
        ("system[0]", "You are kind.", True),
        ("messages[0].content[0]", "Hi", True),
    ]


TOOL = "{'name': '%s', 'input_schema': {'type': 'object', 'properties': {'label': {'type': 'string'}}}}"


@pytest.mark.parametrize(
    ("name", "more", "is_output"),
    [
        ("anything", ", tool_choice={'type': 'tool', 'name': 'anything'}", True),
        ("anything", ", tool_choice={'type': 'any'}", True),
        ("print_label", "", True),
        ("get_label", "", False),
        ("print_label", ", tool_choice={'type': 'none'}", False),
    ],
)
def test_the_one_tool_that_takes_the_answer_is_its_shape(name: str, more: str, is_output: bool) -> None:
    request = the_request(f"c.messages.create(model='m', tools=[{TOOL % name}]{more})")
    assert (request.output is not None) == is_output
