"""Helpers of other files: what stands around their definition counts where they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from claude_lint.following.project import Project
from claude_lint.modelling.analyse import requests_in
from claude_lint.reading.reader import Reader
from claude_lint.reading.source import parse
from claude_lint.request import Stability

if TYPE_CHECKING:
    from pathlib import Path

ASK = """
import anthropic
from prompts import heading
client = anthropic.Anthropic()
client.messages.create(model="claude-sonnet-5-5", max_tokens=10, system=heading(), messages=[])
"""


def stabilities(root: Path, imports: str, decorator: str) -> set[Stability]:
    """How stable the pieces of a system prompt are whose helper stands in another file."""
    prompts = f"import uuid\n{imports}\n{decorator}\ndef heading():\n    return str(uuid.uuid4())\n"
    (root / "prompts.py").write_text(prompts)
    (root / "ask.py").write_text(ASK)
    (request,) = requests_in(parse(ASK.encode(), "ask.py"), Project(Reader(root)))
    return {segment.stability for piece in request.pieces for segment in piece.segments}


@pytest.mark.parametrize(
    ("imports", "decorator"),
    [
        ("from functools import lru_cache", "@lru_cache"),
        ("from functools import lru_cache", "@lru_cache(maxsize=1)"),
        ("import functools", "@functools.cache"),
    ],
)
def test_a_helper_of_another_file_that_remembers_its_value_gives_it_again(
    tmp_path: Path, imports: str, decorator: str
) -> None:
    assert stabilities(tmp_path, imports, decorator) == {Stability.IMPORT_TIME}


def test_a_helper_of_another_file_that_forgets_its_value_makes_a_new_one(tmp_path: Path) -> None:
    assert stabilities(tmp_path, "", "") == {Stability.PER_CALL}
