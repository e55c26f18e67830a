"""That each mutant can be made: the edit fits the source, and there is a test to kill it. Killing them is a command."""

from __future__ import annotations

import ast

import pytest

from benchmarks.mutants import MUTANTS, ROOT

NAMES = [f"{mutant.trap}: {mutant.name}" for mutant in MUTANTS]


@pytest.mark.parametrize("mutant", MUTANTS, ids=NAMES)
def test_the_edit_fits_the_source_and_leaves_python(mutant):
    source = (ROOT / "otel_claude" / mutant.file).read_text()
    assert mutant.old in source
    ast.parse(source.replace(mutant.old, mutant.new))


@pytest.mark.parametrize("mutant", MUTANTS, ids=NAMES)
def test_there_are_tests_to_kill_it(mutant):
    path, *_ = mutant.tests
    assert (ROOT / path).is_file()
