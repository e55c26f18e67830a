"""`otel-claude calls`, run as users run it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from otel_claude.cli import main

if TYPE_CHECKING:
    from pathlib import Path

APP = """\
import os
import anthropic

client = anthropic.Anthropic()


def ask(question, model="claude-haiku-5-5"):
    return client.messages.create(model=model, max_tokens=1024, messages=[question])


class Bot:
    def say(self, params):
        return client.messages.create(
            model="claude-opus-5-5" if params else "claude-sonnet-5-5", messages=[], **params
        )
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "app.py").write_text(APP)
    cell = {
        "cell_type": "code",
        "source": "import anthropic\nanthropic.Anthropic().messages.create(max_tokens=9)",
    }
    (tmp_path / "n.ipynb").write_text(json.dumps({"cells": [cell], "metadata": {}}))
    return tmp_path


def calls(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["calls", *arguments])


def test_programs_get_every_call_with_what_is_known_of_it() -> None:
    done = calls("--format", "json")
    assert done.exit_code == 0
    first, second, third = json.loads(done.output)["calls"]
    assert (first["path"], first["line"], first["cell"], first["function"]) == ("app.py", 8, None, "ask")
    assert (first["callee"], first["method"], first["client"]) == (
        "client.messages.create",
        "create",
        "Anthropic",
    )
    assert (first["model"], first["models_open"], first["max_tokens"]) == ("claude-haiku-5-5", True, 1024)
    assert (second["model"], second["models"]) == (None, ["claude-opus-5-5", "claude-sonnet-5-5"])
    assert (second["max_tokens"], second["max_tokens_open"]) == (None, True)
    assert (third["path"], third["cell"], third["line"], third["max_tokens"]) == ("n.ipynb", 0, 2, 9)


def test_people_get_a_table() -> None:
    lines = calls("app.py").output.splitlines()
    assert lines[0].split() == ["call", "site", "call", "model", "max_tokens", "breakpoints"]
    assert lines[2].split() == [
        "app.py:8", "ask", "client.messages.create", "claude-haiku-5-5", "|", "?", "1,024", "-",
    ]  # fmt: skip
    assert lines[-1] == "2 call sites"


def test_no_calls_are_none(project: Path) -> None:
    (project / "sub").mkdir()
    (project / "sub/a.py").write_text("x = 1\n")
    assert calls("sub").output == "0 call sites\n"
    assert json.loads(calls("sub", "--format", "json").output)["calls"] == []


def test_what_cannot_be_done_exits_with_2(project: Path) -> None:
    done = calls("nowhere")
    assert (done.exit_code, done.output) == (2, "Error: nowhere: no such file or directory\n")
    (project / "bad.py").write_text("import anthropic\nanthropic.messages.create(\n")
    assert calls("bad.py").exit_code == 2
