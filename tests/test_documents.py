"""The README and the pages say what is: commands run, pictures are what is printed, links lead somewhere."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from otel_claude.simulator import Simulator
from tests.otel_claude.dashboards.honeycomb_stub import KEY, HoneycombStub
from tests.receivers.ingest import Ingest
from tests.receivers.silence import free_port
from tests.terminal import Terminal, words

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
README = (ROOT / "README.md").read_text()


def without_colour(**more):
    return {**os.environ, "NO_COLOR": "1", "COLUMNS": "110", **more}


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """What `otel-claude demo` prints, and the directory that it leaves."""
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "otel_claude", "demo", "--directory", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, env=without_colour(), timeout=120)
    assert done.returncode == 0, done.stderr
    return done, folder


def fences(text, language):
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_generated_pages_are_current():
    done = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files_that_exist(page):
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_the_demo_prints_the_pictures_of_the_readme(demo):
    printed = {words(line) for line in demo[0].stdout.splitlines()}
    pictures = [
        fence for fence in fences(README, "console") if "support-answers" in fence or "CL101" in fence
    ]
    lines = [
        words(line) for fence in pictures for line in fence.splitlines() if line and not line.startswith("$")
    ]
    assert len(lines) > 15
    for line in lines:
        if line.endswith("…"):
            assert any(candidate.startswith(line[:-1]) for candidate in printed), line
        elif not re.match(r"\d{4}-\d\d-\d\d", line):
            assert line in printed, line


def test_the_demo_says_that_its_endpoint_is_simulated(demo):
    assert "simulated" in demo[0].stdout.splitlines()[0]


def test_the_demo_finds_each_waste_on_its_line_with_its_dollars(demo):
    done, folder = demo
    line = next(
        n
        for n, text in enumerate((folder / "helpdesk/answers.py").read_text().splitlines(), 1)
        if "now()" in text
    )
    assert f"helpdesk/answers.py:{line}:" in done.stdout
    rows = [row.split() for row in done.stdout.splitlines() if re.match(r"\$\d+\.\d+ +\d+ ", row)]
    assert [(row[3], float(row[0][1:]) > 0) for row in rows] == [
        ("CL101", True),
        ("CL301", True),
        ("CL303", True),
    ]


def test_the_commands_of_the_readme_run(demo):
    """Those of our own; `make` is what starts these tests, and pip and pre-commit have tests of their own."""
    commands = [
        line[2:]
        for fence in fences(README, "console")
        for line in fence.splitlines()
        if line.startswith("$ otel-claude")
    ]
    commands += re.findall(r"`(otel-claude lint [^`]+)`", README)
    assert len(commands) >= 4
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=demo[1], check=True)
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "x"],
        cwd=demo[1],
        check=True,
    )
    for command in commands:
        arguments = shlex.split(command.replace("origin/main", "main"))[1:]
        done = subprocess.run(
            [sys.executable, "-m", "otel_claude", *arguments],
            cwd=demo[1],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == (1 if arguments[0] == "lint" else 0), (command, done.stderr)


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    """The terminal of a reader of "Getting started" when all is done, and what a backend was sent till then."""
    folder = tmp_path_factory.mktemp("shop")
    text = (ROOT / "docs" / "getting-started.md").read_text()
    app = folder / "app.py"
    with (
        Ingest() as backend,
        Terminal(folder, **{"8100": str(free_port()), "http://localhost:4318": backend.url}) as terminal,
    ):
        for language, fence in re.findall(r"```(console|python|diff)\n(.*?)```", text, re.DOTALL):
            if language == "python":
                app.write_text(fence)
            elif language == "diff":
                app.write_text(patched(app.read_text(), fence))
            else:
                terminal.follow(fence)
        yield terminal, backend


def patched(text, diff):
    """`text` with each line of `diff` that is taken out in favour of the one that is put in after it."""
    for before, after in re.findall(r"^-(.*)\n\+(.*)$", diff, re.MULTILINE):
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return text


def test_getting_started_gets_started(walk):
    terminal, backend = walk
    # Those of the run that was sent at once, the 24 that were sent later, and what doctor sends.
    assert len(backend.received.calls()) == 48
    assert len([span for span in backend.received.spans if span.name == "otel-claude doctor"]) == 1
    assert (terminal.folder / "mended").is_dir()


@pytest.mark.parametrize("page", ["store.md", "grafana.md"])
def test_the_commands_of_a_page_print_what_it_shows(walk, page):
    consoles = fences((ROOT / "docs" / page).read_text(), "console")
    assert consoles
    with (
        Ingest() as collector,
        Terminal(walk[0].folder, **{"http://collector.internal:4318": collector.url}) as terminal,
    ):
        for fence in consoles:
            terminal.follow(fence)


def test_honeycombs_board_is_installed_by_the_commands_of_its_page(walk):
    install, show = fences((ROOT / "docs" / "honeycomb.md").read_text(), "console")
    with HoneycombStub() as stub, Terminal(walk[0].folder) as terminal:
        terminal.follow(
            install.replace("=...", f"={KEY}").replace("--dataset", f"--api-url {stub.url} --dataset")
        )
        assert {board["name"] for board in stub.boards.values()} == {"Claude calls"}
        assert len(stub.triggers) == 2
        terminal.follow(show)
    assert "honeycombio_flexible_board" in (walk[0].folder / "claude.tf").read_text()


SECRETS = """
import anthropic, otel_claude

otel_claude.instrument()
client = anthropic.Anthropic()
request = dict(
    model="claude-sonnet-5-5",
    max_tokens=5,
    stop_sequences=["SECRET stop"],
    metadata={"user_id": "SECRET user"},
    system=[{"type": "text", "text": "SECRET system. " * 800, "cache_control": {"type": "ephemeral"}}],
    tools=[{"name": "look_up", "description": "SECRET description", "input_schema": {"title": "SECRET schema"}}],
)
for prompt in "SECRET prompt", "SECRET prompt", "SECRET other prompt":
    client.messages.create(messages=[{"role": "user", "content": prompt}], **request)
try:
    client.messages.create(messages=[{"role": "user", "content": "SECRET"}], thinking="SECRET thought", **request)
except anthropic.BadRequestError:
    pass
"""


def test_what_the_page_on_privacy_says_is_kept_is_all_that_is_kept(tmp_path):
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "app.py").write_text(SECRETS)
    with Simulator() as sim, Terminal(tmp_path) as terminal:
        terminal.environment |= {"ANTHROPIC_BASE_URL": sim.url, "ANTHROPIC_API_KEY": "SECRET key"}
        assert terminal.run("python app.py")[1] == 0
        kept = {file for file in (tmp_path / ".otel-claude").rglob("*") if file.is_file()}
        assert "SECRET" not in "".join(file.read_text(errors="replace") for file in kept)
        assert (
            '"otel_claude.cache.miss_reason"'
            in next((tmp_path / ".otel-claude/traces").glob("*.jsonl")).read_text()
        )
        (tmp_path / "app.py").write_text(
            "import anthropic; anthropic.Anthropic().messages.create(model='claude-opus-5')"
        )
        terminal.run("otel-claude lint")
    for file in (tmp_path / ".otel-claude").rglob("*"):
        mode = file.stat().st_mode & 0o777
        if file.name != ".gitignore":
            assert mode == (0o700 if file.is_dir() else 0o600), file


@pytest.mark.parametrize(
    "switch", ["OTEL_SDK_DISABLED=true", "OTEL_TRACES_EXPORTER=none", "OTEL_CLAUDE_STORE=off"]
)
def test_a_switch_on_the_page_on_privacy_leaves_nothing_behind(tmp_path, switch):
    assert switch in (ROOT / "docs" / "privacy.md").read_text()
    (tmp_path / "app.py").write_text(SECRETS)
    with Simulator() as sim, Terminal(tmp_path) as terminal:
        terminal.environment |= {"ANTHROPIC_BASE_URL": sim.url, "ANTHROPIC_API_KEY": "k"}
        terminal.run(f"export {switch}")
        assert terminal.run("python app.py") == ("", 0)
    left = {file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("*") if file.is_file()}
    assert left == {"app.py"}


def test_every_page_is_in_the_index():
    index = set(re.findall(r"\]\(([^)#]+)\)", (ROOT / "docs" / "README.md").read_text()))
    assert {page.name for page in (ROOT / "docs").glob("*.md")} <= {*index, "README.md"}


def test_the_linters_are_compared_by_the_figures_of_the_page_on_accuracy():
    def figures(page):
        rows = re.findall(r"^\| *([\w -]+?(?: lint|[\d.]+)) *\| *(\d+) *\| *(\d+) *\|$", page, re.MULTILINE)
        return {name: (int(found), int(flagged)) for name, found, flagged in rows}

    compared = figures((ROOT / "docs" / "comparison.md").read_text())
    assert len(compared) == 7
    assert compared.items() <= figures((ROOT / "docs" / "accuracy.md").read_text()).items()


def test_the_hook_of_the_readme_is_one_that_we_have():
    (config,) = (yaml.safe_load(fence) for fence in fences(README, "yaml"))
    ours = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    assert {hook["id"] for repo in config["repos"] for hook in repo["hooks"]} <= ours


def test_the_python_of_the_readme_compiles():
    for fence in fences(README, "python"):
        compile(fence, "README.md", "exec")


def test_demo_refuses_a_directory_that_is_not_empty(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    command = [sys.executable, "-m", "otel_claude", "demo", "--directory", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert "not empty" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
