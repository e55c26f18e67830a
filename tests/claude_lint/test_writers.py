"""What a method sets after an instance was made: the head of a conversation, an attribute."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from claude_lint.following.project import Project
from claude_lint.modelling.analyse import requests_in
from claude_lint.reading.reader import Reader
from claude_lint.reading.source import parse
from claude_lint.request import Request, Segment, Stability

if TYPE_CHECKING:
    from pathlib import Path

TALK = """
import anthropic
from dataclasses import dataclass, field
from datetime import datetime
CLOCK = f"Now: "
@dataclass(frozen=True)
class Head:
    text: str
@dataclass
class Talk:
    turns: list = field(default_factory=lambda: [Head("")])
    def add(self, turn):
        self.turns.append(turn)
"""
WRITER = """
    def instruct(self, who):
        text = f"You help {who}. {datetime.now()}"
        self.turns[0] = Head(text=text)
"""
ANSWER = """
def answer(client: anthropic.Anthropic, talk: Talk):
    system = [{"type": "text", "text": talk.turns[0].text, "cache_control": {"type": "ephemeral"}}]
    for _ in range(4):
        client.messages.create(model="m", max_tokens=9, system=system, messages=talk.turns[1:])
"""


def changing(code: str, project: Project | None = None) -> list[Segment]:
    """What is not known to stay the same in the system prompt of the one request."""
    (request,) = requests_in(parse(code.encode(), "a.py"), project)
    return [one for one in system_of(request) if one.source]


def system_of(request: Request) -> tuple[Segment, ...]:
    return tuple(one for piece in request.pieces if piece.part == "system" for one in piece.segments)


def test_the_head_of_a_conversation_is_what_the_one_method_writes_that_sets_it() -> None:
    (clock,) = changing(TALK + WRITER + ANSWER)
    assert (clock.stability, clock.renewed) == (Stability.PER_SESSION, "instruct")
    assert [step.message for step in clock.chain][-1] == "`instruct()` writes it"
    assert clock.chain[-1].place.line == 17


@pytest.mark.parametrize(
    "other",
    [
        "    def preview(self):\n        self.turns[0] = Head(text='')\n",
        "    def clear(self):\n        self.turns = []\n",
        "    def begin(self):\n        del self.turns[1:]\n",
        "    def begin(self):\n        self.turns[1:] = []\n",
        "    def begin(self):\n        self.turns.clear()\n",
        "def start(talk):\n    talk.turns[0] = Head(text='')\n",
        "def start(talk):\n    talk.turns: list = []\n",
    ],
    ids=["another item", "the list", "del", "slice", "clear", "outside", "outside, annotated"],
)
def test_what_something_else_sets_too_is_unknown(other: str) -> None:
    assert changing(TALK + WRITER + other + ANSWER) == []


def test_what_an_initialiser_calls_writes_once_for_an_object() -> None:
    initialiser = "    def __post_init__(self):\n        self.instruct('anyone')\n"
    (clock,) = changing(TALK + WRITER + initialiser + ANSWER)
    assert (clock.stability, clock.renewed) == (Stability.PER_SESSION, "")


def test_comparing_the_attribute_of_something_else_sets_nothing() -> None:
    compared = "def same(one, other):\n    return one.turns == other.turns\n"
    assert changing(TALK + WRITER + compared + ANSWER) != []


def test_a_head_that_its_writer_may_keep_is_unknown() -> None:
    kept = WRITER.replace("        text =", "        if who == self.who:\n            return\n        text =")
    assert kept != WRITER
    assert changing(TALK + kept + ANSWER) == []


def test_what_the_writer_only_passes_on_is_not_renewed() -> None:
    made = "    def __post_init__(self):\n        self.since = datetime.now()\n"
    writer = "    def instruct(self):\n        self.turns[0] = Head(text=f'Since {self.since}')\n"
    (clock,) = changing(TALK + made + writer + ANSWER)
    assert (clock.stability, clock.renewed) == (Stability.PER_SESSION, "")


def test_an_item_behind_an_unknown_number_of_items_is_unknown() -> None:
    writer = "    def instruct(self):\n        self.turns[1] = Head(text=f'{datetime.now()}')\n"
    assert changing(TALK + writer + ANSWER.replace("turns[0]", "turns[1]")) == []


def test_an_attribute_that_one_method_sets_is_what_it_sets_once_for_an_object() -> None:
    code = """
import anthropic, time
class Office:
    def __init__(self, client: anthropic.Anthropic):
        self.client, self.prompt = client, None
    def open(self):
        self.prompt = f"Opened {time.time()}"
    def ask(self):
        self.client.messages.create(model="m", max_tokens=9, messages=[], system=[
            {"type": "text", "text": self.prompt, "cache_control": {"type": "ephemeral"}}])
"""
    (clock,) = changing(code)
    assert (clock.stability, clock.renewed) == (Stability.PER_SESSION, "")
    assert changing(code.replace("def ask(self):", "def ask(self):\n        self.prompt = 'Hi'")) == []


def test_without_a_breakpoint_writers_are_not_followed() -> None:
    assert changing(TALK + WRITER + ANSWER.replace(', "cache_control": {"type": "ephemeral"}', "")) == []


def test_a_class_beside_jinjas_own_renders_its_text(tmp_path: Path) -> None:
    (tmp_path / "b.py").write_text(
        "import jinja2\n"
        "class PromptTemplate:\n"
        "    def __init__(self, source):\n        self.source = source\n"
        "    def async_render(self, **names):\n"
        "        return jinja2.Environment().from_string(self.source).render(**names)\n"
    )
    asking = """
import anthropic
from b import PromptTemplate
def ask(given):
    anthropic.Anthropic().messages.create(model="m", max_tokens=9, messages=[],
        system=PromptTemplate(given or "At {{ now().strftime('%H:%M') }}").async_render())
"""
    project = Project(Reader(tmp_path))
    assert [one.stability for one in changing(asking, project)] == [Stability.PER_CALL]
    (tmp_path / "b.py").write_text((tmp_path / "b.py").read_text().replace("import jinja2", "import jinja9"))
    assert changing(asking, Project(Reader(tmp_path))) == []


def test_expressions_of_a_template_are_told_apart_however_many_there_are() -> None:
    clock, day = "{{ now().strftime('%H:%M:%S') }}", "{{ now().strftime('%Y-%m-%d') }}"
    code = f"""
import anthropic
from jinja2 import Template
def ask():
    anthropic.Anthropic().messages.create(model="m", max_tokens=9, messages=[],
        system=Template("{(clock + day) * 40}").render())
"""
    found = [one.stability for one in changing(code)]
    assert found == [Stability.PER_CALL, Stability.PER_DAY] * 40
