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


def words(line):
    return " ".join(line.split())


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
