"""What templates with placeholders of their own come to."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from claude_lint.following.project import Project
from claude_lint.modelling.analyse import requests_in
from claude_lint.reading.reader import Reader
from claude_lint.reading.source import parse
from claude_lint.request import Request, Stability
from claude_lint.rule import Context
from claude_rules.dynamic_cached_prefix import RULE

if TYPE_CHECKING:
    from pathlib import Path

SDK = "import anthropic\nc = anthropic.Anthropic()\n"
RENDERED = {
    "jinja": "Template('You are {{ name }}, at {{ now() }}. {# no #}Bye.').render(name='Claude')",
    "environment": (
        "Environment().from_string('You are {{ name }}, at {{ at }}. Bye.')"
        ".render(name='Claude', at=datetime.now())"
    ),
    "dict": "Template('You are {{ name }}, at {{now().isoformat()}}. Bye.').render({'name': 'Claude'})",
    "filter": "Template('You are {{ name|upper }}, at {{- now() | string -}}. Bye.').render(name='Claude')",
    "dollar": "string.Template('You are $name, at ${at}. Bye.').substitute(name='Claude', at=datetime.now())",
    "dollar spread": (
        "string.Template('You are $name, at $at. Bye.')"
        ".safe_substitute(**{'name': 'Claude', 'at': datetime.now()})"
    ),
}


def the_request(code: str, project: Project | None = None) -> Request:
    head = "import string\nfrom datetime import datetime\nfrom jinja2 import Environment, FileSystemLoader, Template\n"
    (request,) = requests_in(parse(f"{head}{SDK}{code}\n".encode(), "a.py"), project)
    return request


@pytest.mark.parametrize("expression", RENDERED.values(), ids=RENDERED)
def test_placeholders_become_what_they_are_filled_with(expression: str) -> None:
    request = the_request(f"def ask():\n    c.messages.create(system={expression})")
    (piece,) = request.pieces
    assert piece.text == "You are Claude, at . Bye."
    assert [s.stability for s in piece.segments if s.source] == [Stability.PER_CALL]


def test_what_a_template_is_not_told_is_unknown() -> None:
    request = the_request(
        "c.messages.create(system=Template('{% if x %}Hi {{ x }}{% endif %}{{ 1 + }}').render())"
    )
    assert [s.stability for s in request.pieces[0].segments if s.text is None] == [Stability.UNKNOWN] * 2


def test_the_day_in_a_template_is_the_day() -> None:
    request = the_request(
        "def ask():\n    c.messages.create(system=Template(\"{{ now().strftime('%Y-%m-%d') }}\").render())"
    )
    assert [s.stability for s in request.pieces[0].segments if s.source] == [Stability.PER_DAY]


def test_a_placeholder_in_a_template_file_is_found_at_its_line(tmp_path: Path) -> None:
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts/system.j2").write_text("Be kind.\n\nTime: {{ now().strftime('%H:%M:%S') }}\n")
    code = (
        "env = Environment(loader=FileSystemLoader('prompts'))\ndef ask():\n"
        "    c.messages.create(system=env.get_template('system.j2').render())"
    )
    request = the_request(code, Project(Reader(tmp_path)))
    (clock,) = [segment for segment in request.pieces[0].segments if segment.source]
    assert (clock.place.path, clock.place.line, clock.source) == ("prompts/system.j2", 3, "the clock")
    assert {step.place.path for step in clock.chain} == {"prompts/system.j2"}


def test_a_clock_in_a_template_breaks_the_cache_however_the_request_is_put_together() -> None:
    request = the_request(
        """
from anthropic.types import MessageCreateParams, TextBlockParam
PROMPT = '''{{ now().strftime("%H:%M:%S") }}
You are an agent.'''
class Agent:
    def system(self):
        return [TextBlockParam(type="text", text=Template(PROMPT).render(), cache_control={"type": "ephemeral"})]
    def ask(self, messages):
        model_args = MessageCreateParams(
            model="claude-sonnet-5-5", max_tokens=1000, system=self.system(), messages=messages)
        return c.messages.create(**model_args)
"""
    )
    (finding,) = RULE.check(request, Context(date(2026, 11, 20)))
    assert finding.place.line == 8
