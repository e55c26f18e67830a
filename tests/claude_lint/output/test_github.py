"""Workflow commands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from claude_lint.output import github

if TYPE_CHECKING:
    from claude_lint.result import Result


def test_each_finding_and_error_is_one_command_with_its_own_characters_escaped(everything: Result) -> None:
    assert github.render(everything).splitlines() == [
        "::error file=app/sup port.py,line=4,col=12,endLine=7,title=CL201 missing-max-tokens::No max_tokens.",
        (
            "::warning file=app/sup port.py,line=6,col=21,endLine=6,endColumn=33,title=CL101 dynamic-cached-prefix"
            "::The clock is in the cached prompt: 100%25, it%0Ais never read."
        ),
        "::notice file=n.ipynb,title=CL202 oversized-max-tokens::cell 3, line 2: Much.",
        "::error file=b%25d.py,line=3,col=9,title=CL902 syntax-error::syntax error: ¡no!",
    ]


def test_paths_cannot_forge_properties_or_commands(everything: Result) -> None:
    place = replace(everything.findings[0].place, path="a,line=1::b\n::error::c.py")
    result = replace(everything, findings=(replace(everything.findings[0], place=place),), errors=())
    (line,) = github.render(result).splitlines()
    assert line.startswith("::error file=a%2Cline=1%3A%3Ab%0A%3A%3Aerror%3A%3Ac.py,line=4,")


def test_paths_are_those_of_the_checkout(everything: Result) -> None:
    assert "file=my project/app/sup port.py," in github.render(everything, Path("/srv"))
    assert "file=app/sup port.py," in github.render(everything, Path("/elsewhere"))
    assert "file=app/sup port.py," in github.render(everything, Path("/srv/my project"))
