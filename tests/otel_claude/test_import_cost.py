"""What is imported when, each time in a Python of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "anthropic",
    "genai_prices",
    "google",
    "httpx",
    "httpx2",
    "libcst",
    "opentelemetry",
    "pathspec",
    "rich",
}


def imported(code, *, cwd=None, arguments=(), command=(sys.executable,)):
    """The top-level names of HEAVY, and of the SDK of OpenTelemetry, that are imported after `code`."""
    code += "\nimport json, sys; print(json.dumps(sorted(sys.modules)))"
    environment = {**os.environ, "OTEL_CLAUDE_STORE": "off"}
    done = subprocess.run(
        [*command, "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=True,
        cwd=cwd,
        env=environment,
    )
    modules = json.loads(done.stdout.splitlines()[-1])
    return ({name.partition(".")[0] for name in modules} & HEAVY) | ({"opentelemetry.sdk"} & set(modules))


@pytest.mark.parametrize(
    "code",
    [
        "import otel_claude",
        "import otel_claude.models",
        "import otel_claude.rates",
        "import otel_claude.import_hook",
        "import otel_claude.cli",
        "import otel_claude.cli.run",
    ],
)
def test_these_import_nothing_of_what_they_work_with(code):
    assert imported(code) == set()


@pytest.mark.parametrize(
    "code", ["import otel_claude; otel_claude.feature", "import otel_claude.attribution"]
)
def test_feature_needs_the_context_of_opentelemetry_alone(code):
    assert imported(code) == {"opentelemetry"}


def test_instrument_imports_nothing_before_the_sdk_is_imported():
    assert imported("import otel_claude; otel_claude.instrument()") == set()


def test_instrument_makes_no_provider_before_the_first_call():
    found = imported("import otel_claude; otel_claude.instrument(); import anthropic")
    assert found & {"opentelemetry.sdk", "libcst", "genai_prices", "rich"} == set()


def test_a_program_under_run_that_never_imports_the_sdk_pays_for_nothing():
    run = (sys.executable, str(Path(sys.executable).with_name("otel-claude")), "run")
    assert imported("", command=run) == set()


LINT = """
import sys
from otel_claude.cli import main
try:
    main(["lint", *sys.argv[1:]])
except SystemExit as exit:
    assert exit.code == 0, exit.code
"""


CALL = """
import anthropic
message = {"role": "user", "content": "hello"}
answer = anthropic.Anthropic().messages.create(model="claude-haiku-5-5", max_tokens=100, messages=[message])
"""


@pytest.mark.parametrize("text", ["print('hello')", CALL], ids=["calls_nothing", "calls_Claude"])
def test_lint_of_a_clean_file_imports_neither_rich_nor_opentelemetry(text, tmp_path):
    (tmp_path / "clean.py").write_text(text)
    assert imported(LINT, cwd=tmp_path, arguments=["clean.py"]) <= {"libcst", "pathspec"}


def test_what_asks_why_the_cache_missed_waits_for_a_breakpoint():
    code = "import sys, otel_claude; otel_claude.instrument(); import anthropic; print(sorted(sys.modules))"
    environment = {**os.environ, "OTEL_CLAUDE_STORE": "off"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert "'otel_claude.cache.late'" in done.stdout
    assert "'otel_claude.cache.audit'" not in done.stdout
