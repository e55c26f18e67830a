"""What a pull request meets: the steps of action.yml, run on a real repository with an API on loopback."""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
import subprocess
import sys
import threading
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from tests.environments import ROOT
from tests.packaging import codeql_action

ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS = ACTION["runs"]["steps"]
GITLAB = ROOT / "examples/gitlab-ci.yml"

RULES = "".join(f"Rule {n}: say what section {n} of the guide says, and nothing else.\n" for n in range(300))
CACHED = f'''\
from datetime import datetime

import anthropic

client = anthropic.Anthropic()
GUIDE = """You answer questions about orders.
{RULES}"""


def answer(question):
    return client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=1024,
        system=[{{"type": "text", "text": GUIDE, "cache_control": {{"type": "ephemeral"}}}}],
        messages=[{{"role": "user", "content": question}}],
    )
'''
DATED = CACHED.replace('"text": GUIDE', '"text": f"It is {datetime.now()}. {GUIDE}"')
CALL = DATED.splitlines().index("    return client.messages.create(") + 1


def git(folder, *arguments):
    identity = ("-c", "user.name=Anyone", "-c", "user.email=anyone@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def commit(folder, **texts):
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text)
    git(folder, "add", "--all")
    git(folder, "commit", "--message=change")


@pytest.fixture
def checkout(tmp_path):
    """A clone whose branch has left `origin/main`, where a prompt is cached."""
    origin, clone = tmp_path / "origin", tmp_path / "clone"
    git(tmp_path, "init", "--initial-branch=main", str(origin))
    commit(origin, app=CACHED)
    git(tmp_path, "clone", str(origin), str(clone))
    git(clone, "switch", "--create", "change")
    return clone


class Forge(ThreadingHTTPServer):
    """The part of GitHub's API that comments and code scanning need, with the comments of one pull request."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.comments = [
            {"id": 1, "user": {"type": "User"}, "body": "<!-- otel-claude lint: 1 --> a reader's"},
            *({"id": n, "user": {"type": "Bot"}, "body": "of another bot"} for n in range(2, 121)),
        ]
        self.asked = []
        self.refuses = False
        self.uploads = []
        """The analyses that were uploaded to code scanning, as they came but for the SARIF, which is unpacked."""

    @property
    def ours(self):
        return [each["body"] for each in self.comments[120:]]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if "/code-scanning/sarifs/" in self.path:
            self.answer({"processing_status": "complete"})
        elif "/actions/runs/" in self.path:
            self.answer({"workflow_url": f"http://{self.headers['Host']}/repos/us/shop/actions/workflows/1"})
        elif "/actions/workflows/" in self.path:
            self.answer({"path": ".github/workflows/lint.yml"})
        elif "/issues/" in self.path:
            page, size = (int(re.search(rf"\b{name}=(\d+)", self.path)[1]) for name in ("page", "per_page"))
            self.answer(self.server.comments[(page - 1) * size : page * size])
        else:
            self.answer({})

    def do_POST(self):
        if self.server.refuses:
            return self.answer({"message": "Resource not accessible by integration"}, 403)
        number = len(self.server.comments) + 1
        self.server.comments.append({"id": number, "user": {"type": "Bot"}, "body": self.body()})
        return self.answer({}, 201)

    def do_PATCH(self):
        number = int(self.path.rpartition("/")[2])
        self.server.comments[number - 1]["body"] = self.body()
        self.answer({})

    def do_PUT(self):
        document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self.path.endswith("/code-scanning/analysis"):
            self.answer({})
        elif self.server.refuses:
            self.answer({"message": "Code scanning is not enabled for this repository."}, 403)
        else:
            sarif = json.loads(gzip.decompress(base64.b64decode(document["sarif"])))
            self.server.uploads.append({**document, "sarif": sarif})
            self.answer({"id": "1"}, 202)

    def body(self):
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))["body"]

    def answer(self, document, status=200):
        self.server.asked.append((self.command, self.path.partition("?")[0], self.headers["Authorization"]))
        data = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


@pytest.fixture
def forge():
    with Forge() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def filled(text, known):
    """`text` with its expressions as the runner fills them in."""
    return re.sub(r"\$\{\{ (\S+) \}\}", lambda found: known.get(found[1], ""), str(text))


def pull_request(checkout, forge, *, private=True, **inputs):
    """Runs the steps as a runner does, but those that install. The exit status and what was printed.

    Skips the test where the step that uploads is to run and cannot be had.
    """
    temp = checkout.parent / "temp"
    temp.mkdir(exist_ok=True)
    event, output, summary = temp / "event.json", temp / "output", temp / "summary"
    base = {"ref": "main", "sha": head(checkout, "origin/main")}
    event.write_text(json.dumps({"repository": {"private": private}, "pull_request": {"base": base}}))
    known = {
        f"inputs.{name}": filled(given.get("default", ""), {}) for name, given in ACTION["inputs"].items()
    }
    known |= {f"inputs.{name.replace('_', '-')}": value for name, value in inputs.items()}
    known |= {"inputs.token": "a-token", "github.event.pull_request.number": "7"}
    known |= {"github.token": "a-token", "github.workspace": str(checkout)}
    runner = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "CI_"))},
        "OTEL_CLAUDE_BIN": str(Path(sys.executable).parent),
        "RUNNER_TEMP": str(temp),
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTION_PATH": str(ROOT),
        "GITHUB_API_URL": f"http://127.0.0.1:{forge.server_port}",
        "GITHUB_BASE_REF": "main",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_OUTPUT": str(output),
        "GITHUB_REPOSITORY": "us/shop",
        "GITHUB_STEP_SUMMARY": str(summary),
        "GITHUB_WORKSPACE": str(checkout),
        **UPLOADS,
        "GITHUB_SHA": head(checkout, "HEAD"),
        "GITHUB_ENV": str(temp / "env"),
        "GITHUB_STATE": str(temp / "state"),
        "RUNNER_TOOL_CACHE": str(temp),
    }
    for name in ("env", "state"):
        (temp / name).write_text("")
    said, status = "", 0
    for step in STEPS:
        is_upload = "upload-sarif" in step.get("uses", "")
        if not is_upload and step.get("name") not in {"Lint", "Comment", "Result"}:
            continue
        if is_upload and (known["inputs.sarif"] != "true" or not known.get("steps.lint.outputs.sarif-file")):
            continue
        if step.get("name") == "Comment" and (
            known["inputs.comment"] != "true" or not known.get("steps.lint.outputs.report")
        ):
            continue
        output.write_text("")
        if is_upload:
            command, given = upload(step, known)
        else:
            command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]]
            given = {name: filled(value, known) for name, value in step["env"].items()}
        done = subprocess.run(
            command,
            cwd=checkout,
            env={**runner, **given},
            capture_output=True,
            text=True,
            check=False,
        )
        said, status = said + done.stdout + done.stderr, done.returncode
        for line in output.read_text().splitlines():
            name, _, value = line.partition("=")
            known[f"steps.{step.get('id')}.outputs.{name}"] = value
        if status:
            break
    return status, said


UPLOADS = {
    "GITHUB_ACTION_REPOSITORY": "github/codeql-action",
    "GITHUB_ACTION_REF": "v4",
    "GITHUB_EVENT_NAME": "pull_request",
    "GITHUB_JOB": "lint",
    "GITHUB_REF": "refs/pull/7/merge",
    "GITHUB_RUN_ATTEMPT": "1",
    "GITHUB_RUN_ID": "1",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_WORKFLOW": "lint",
    "RUNNER_ARCH": "X64",
    "RUNNER_OS": "Linux",
}
"""What the step that uploads reads of the runner besides. It asks GITHUB_API_URL, and the server's URL for nothing."""


def upload(step, known):
    """The command of the step that uploads, and the inputs in its environment, its own defaults filled in."""
    try:
        command = codeql_action.command(step["uses"])
    except codeql_action.UnavailableError as error:
        pytest.skip(f"no upload-sarif here: {error}")
    inputs = {"checkout_path": known["github.workspace"], "token": known["github.token"], "matrix": "null"}
    inputs |= {"wait-for-processing": "true"}
    inputs |= {name: filled(value, known) for name, value in step["with"].items()}
    return command, {f"INPUT_{name.upper()}": value for name, value in inputs.items()}


def head(checkout, name):
    done = subprocess.run(
        ["git", "rev-parse", name], cwd=checkout, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def spans(file, *, days=10, calls=200):
    """Traces of `answer`: one prefix of 5,000 tokens that every call reads, at $0.002 a call."""
    start = datetime(2026, 11, 1, tzinfo=timezone.utc)
    lines = []
    for number in range(calls):
        at = int((start + timedelta(days=days) * number / (calls - 1)).timestamp()) * 10**9
        values = {
            "gen_ai.request.model": {"stringValue": "claude-haiku-5-5"},
            "gen_ai.usage.input_tokens": {"intValue": "5100"},
            "gen_ai.usage.cache_read.input_tokens": {"intValue": "5000"},
            "gen_ai.usage.output_tokens": {"intValue": "100"},
            "gen_ai.usage.cost.amount": {"doubleValue": 0.002},
            "gen_ai.usage.cost.currency": {"stringValue": "USD"},
            "otel_claude.cost.status": {"stringValue": "exact"},
            "otel_claude.cache.prefix": {"stringValue": "aa"},
            "code.file.path": {"stringValue": "app.py"},
            "code.line.number": {"intValue": str(CALL)},
            "code.function.name": {"stringValue": "answer"},
        }
        span = {
            "traceId": f"{number + 1:032x}", "spanId": f"{number + 1:016x}", "name": "anthropic.messages.create",
            "kind": 3, "startTimeUnixNano": str(at), "endTimeUnixNano": str(at + 10**9),
            "attributes": [{"key": key, "value": value} for key, value in values.items()],
        }  # fmt: skip
        scope = {"scope": {"name": "com.anthropic.sdk.python"}, "spans": [span]}
        lines.append(json.dumps({"resourceSpans": [{"resource": {}, "scopeSpans": [scope]}]}))
    file.write_text("\n".join(lines) + "\n")
    return str(file)


def test_a_timestamp_in_a_cached_prompt_is_blocked_with_a_comment_and_its_mend_unblocks(checkout, forge):
    commit(checkout, app=DATED)
    traces = spans(checkout.parent / "traces.jsonl")
    status, said = pull_request(checkout, forge, traces=traces)
    assert status == 1, said
    assert re.search(r"^::error file=app.py,line=\d+", said, re.MULTILINE)
    (comment,) = forge.ours
    assert comment.startswith(
        "<!-- otel-claude lint: 2 -->\n### otel-claude: 1 new finding on Claude calls\n"
    )
    assert "| error | CL101 dynamic-cached-prefix | `app.py:" in comment
    # 200 calls at $0.002 in ten days are $1.20 in thirty.
    assert r"about \$1.20 a month \(200 calls in 10 days of traces\)" in comment
    # 5,000 tokens at $0.125 for a million written; 1,000,000 read in ten days at $0.115 less for a million.
    assert (
        rf"- `app.py:{CALL}` (`answer`), from `system[0]` on: about \$0.0006 (1 live cache, 5,000 tokens). "
        r"As the new prefix differs from call to call, about \$0.35 a month more"
    ) in comment
    assert (checkout.parent / "temp/summary").read_text() == comment
    assert {token for _, _, token in forge.asked} == {"Bearer a-token"}

    commit(checkout, app=CACHED)
    status, said = pull_request(checkout, forge, traces=traces)
    assert status == 0, said
    assert forge.ours == ["<!-- otel-claude lint: 0 -->\n### otel-claude: no new waste on Claude calls\n"]
    assert forge.asked[-1][:2] == ("PATCH", "/repos/us/shop/issues/comments/121")


def test_a_public_repository_is_told_no_dollars_unless_somebody_asks(checkout, forge):
    commit(checkout, app=DATED)
    traces = spans(checkout.parent / "traces.jsonl")
    assert pull_request(checkout, forge, traces=traces, private=False)[0] == 1
    assert "$" not in forge.ours[0]
    assert "from `system[0]` on" in forge.ours[0]
    assert pull_request(checkout, forge, traces=traces, private=False, show_costs="true")[0] == 1
    assert "$" in forge.ours[0]
    assert len(forge.ours) == 1


def test_no_month_is_told_from_three_days_or_fifty_calls(checkout, forge):
    commit(checkout, app=DATED)
    for covered in ({"days": 3}, {"calls": 50}):
        traces = spans(checkout.parent / "traces.jsonl", **covered)
        assert pull_request(checkout, forge, traces=traces)[0] == 1
        assert "too little measured to say" in forge.ours[0]
        assert "a month" not in forge.ours[0]


def test_a_branch_with_nothing_to_say_gets_no_comment(checkout, forge):
    commit(checkout, other="print('hello')\n")
    status, said = pull_request(checkout, forge)
    assert (status, forge.ours) == (0, []), said


def test_a_token_that_may_not_comment_is_a_warning_and_the_findings_still_block(checkout, forge):
    forge.refuses = True
    commit(checkout, app=DATED)
    status, said = pull_request(checkout, forge)
    assert status == 1
    assert "::warning::otel-claude could not comment" in said
    assert "403" in said


def test_what_cannot_run_blocks_and_says_why(checkout, forge):
    status, said = pull_request(checkout, forge, diff_base="no-such-branch")
    assert status == 2
    assert "no such commit or branch" in said


def test_inputs_are_never_code_nor_options(checkout, forge):
    commit(checkout, app=DATED)
    evil = "$(touch pwned) `touch pwned`; touch pwned"
    for given in ({"paths": evil}, {"args": evil}, {"diff_base": evil}, {"traces": evil}):
        assert pull_request(checkout, forge, **given)[0] == 2, given
    assert pull_request(checkout, forge, paths="--exit-zero")[0] == 2
    assert not list(checkout.rglob("pwned"))
    assert (
        pull_request(checkout, forge, paths="app.py\n\n", args=" --exit-zero\n--min-severity error")[0] == 0
    )


def test_findings_reach_code_scanning_by_githubs_own_upload(checkout, forge):
    commit(checkout, app=DATED)
    status, said = pull_request(checkout, forge, sarif="true")
    assert status == 1, said  # the findings still block
    assert "is not valid SARIF" not in said
    (sent,) = forge.uploads
    assert sent["tool_names"] == ["otel-claude"]
    assert sent["commit_oid"] == head(checkout, "HEAD")
    (run,) = sent["sarif"]["runs"]
    assert run["automationDetails"]["id"] == "otel-claude/"
    (result,) = run["results"]
    assert result["ruleId"] == "CL101"
    (location,) = result["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "app.py"
    # GitHub tells findings apart by its own hash of the line, which the upload adds where the file can be found.
    assert result["partialFingerprints"].keys() == {"otelClaudeLint/v1", "primaryLocationLineHash"}
    assert {path for method, path, _ in forge.asked if method == "PUT"} == {
        "/repos/us/shop/code-scanning/analysis",
        "/repos/us/shop/code-scanning/analysis/status",
    }


def test_a_branch_without_findings_uploads_that_there_are_none(checkout, forge):
    commit(checkout, other="print('hello')\n")
    assert pull_request(checkout, forge, sarif="true")[0] == 0
    (sent,) = forge.uploads
    assert [run["results"] for run in sent["sarif"]["runs"]] == [[]]


def test_a_repository_without_code_scanning_fails_and_says_so(checkout, forge):
    forge.refuses = True
    commit(checkout, other="print('hello')\n")
    status, said = pull_request(checkout, forge, sarif="true", comment="false")
    assert status == 1
    assert "Code scanning is not enabled" in said


def test_the_action_is_one_that_the_runner_takes():
    assert {"name", "description", "inputs", "outputs", "runs"} <= ACTION.keys()
    assert ACTION["runs"]["using"] == "composite"
    for given in (*ACTION["inputs"].values(), *ACTION["outputs"].values()):
        assert given["description"]
    for step in STEPS:
        assert ("uses" in step) != ("run" in step and step["shell"] == "bash"), step
        assert step.keys() <= {"name", "id", "if", "uses", "with", "run", "shell", "env"}
    used = set(re.findall(r"inputs\.([\w-]+)", (ROOT / "action.yml").read_text()))
    assert used == ACTION["inputs"].keys()


def test_other_actions_are_pinned_by_commit_and_no_expression_stands_in_a_script():
    lines = [line for line in (ROOT / "action.yml").read_text().splitlines() if "uses:" in line]
    assert len(lines) == 2
    for line in lines:
        assert re.search(r"uses: [\w-]+(/[\w-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line
    assert not [step for step in STEPS if "${{" in step.get("run", "")]


def test_the_page_shows_the_comment_as_it_is(checkout, forge):
    commit(checkout, app=DATED)
    pull_request(checkout, forge, traces=spans(checkout.parent / "traces.jsonl"))
    page = (ROOT / "docs/pull-requests.md").read_text()
    shown = re.search(r"<!-- example -->\n\n(.*?)\n\n<!--", page, re.DOTALL)[1]
    lines = [line.removeprefix(">").removeprefix(" ") for line in shown.splitlines()]
    assert lines == forge.ours[0].splitlines()[1:]


def test_the_job_for_gitlab_fails_and_leaves_a_code_quality_report(checkout):
    commit(checkout, app=DATED)
    (job,) = yaml.safe_load(GITLAB.read_text()).values()
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "GITLAB_CI": "true",
        "CI_PROJECT_DIR": str(checkout),
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": "origin/main",
    }
    done = subprocess.run(
        ["bash", "-e", "-c", job["script"][-1]], cwd=checkout, env=environment, capture_output=True
    )
    assert done.returncode == 1, done.stderr
    (issue,) = json.loads((checkout / job["artifacts"]["reports"]["codequality"]).read_text())
    assert (issue["check_name"], issue["location"]["path"]) == ("CL101 dynamic-cached-prefix", "app.py")
    assert "CL101" in (checkout / job["artifacts"]["paths"][0]).read_text()


@pytest.mark.matrix
def test_the_action_installs_what_stands_beside_it_and_nothing_of_the_checkout(checkout):
    step = next(step for step in STEPS if step.get("name") == "Install")
    temp = checkout.parent / "temp"
    temp.mkdir()
    for name in ("venv", "pip", "ensurepip"):
        (checkout / f"{name}.py").write_text("open('pwned', 'w')\n")
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "VERSION": "",
        "RUNNER_TEMP": str(temp),
        "GITHUB_ACTION_PATH": str(ROOT),
        "GITHUB_ENV": str(temp / "env"),
    }
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", step["run"]],
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    name, _, folder = (temp / "env").read_text().strip().partition("=")
    assert name == "OTEL_CLAUDE_BIN"
    linted = subprocess.run(
        [f"{folder}/otel-claude", "lint", "app.py"], cwd=checkout, capture_output=True, text=True
    )
    assert linted.stdout.startswith("1 call site")
    assert not list(checkout.rglob("pwned"))
