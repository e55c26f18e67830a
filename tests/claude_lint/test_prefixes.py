"""The calls whose cached prefix a branch changes, on real repositories."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from typing import TYPE_CHECKING

import pytest
from claude_lint import Config, lint
from claude_lint.reading.before import files_before
from claude_lint.reading.diff import changes_since
from claude_lint.running.prefixes import prefix_changes

if TYPE_CHECKING:
    from pathlib import Path

    from claude_lint.result import PrefixChange

IDENTITY = {
    "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b",
    "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1",
}  # fmt: skip
APP = """\
from pathlib import Path

import anthropic

from prompts import GUIDE

client = anthropic.Anthropic()


def answer(question, name):
    return client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=1024,
        tools=[{"name": "look_up", "description": "Looks up an order.", "input_schema": {"type": "object"}}],
        system=[
            {"type": "text", "text": GUIDE},
            {"type": "text", "text": f"You talk to {name}.", "cache_control": {"type": "ephemeral"}},
            {"type": "text", "text": "Be short."},
        ],
        messages=[{"role": "user", "content": question}],
    )
"""
PROMPTS = 'GUIDE = "Answer from the guide."\n'


def git(directory: Path, *arguments: str) -> None:
    subprocess.run(
        ("git", *arguments), cwd=directory, env=os.environ | IDENTITY, check=True, capture_output=True
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path.resolve()
    git(root, "init", "-q", "-b", "main")
    (root / "app.py").write_text(APP)
    (root / "prompts.py").write_text(PROMPTS)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "x")
    git(root, "checkout", "-qb", "topic")
    return root


def changed(root: Path) -> list[tuple[str, str]]:
    return [(change.call.path, change.where) for change in changes(root)]


def changes(root: Path) -> tuple[PrefixChange, ...]:
    day = date(2026, 11, 21)
    result = lint([root], root=root, config=Config(), rules=(), as_of=day)
    touched = changes_since("main", root)
    return prefix_changes(result, touched, files_before(touched, root), day)


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("Looks up an order.", "Finds an order.", "tools[0]"),
        ("You talk to {name}.", "You speak to {name}.", "system[1]"),
        ("claude-haiku-5-5", "claude-sonnet-5-5", "model"),
    ],
)
def test_what_stands_up_to_the_last_breakpoint_is_told(repository, old, new, where) -> None:
    edit(repository / "app.py", old, new)
    assert changed(repository) == [("app.py", where)]


def test_a_prompt_in_another_file_is_followed(repository) -> None:
    edit(repository / "prompts.py", "the guide", "the handbook")
    assert changed(repository) == [("app.py", "system[0]")]


def test_a_file_that_moves_and_changes_is_the_same_file(repository) -> None:
    git(repository, "mv", "app.py", "support.py")
    assert changed(repository) == []
    edit(repository / "support.py", "an order", "orders")
    assert changed(repository) == [("support.py", "tools[0]")]


def test_a_prompt_that_moves_to_another_file_unchanged_is_no_change(repository) -> None:
    git(repository, "mv", "prompts.py", "texts.py")
    edit(repository / "app.py", "from prompts", "from texts")
    assert changed(repository) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Be short.", "Be brief."),  # behind the breakpoint
        ("max_tokens=1024", "max_tokens=2048"),
        ('"text": GUIDE}', '"text": Path(name).read_text()}'),  # nobody knows what it is now
        (', "cache_control": {"type": "ephemeral"}', ""),  # no prefix is cached any more
    ],
)
def test_what_changes_no_prefix_for_certain_is_not_told(repository, old, new) -> None:
    edit(repository / "app.py", old, new)
    assert changed(repository) == []


def test_a_new_call_in_the_function_leaves_open_which_is_which(repository) -> None:
    edit(repository / "app.py", "an order", "orders")
    other = "    client.messages.create(model='claude-haiku-5-5', max_tokens=9, messages=[])\n"
    edit(repository / "app.py", "    return client", f"{other}    return client")
    assert changed(repository) == []


def test_a_new_file_has_no_prefix_that_changes(repository) -> None:
    (repository / "new.py").write_text(APP)
    assert changed(repository) == []


def test_a_run_that_uses_what_an_earlier_one_found_tells_the_same(repository) -> None:
    edit(repository / "prompts.py", "the guide", "the handbook")
    command = (sys.executable, "-m", "otel_claude", "lint", "--diff-base", "main", "--format", "comment")
    first, again = (subprocess.run(command, cwd=repository, capture_output=True, text=True) for _ in range(2))
    assert "from `system[0]` on" in first.stdout
    assert again.stdout == first.stdout
