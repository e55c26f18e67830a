"""Which functions are followed: those that may lead to Claude, and those alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from claude_lint.following.project import Project
from claude_lint.following.wrappers import Wrapper
from claude_lint.modelling import analyse
from claude_lint.reading.reader import Reader
from claude_lint.reading.source import parse

if TYPE_CHECKING:
    from pathlib import Path

ENTITY = """\
import anthropic


class Entity:
    def __init__(self):
        self.client = anthropic.Anthropic()

    def answer(self, text):
        return self.client.messages.create(
            model="claude-sonnet-4-5", max_tokens=10, messages=[{"role": "user", "content": text}]
        )
"""
OTHER = """\
class Entity:
    def answer(self, text):
        return text
"""


def followed(root: Path, code: str, monkeypatch: pytest.MonkeyPatch) -> tuple[set[str], int]:
    """The names of the functions of `code` that are followed for any caller, and how many requests that finds."""
    (root / "entity.py").write_text(ENTITY)
    (root / "other.py").write_text(OTHER)
    entered: set[str] = set()
    follow = analyse._Follower.enter_path

    def noted(self, path, names, heap):
        entered.add(path[-1].name.value)
        follow(self, path, names, heap)

    monkeypatch.setattr(analyse._Follower, "enter_path", noted)
    project = Project(Reader(root))
    project.wrappers = {Wrapper("entity.py", "answer", "Entity"): None}
    return entered, len(analyse.requests_in(parse(code.encode(), "a.py"), project))


LEADING = {
    "a method of the wrapper's class": "from entity import Entity\ndef f(): Entity().answer('x')\n",
    "an annotated parameter": "from entity import Entity\ndef f(one: Entity): one.answer('x')\n",
    "an inherited method": "from entity import Entity\nclass Mine(Entity):\n    def f(self): self.answer('x')\n",
    "a name that is set in branches": (
        "from entity import Entity\ndef f(a):\n    one = a\n    if a: one = Entity()\n    one.answer('x')\n"
    ),
    "what a helper is given": (
        "from entity import Entity\ndef helper(one): one.answer('x')\ndef f(): helper(Entity())\n"
    ),
    "a mixin beside another base": (
        "from entity import Entity\nclass Base:\n    def f(self): self.answer('x')\n"
        "class Mine(Base, Entity): pass\nclass More(Mine):\n    x = 1\n"
    ),
    "a method that is passed on": (
        "import asyncio\nfrom entity import Entity\nasync def f(): await asyncio.to_thread(Entity().answer, 'x')\n"
    ),
}


@pytest.mark.parametrize("code", LEADING.values(), ids=LEADING.keys())
def test_what_leads_to_a_call_is_followed(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entered, requests = followed(tmp_path, code, monkeypatch)
    assert "f" in entered
    assert requests


ELSEWHERE = {
    "a method of another class of that name": (
        "from other import Entity\nclass Mine(Entity):\n    def f(self): self.answer('x')\n"
    ),
    "an argument that only callers know": "import entity\ndef f(one): one.answer('x')\n",
    "what another package gives": (
        "import entity, requests\ndef f():\n    with requests.get('u') as one: one.answer('x')\n"
    ),
    "what a loop goes over that is given": "import entity\ndef f(all):\n    for one in all.parts: one.answer('x')\n",
    "a text": "import entity\ndef f():\n    one = 'a' + f'b'\n    one.answer('x')\n",
    "a look-alike": (
        "import entity\ndef f(one): one.agents.messages.create(model='claude-sonnet-4-5', messages=[])\n"
    ),
    "a call of another shape": "import entity\ndef f(one): one.messages.create(to='+1', body='x')\n",
}


@pytest.mark.parametrize("code", ELSEWHERE.values(), ids=ELSEWHERE.keys())
def test_what_leads_elsewhere_is_not_followed(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert followed(tmp_path, code, monkeypatch) == (set(), 0)
