"""`otel-claude lint`, run as users run it."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from otel_claude.simulator import Simulator
from tests.receivers.programs import Project

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = (sys.executable, "-c", "from otel_claude.cli import main; main(prog_name='otel-claude')", "lint")
IDENTITY = {
    "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b",
    "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1",
}  # fmt: skip
PLAIN = {
    name: value
    for name, value in os.environ.items()
    if name not in {"NO_COLOR", "FORCE_COLOR", "GITHUB_WORKSPACE"}
}

CLEAN = """\
import anthropic

client = anthropic.Anthropic()


def answer(question):
    return client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=1024,
        messages=[{"role": "user", "content": question}],
    )
"""
MISSING = CLEAN.replace("        max_tokens=1024,\n", "")
PROMPTS = """\
from datetime import datetime

GUIDE = "Answer from the guide. " * 2000


def system():
    return GUIDE
"""
CACHED = """\
from datetime import datetime

import anthropic

client = anthropic.Anthropic()
GUIDE = "Answer from the guide. " * 2000


def system():
    return GUIDE


def answer(question):
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=1024,
        system=[{"type": "text", "text": system(), "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}],
    )
"""


def lint(directory: Path, *arguments: str, **more: object) -> subprocess.CompletedProcess[str]:
    environment = {**PLAIN, "OTEL_SDK_DISABLED": "true", "XDG_CACHE_HOME": str(directory.parent / "cache")}
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=directory,
        env=environment,
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
        **more,
    )


def git(directory: Path, *arguments: str) -> None:
    subprocess.run(
        ("git", *arguments), cwd=directory, env=os.environ | IDENTITY, check=True, capture_output=True
    )


def commit(directory: Path) -> None:
    git(directory, "add", "-A")
    git(directory, "commit", "-qm", "x")


def findings(done: subprocess.CompletedProcess[str]) -> list[tuple[str, str, int]]:
    return [(each["code"], each["path"], each["line"]) for each in json.loads(done.stdout)["findings"]]


def test_a_clean_project_prints_what_was_looked_at_and_exits_with_0(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(CLEAN)
    done = lint(tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "1 call site, 1 model known, 0 findings\n", "")


def test_a_finding_points_at_the_code_and_exits_with_1_or_0_on_request(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(MISSING)
    done = lint(tmp_path)
    assert done.returncode == 1
    assert done.stdout.startswith("a.py:7:12 CL201 missing-max-tokens  ")
    assert "7 |     return client.messages.create(\n  |            ^^^^" in done.stdout
    assert lint(tmp_path, "--exit-zero").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.py"], "nowhere.py: no such file or directory"),
        (["--select", "CL20l"], "--select: unknown rule 'CL20l'; did you mean CL20"),
        (["--ignore", "CL201,zzz"], "--ignore: unknown rule 'zzz'"),
        (["--diff-base", "main"], "--diff-base needs a git repository"),
        (["--traces", "nowhere"], "--traces: nowhere"),
        (["--format", "yaml"], "yaml"),
        (["--as-of", "tomorrow"], "tomorrow"),
        (["--output", "no/such/directory/file"], "no/such/directory/file"),
        (["--unsafe-fixes"], "--unsafe-fixes needs --fix or --diff"),
        (["--write-baseline"], "--write-baseline needs --baseline FILE"),
        (["--write-baseline", "--fix"], "--write-baseline goes with neither"),
        (["--baseline", "none.json"], "none.json: no such baseline; --write-baseline makes it"),
        (
            ["--statistics", "--format", "sarif"],
            "--statistics can be shown as full, concise, json, not as sarif",
        ),
    ],
)
def test_what_cannot_be_done_is_said_on_stderr_and_exits_with_2(
    tmp_path: Path, arguments: list[str], said: str
) -> None:
    (tmp_path / "a.py").write_text(CLEAN)
    done = lint(tmp_path, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_the_configuration_is_used_and_the_command_line_goes_over_it(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(MISSING)
    (tmp_path / "pyproject.toml").write_text("[tool.otel-claude.lint]\nignore = ['missing-max-tokens']\n")
    assert lint(tmp_path).returncode == 0
    assert findings(lint(tmp_path, "--select", "CL2,CL3", "--format", "json")) == [("CL201", "a.py", 7)]
    (tmp_path / "pyproject.toml").write_text("[tool.otel-claude.lint]\nignored = ['CL201']\n")
    done = lint(tmp_path)
    assert done.returncode == 2
    assert (
        "pyproject.toml: [tool.otel-claude.lint]: unknown key 'ignored'; did you mean 'ignore'?"
        in done.stderr
    )


def test_a_file_that_cannot_be_parsed_is_reported_and_the_others_are_linted(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("import anthropic\nanthropic.messages.create(model=(\n")
    done = lint(tmp_path)
    assert done.returncode == 2
    (tmp_path / "good.py").write_text(CLEAN)
    done = lint(tmp_path)
    assert (done.returncode, done.stdout) == (0, "1 call site, 1 model known, 0 findings, 1 error\n")
    assert done.stderr.startswith("bad.py:")
    assert " CL902 syntax-error  " in done.stderr


def test_a_directory_without_python_is_said_to_be_one(tmp_path: Path) -> None:
    done = lint(tmp_path)
    assert (done.returncode, done.stderr) == (0, "Warning: no Python files or notebooks there\n")


def test_paths_outside_the_current_directory_can_be_linted(tmp_path: Path) -> None:
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.py").write_text(MISSING)
    assert findings(lint(tmp_path / "here", "../there", "--format", "json")) == [("CL201", "a.py", 7)]
    both = lint(tmp_path / "here", "a.py", "../there/a.py", "--format", "json")
    assert findings(both) == [("CL201", "here/a.py", 7), ("CL201", "there/a.py", 7)]


def test_standard_input_is_linted_under_the_name_that_it_is_given(tmp_path: Path) -> None:
    done = lint(tmp_path, "-", "--stdin-filename", "app/a.py", "--format", "json", input=MISSING)
    assert findings(done) == [("CL201", "app/a.py", 7)]


def test_a_notebook_is_linted_by_cell(tmp_path: Path) -> None:
    cells = [{"cell_type": "markdown", "source": "x"}, {"cell_type": "code", "source": MISSING}]
    (tmp_path / "n.ipynb").write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}))
    assert lint(tmp_path).stdout.startswith("n.ipynb:cell 1:7:12 CL201 ")


def test_the_findings_can_be_written_to_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(MISSING)
    done = lint(tmp_path, "--format", "sarif", "--output", "out.sarif")
    assert (done.returncode, done.stdout) == (1, "1 call site, 1 model known, 1 finding\n")
    (run,) = json.loads((tmp_path / "out.sarif").read_text())["runs"]
    assert [each["ruleId"] for each in run["results"]] == ["CL201"]
    assert all(
        rule["help"]["markdown"]
        for rule in run["tool"]["driver"]["rules"]
        if not rule["id"].startswith("CL9")
    )


def test_annotations_name_paths_from_the_checkout(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/a.py").write_text(MISSING)
    environment = PLAIN | {"GITHUB_WORKSPACE": str(tmp_path)}
    done = subprocess.run(
        [*COMMAND, "--format", "github"],
        cwd=tmp_path / "sub",
        env=environment,
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.stdout.startswith("::error file=sub/a.py,line=7,col=12,")


def on_terminal(directory: Path, **environment: str) -> bytes:
    """What the command prints on a terminal of its own."""
    main, side = pty.openpty()
    with subprocess.Popen(
        COMMAND, cwd=directory, env=PLAIN | environment, stdout=side, stderr=side
    ) as process:
        os.close(side)
        printed = b""
        while True:
            try:
                chunk = os.read(main, 65536)
            except OSError:
                break
            if not chunk:
                break
            printed += chunk
        process.wait(60)
    os.close(main)
    return printed


def test_colour_is_for_terminals_that_want_it(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(MISSING)
    assert b"\x1b[" in on_terminal(tmp_path, TERM="xterm")
    assert b"\x1b[" not in on_terminal(tmp_path, TERM="xterm", NO_COLOR="1")
    assert "\x1b[" not in lint(tmp_path).stdout


def test_a_reader_that_goes_away_is_not_complained_about(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(MISSING + MISSING * 3000)
    with subprocess.Popen(
        [*COMMAND, "--format", "json"], cwd=tmp_path, stdout=-1, stderr=-1, env=PLAIN
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""


def test_output_that_the_terminals_encoding_lacks_is_escaped(tmp_path: Path) -> None:
    (tmp_path / "日本.py").write_text(MISSING)
    done = subprocess.run(
        COMMAND,
        cwd=tmp_path,
        env=PLAIN | {"PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout.startswith(b"\\u65e5\\u672c.py:7:12 CL201")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose `main` has a cached prompt that is fine and another file with a finding."""
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "cached.py").write_text(CACHED)
    (tmp_path / "old.py").write_text(MISSING)
    commit(tmp_path)
    git(tmp_path, "checkout", "-q", "-b", "topic")
    return tmp_path


def test_a_branch_that_puts_the_clock_into_a_cached_prompt_reports_exactly_that(repository: Path) -> None:
    assert lint(repository, "--diff-base", "main").stdout.endswith(", 0 findings\n")
    text = CACHED.replace("return GUIDE", 'return f"It is {datetime.now()}. " + GUIDE')
    (repository / "cached.py").write_text(text)
    line = text.splitlines().index('    return f"It is {datetime.now()}. " + GUIDE') + 1
    done = lint(repository, "--diff-base", "main", "--format", "json")
    assert findings(done) == [("CL101", "cached.py", line)]
    assert done.returncode == 1
    commit(repository)
    assert findings(lint(repository, "--diff-base", "main", "--format", "json")) == [
        ("CL101", "cached.py", line)
    ]


def test_a_branch_that_caches_a_prompt_that_was_dynamic_before_reports_it(repository: Path) -> None:
    git(repository, "checkout", "-q", "main")
    dynamic = CACHED.replace("return GUIDE", 'return f"It is {datetime.now()}. " + GUIDE')
    (repository / "cached.py").write_text(dynamic.replace(', "cache_control": {"type": "ephemeral"}', ""))
    commit(repository)
    git(repository, "checkout", "-qB", "topic")
    (repository / "cached.py").write_text(dynamic)
    assert [code for code, _, _ in findings(lint(repository, "--diff-base", "main", "--format", "json"))] == [
        "CL101"
    ]


def test_a_branch_that_removes_max_tokens_reports_it(repository: Path) -> None:
    (repository / "cached.py").write_text(CACHED.replace("        max_tokens=1024,\n", ""))
    done = lint(repository, "--diff-base", "main", "--format", "json")
    assert [(code, path) for code, path, _ in findings(done)] == [("CL201", "cached.py")]


def span(number: int, path: str, line: int, function: str, cost: float) -> dict[str, object]:
    values: dict[str, dict[str, object]] = {
        "gen_ai.request.model": {"stringValue": "claude-haiku-5-5"},
        "gen_ai.usage.input_tokens": {"intValue": "1000"},
        "gen_ai.usage.output_tokens": {"intValue": "10"},
        "gen_ai.usage.cost.amount": {"doubleValue": cost},
        "gen_ai.usage.cost.currency": {"stringValue": "USD"},
        "otel_claude.cost.status": {"stringValue": "exact"},
        "code.file.path": {"stringValue": path},
        "code.line.number": {"intValue": str(line)},
        "code.function.name": {"stringValue": function},
    }
    return {
        "traceId": f"{number:032x}",
        "spanId": f"{number:016x}",
        "name": "anthropic.messages.create",
        "kind": 3,
        "startTimeUnixNano": str(1_794_000_000_000_000_000 + number * 3_600_000_000_000),
        "endTimeUnixNano": str(1_794_000_001_000_000_000 + number * 3_600_000_000_000),
        "attributes": [{"key": key, "value": value} for key, value in values.items()],
    }


def traces(file: Path, *spans: dict[str, object]) -> None:
    scope = {"scope": {"name": "com.anthropic.sdk.python"}, "spans": spans}
    file.write_text(json.dumps({"resourceSpans": [{"resource": {}, "scopeSpans": [scope]}]}) + "\n")


def test_with_traces_the_dearest_finding_comes_first_in_a_table(tmp_path: Path) -> None:
    for name in ("cheap", "dear", "idle"):
        (tmp_path / f"{name}.py").write_text(MISSING)
    spans = [span(number, "/srv/app/dear.py", 7, "answer", 0.25) for number in range(1, 41)]
    traces(tmp_path / "traces.jsonl", span(99, "cheap.py", 60, "answer", 0.001), *spans)
    done = lint(tmp_path, "--traces", "traces.jsonl")
    assert done.returncode == 1
    assert done.stdout.splitlines()[:7] == [
        "$10.0010 of $10.0010 (100%) measured at linted calls is spent where there are findings.",
        "",
        "        cost  calls  hit  finding                   call site",
        "────────────  ─────  ───  ────────────────────────  ─────────────────",
        "    $10.0000     40   0%  CL201 missing-max-tokens  dear.py:7 answer",
        "     $0.0010      1   0%  CL201 missing-max-tokens  cheap.py:7 answer",
        "not measured      -    -  CL201 missing-max-tokens  idle.py:7 answer",
    ]
    document = json.loads(lint(tmp_path, "--traces", "traces.jsonl", "--format", "json").stdout)
    first = document["findings"][0]
    assert (first["path"], first["measured"]["calls"], first["measured"]["cost_usd"]) == ("dear.py", 40, 10.0)
    assert document["findings"][2]["measured"] is None


AGENT = """
import datetime
import os

import anthropic

import otel_claude

otel_claude.instrument()
client = anthropic.Anthropic(api_key="k", base_url=os.environ["SIMULATOR"], max_retries=0)
HANDBOOK = "handbook. " * 4000
MARK = {"type": "ephemeral"}


def answer(question):
    system = [%s]
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=64,
        system=system,
        messages=[{"role": "user", "content": question}],
    )


for number in range(25):
    answer(f"question {number}")
"""

AFTER_A_LARGE_BLOCK = (
    '{"type": "text", "text": HANDBOOK, "cache_control": MARK}, '
    '{"type": "text", "text": f"It is {datetime.datetime.now()}.", "cache_control": MARK}'
)
IN_A_LARGE_BLOCK = (
    '{"type": "text", "text": f"It is {datetime.datetime.now()}. {HANDBOOK}", "cache_control": MARK}'
)


@pytest.mark.parametrize(
    ("system", "muted", "confirmed"), [(AFTER_A_LARGE_BLOCK, 1, 0), (IN_A_LARGE_BLOCK, 0, 1)]
)
def test_traces_of_the_program_mute_what_they_disprove_and_confirm_what_they_prove(
    tmp_path: Path, system: str, muted: int, confirmed: int
) -> None:
    with Simulator() as simulator:
        project = Project(tmp_path / "app", simulator.url)
        ran = project.run(AGENT % system)
    assert ran.code == 0, ran.err
    arguments = ("--traces", ".", "--select", "CL101")
    done = lint(project.folder, *arguments, "--format", "json")
    assert done.returncode == (0 if muted else 1)
    document = json.loads(done.stdout)
    assert document["summary"]["muted"] == len(document["muted"]) == muted
    confirmations = [each["evidence"] for each in document["findings"] if each["evidence"]]
    assert len(confirmations) == confirmed
    if muted:
        assert "1 finding muted: the traces disprove it; --show-muted says why" in done.stderr
        shown = lint(project.folder, *arguments, "--show-muted").stderr
        assert "CL101 dynamic-cached-prefix  muted: 9" in shown
        (project.folder / "app.py").touch()
        assert json.loads(lint(project.folder, *arguments, "--format", "json").stdout)["muted"] == []
    else:
        assert "   = confirmed: 0% of the input of 25 calls" in lint(project.folder, *arguments).stdout


def test_a_second_run_imports_neither_the_parser_nor_a_rule(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "a.py").write_text(MISSING)
    code = (
        "import sys\n"
        "from otel_claude.cli import main\n"
        "try: main(['lint', '--isolated'])\n"
        "except SystemExit: pass\n"
        "print([n for n in sys.modules if n == 'libcst' or n.startswith('claude_rules.')])"
    )
    said = [
        subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True).stdout
        for _ in range(2)
    ]
    first, second = (text.splitlines()[-1] for text in said)
    assert "libcst" in first
    assert second == "[]"
    assert said[0].splitlines()[:-1] == said[1].splitlines()[:-1]


def test_linting_loads_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(MISSING)
    code = (
        "import sys\n"
        "from otel_claude.cli import main\n"
        "try: main(['lint'])\n"
        "except SystemExit: pass\n"
        "print([n for n in ('opentelemetry', 'rich', 'anthropic', 'genai_prices') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout.endswith("\n[]\n")


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    code = (
        "import sys, importlib.util as u\n"
        "real = u.find_spec\n"
        "u.find_spec = lambda name, *more: None if name == 'libcst' else real(name, *more)\n"
        "from otel_claude.cli import main\n"
        "main(['lint'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr == "Error: the linter is not installed; pip install 'otel-claude[lint]'\n"


OLD = CLEAN.replace("claude-haiku-5-5", "claude-sonnet-4-5")
NEW = CLEAN.replace("claude-haiku-5-5", "claude-sonnet-5-5")
AS_OF = ("--as-of", "2026-11-20")


def test_fixing_changes_files_says_what_and_exits_with_what_remains(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(OLD)
    done = lint(tmp_path, *AS_OF, "--fix")
    assert (done.returncode, (tmp_path / "a.py").read_text()) == (1, OLD)
    assert done.stdout.endswith("1 finding\n--fix --unsafe-fixes mends 1\n")
    done = lint(tmp_path, *AS_OF, "--fix", "--unsafe-fixes")
    assert (done.returncode, done.stdout) == (0, "1 call site, 1 model known, 0 findings, 1 fixed\n")
    assert done.stderr.startswith("fixed a.py:8:15 CL303 deprecated-model  Replace `claude-sonnet-4-5`")
    assert (tmp_path / "a.py").read_text() == NEW
    done = lint(tmp_path, *AS_OF, "--fix", "--unsafe-fixes")
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        "1 call site, 1 model known, 0 findings\n",
        "",
    )


def test_a_diff_shows_what_would_change_and_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(OLD)
    done = lint(tmp_path, *AS_OF, "--diff", "--unsafe-fixes")
    assert (done.returncode, (tmp_path / "a.py").read_text()) == (1, OLD)
    patch = subprocess.run(("git", "apply"), cwd=tmp_path, input=done.stdout, text=True, check=False)
    assert (patch.returncode, (tmp_path / "a.py").read_text()) == (0, NEW)
    done = lint(tmp_path, *AS_OF, "--diff", "--unsafe-fixes")
    assert (done.returncode, done.stdout) == (0, "")


def test_standard_input_is_fixed_to_standard_output(tmp_path: Path) -> None:
    done = lint(tmp_path, *AS_OF, "-", "--fix", "--unsafe-fixes", input=OLD)
    assert (done.returncode, done.stdout) == (0, NEW)
    done = lint(tmp_path, *AS_OF, "-", "--fix", input=MISSING)
    assert (done.returncode, done.stdout) == (1, MISSING)
    assert "CL201" in done.stderr


def test_a_baseline_is_made_once_and_then_only_shrinks(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.otel-claude.lint]\nbaseline = 'base.json'\n")
    (tmp_path / "a.py").write_text(MISSING)
    done = lint(tmp_path, "--write-baseline")
    assert (done.returncode, done.stderr) == (0, "base.json: 1 written down\n")
    assert lint(tmp_path).stdout == "1 call site, 1 model known, 0 findings, 1 in the baseline\n"
    (tmp_path / "b.py").write_text(MISSING)
    assert findings(lint(tmp_path, "--format", "json")) == [("CL201", "b.py", 7)]
    done = lint(tmp_path, "--write-baseline")
    assert (done.returncode, done.stderr) == (1, "base.json: 1 → 1\n")
    (tmp_path / "a.py").write_text(CLEAN)
    assert "base.json: 1 of 1 mended; --write-baseline takes that out" in lint(tmp_path).stderr
    assert lint(tmp_path, "--write-baseline").stderr == "base.json: 1 → 0\n"


def test_what_is_excluded_stays_so_for_hooks_that_name_files(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.otel-claude.lint]\nexclude = ['gen/']\n")
    (tmp_path / "gen").mkdir()
    (tmp_path / "gen/a.py").write_text(MISSING)
    (tmp_path / "b.py").write_text(MISSING)
    assert findings(lint(tmp_path, "gen/a.py", "--format", "json")) == [("CL201", "gen/a.py", 7)]
    forced = lint(tmp_path, "gen/a.py", "b.py", "--force-exclude", "--format", "json")
    assert findings(forced) == [("CL201", "b.py", 7)]
    assert findings(lint(tmp_path, "--exclude", "b.py", "--format", "json")) == [("CL201", "gen/a.py", 7)]
    assert findings(lint(tmp_path, "--extend-exclude", "b.py", "--format", "json")) == []


def test_only_grave_and_sure_findings_on_request(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(OLD.replace("        max_tokens=1024,\n", ""))
    assert [each[0] for each in findings(lint(tmp_path, *AS_OF, "--format", "json"))] == ["CL201", "CL303"]
    grave = lint(tmp_path, *AS_OF, "--format", "json", "--min-severity", "error")
    assert [each[0] for each in findings(grave)] == ["CL201"]


RULE = """
from claude_lint.findings import Confidence, Finding, Severity
from claude_lint.rule import Rule

def check(request, context):
    yield Finding("ACME101", "no-calls", Severity.INFO, Confidence.HIGH, "No.", request.call, request.call)

RULE = Rule("ACME101", "no-calls", "No calls.", Severity.INFO, Confidence.HIGH, check, (), ())
"""


def test_rules_of_the_project_run_when_allowed(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.otel-claude.lint]\nrules = ['tools/ours.py']\n")
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools/ours.py").write_text(RULE)
    (tmp_path / "a.py").write_text(CLEAN)
    done = lint(tmp_path)
    assert done.returncode == 2
    assert "tools/ours.py is code of the linted project; run it with --allow-local-rules" in done.stderr
    assert lint(tmp_path, "--isolated").returncode == 0
    for _ in range(2):
        assert findings(lint(tmp_path, "--allow-local-rules", "--format", "json")) == [("ACME101", "a.py", 7)]
    assert lint(tmp_path, "--allow-local-rules", "--ignore", "ACME1").returncode == 0
    (tmp_path / "tools/ours.py").write_text(RULE.replace("    yield", "    return\n    yield"))
    assert lint(tmp_path, "--allow-local-rules").returncode == 0


def test_a_defect_of_the_linter_is_one_line_and_no_finding(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(CLEAN)
    code = (
        "import claude_lint.running.engine as engine\n"
        "engine.discover = None\n"
        "from otel_claude.cli import main\n"
        "main(['lint'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Error: the linter itself failed: TypeError: ")
    assert done.stderr.count("\n") == 1


def test_the_cache_is_in_the_project_and_out_of_version_control(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "a.py").write_text(MISSING)
    first, second = lint(tmp_path), lint(tmp_path)
    assert (second.stdout, second.returncode) == (first.stdout, 1)
    assert list((tmp_path / ".otel-claude/lint-cache").rglob("index.json"))
    git(tmp_path, "add", "-A")
    tracked = subprocess.run(
        ("git", "ls-files"), cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    assert tracked == "a.py\n"


def test_without_a_cache_nothing_is_written(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "a.py").write_text(MISSING)
    assert lint(tmp_path, "--no-cache").returncode == 1
    assert sorted(file.name for file in tmp_path.iterdir()) == [".git", "a.py"]


def test_a_long_run_shows_on_a_terminal_how_far_it_is() -> None:
    code = (
        "import time\n"
        "from otel_claude.cli import _linting\n"
        "show = _linting.progress()\n"
        "for done in range(1, 4):\n"
        "    time.sleep(0.6)\n"
        "    show(done, 3)\n"
    )
    main, side = pty.openpty()
    subprocess.run([sys.executable, "-c", code], stderr=side, check=True)
    os.close(side)
    printed = os.read(main, 4096)
    os.close(main)
    assert b"2 of 3 files" in printed
    assert printed.endswith(b"\r\x1b[K")
    quiet = f"{code.splitlines()[1]}; print(_linting.progress())"
    done = subprocess.run([sys.executable, "-c", quiet], capture_output=True, text=True, check=True)
    assert done.stdout == "None\n"
