"""The workflows: what they run, in a repository like the one that they run in."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import otel_claude
from tests.environments import ROOT
from tests.receivers import jaeger, phoenix

CI = ROOT / ".github/workflows/ci.yml"
RECEIVERS = ROOT / ".github/workflows/receivers.yml"
EXAMPLE = ROOT / "examples/github-pull-request.yml"

WASTEFUL = """
import anthropic

def answer(question):
    return anthropic.Anthropic().messages.create(model="claude-haiku-5-5", messages=[question])
"""
FINE = WASTEFUL.replace("messages=", "max_tokens=100, messages=")


def steps(workflow):
    return [step for job in yaml.safe_load(workflow.read_text())["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("workflow", [CI, RECEIVERS, EXAMPLE], ids=lambda path: path.stem)
def test_every_action_is_pinned_and_nothing_can_be_written(workflow):
    used = [step["uses"] for step in steps(workflow) if "uses" in step]
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@(v\d+|[0-9a-f]{40})", action) for action in used)
    assert yaml.safe_load(workflow.read_text())["permissions"] == {"contents": "read"}


def test_our_own_checks_run_on_every_python_that_we_support():
    project = (ROOT / "pyproject.toml").read_text()
    (job,) = yaml.safe_load(CI.read_text())["jobs"].values()
    assert job["strategy"]["matrix"]["python"] == re.findall(r"Python :: (3\.\d+)", project)
    (script,) = [step["run"] for step in job["steps"] if "run" in step]
    assert os.access(ROOT / script, os.X_OK)


def test_a_real_jaeger_of_the_version_in_the_example_is_asked():
    job = yaml.safe_load(RECEIVERS.read_text())["jobs"]["jaeger"]
    example = yaml.safe_load((ROOT / "examples/jaeger/compose.yaml").read_text())
    assert job["services"]["jaeger"]["image"] == example["services"]["jaeger"]["image"]
    ports = {jaeger.QUERY_VARIABLE: "16686", jaeger.OTLP_VARIABLE: "4318"}
    assert job["env"] == {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    assert {f"{port}:{port}" for port in ports.values()} <= set(job["services"]["jaeger"]["ports"])


def test_what_the_receivers_jobs_run_is_there():
    for step in steps(RECEIVERS):
        for named in re.findall(r"\btests/\S+\.py", step.get("run", "")):
            assert (ROOT / named).is_file()
    (cached,) = [step["with"]["path"] for step in steps(RECEIVERS) if "actions/cache" in step.get("uses", "")]
    assert cached == f".envs/phoenix-{phoenix.VERSION}"
    job = yaml.safe_load(RECEIVERS.read_text())["jobs"]["phoenix"]
    assert job["env"] == {phoenix.SWITCH: "1"}


@pytest.fixture
def pull_request(tmp_path):
    """A checkout of a branch, and a function that commits a file to it. On `origin/main` is a file with findings."""
    origin, checkout = tmp_path / "origin", tmp_path / "checkout"
    git(tmp_path, "init", "--initial-branch=main", str(origin))
    (origin / "old.py").write_text(WASTEFUL)
    git(origin, "add", ".")
    git(origin, "commit", "--message=old")
    git(tmp_path, "clone", str(origin), str(checkout))
    git(checkout, "switch", "--create", "change")

    def commit(text):
        (checkout / "new.py").write_text(text)
        git(checkout, "add", ".")
        git(checkout, "commit", "--message=new")
        return checkout

    return commit


def git(folder, *arguments):
    identity = ("-c", "user.name=Anyone", "-c", "user.email=anyone@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize(("text", "status"), [(WASTEFUL, 1), (FINE, 0)], ids=["wasteful", "fine"])
def test_the_example_fails_a_pull_request_for_what_it_brings_in(text, status, pull_request):
    checkout = pull_request(text)
    script = steps(EXAMPLE)[-1]["run"]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "GITHUB_WORKSPACE": str(checkout), "GITHUB_BASE_REF": "main"}
    done = subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stderr
    marked = re.findall(r"^::(?:error|warning) file=(\S+?),line=(\d+)", done.stdout, re.MULTILINE)
    assert marked == ([("new.py", "5")] if status else [])


def test_the_changelog_begins_with_the_version_that_this_is():
    newest = re.search(r"^## \[(\S+)\] - \d{4}-\d\d-\d\d$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest is not None
    assert newest[1] == otel_claude.__version__
