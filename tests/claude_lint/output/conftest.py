"""A result with everything that an output can show."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from claude_lint.findings import Confidence, Edit, Finding, Fix, Measured, Place, Severity, Step
from claude_lint.reading.sourcelines import SourceLines
from claude_lint.result import Call, FileError, Result

SUPPORT = """\
import clock

def answer(question):
    return client.messages.create(
        model="claude-opus-5-5",
        system=f"日本 {clock.now()} You help.",
    )
"""

CALL = Place("app/sup port.py", 4, 12, 7, 6)
PROMPT = Place("app/sup port.py", 6, 21, 6, 34)
CELL = Place("n.ipynb", 2, 1, 2, 9, cell=3)

DYNAMIC = Finding(
    "CL101",
    "dynamic-cached-prefix",
    Severity.WARNING,
    Confidence.MEDIUM,
    "The clock is in the cached prompt: 100%, it\nis never read.",
    PROMPT,
    CALL,
    (Step(Place("clock.py", 2, 5, 2, 9), "`now` is the clock"), Step(PROMPT, "enters system[0]")),
    Fix("move the clock behind the breakpoint", "unsafe", (Edit(PROMPT, '"'),)),
)
MISSING = Finding(
    "CL201", "missing-max-tokens", Severity.ERROR, Confidence.HIGH, "No max_tokens.", CALL, CALL
)
NOTEBOOK = Finding("CL202", "oversized-max-tokens", Severity.INFO, Confidence.LOW, "Much.", CELL, CELL)
UNREAD = FileError("b%d.py", 3, 9, None, "syntax error: ¡no!")

Make = Callable[..., Result]


@pytest.fixture
def make() -> Make:
    """Makes a result of findings and errors about two files."""

    def result(
        *findings: Finding,
        errors: tuple[FileError, ...] = (),
        measured: dict[Place, Measured] | None = None,
        root: str = "/srv/my project",
        support: str = SUPPORT,
    ) -> Result:
        cells = [{"cell_type": "raw"}] * 3 + [{"cell_type": "code", "source": "x\ncreate()"}]
        notebook = json.dumps({"cells": cells}).encode()
        sources = SourceLines(Path(root), {"app/sup port.py": support.encode(), "n.ipynb": notebook})
        calls = (Call(CALL, "answer", models=("claude-opus-5-5",)), Call(CELL, ""))
        return Result(
            Path(root), findings, errors, calls, ("a.py", "b.py", "n.ipynb"), 2, sources, measured=measured
        )

    return result


@pytest.fixture
def everything(make: Make) -> Result:
    return make(MISSING, DYNAMIC, NOTEBOOK, errors=(UNREAD,))
