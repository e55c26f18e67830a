"""The pages for Jaeger and Honeycomb: what they say to run is run, and what they name is sent."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import jsonschema
import pytest
import yaml

from otel_claude import attributes as names
from otel_claude.cache.status import Reason
from otel_claude.cost import Bucket
from otel_claude.simulator import Simulator
from tests.environments import ROOT
from tests.receivers.ingest import Ingest
from tests.receivers.programs import FOREIGN

JAEGER, HONEYCOMB = ROOT / "docs" / "jaeger.md", ROOT / "docs" / "honeycomb.md"
BUCKETS = set(get_args(Bucket))


def _commands(page):
    return re.findall(r"^```sh\n(.*?)^```$", page.read_text(), re.DOTALL | re.MULTILINE)


def _run(script, **variables):
    """Runs the commands in the project's root, as a reader would, with nothing set but these variables."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    path = f"{Path(sys.executable).parent}{os.pathsep}{inherited['PATH']}"
    environment = {**inherited, "PATH": path, "PYTHONDONTWRITEBYTECODE": "1", **variables}
    command = ["bash", "-euc", script]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture(scope="module")
def jaegers_example():
    """What the commands of Jaeger's page send, the endpoints on it standing for ones of ours."""
    run, simulated = (next(each for each in _commands(JAEGER) if what in each) for what in ("app.py", "8100"))
    with Simulator() as sim, Ingest() as backend:
        script = simulated.replace("http://127.0.0.1:8100", sim.url) + run.replace(
            "http://localhost:4318", backend.url
        )
        ran = _run(script)
    assert (ran.returncode, ran.stderr) == (0, "")
    return backend.received


@pytest.fixture(scope="module")
def honeycombs_example(tmp_path_factory):
    """What the commands of Honeycomb's page send, with a key filled in and the endpoint standing for one of ours."""
    file = "examples/honeycomb/honeycomb.env"
    (run,) = _commands(HONEYCOMB)
    with Simulator() as sim, Ingest("hcaik_01") as backend:
        filled = tmp_path_factory.mktemp("honeycomb") / "honeycomb.env"
        template = (ROOT / file).read_text().replace("YOUR_INGEST_KEY", "hcaik_01")
        assert template.count("=https://api.honeycomb.io\n") == 1
        filled.write_text(template.replace("=https://api.honeycomb.io\n", f"={backend.url}\n"))
        ran = _run(run.replace(file, str(filled)), ANTHROPIC_BASE_URL=sim.url, ANTHROPIC_API_KEY="any")
    assert (ran.returncode, ran.stderr) == (0, "")
    return backend.received


def test_jaegers_example_sends_a_cache_write_and_two_reads(jaegers_example):
    calls = jaegers_example.calls()
    assert jaegers_example.paths() == {"/v1/traces"}
    assert len(jaegers_example.spans) == len(calls) == 3
    assert [names.CACHE_WRITE_TOKENS in span.attributes for span in calls] == [True, True, True]
    assert [span.attributes[names.CACHE_WRITE_TOKENS] > 0 for span in calls] == [True, False, False]
    assert [span.attributes[names.CACHE_READ_TOKENS] > 0 for span in calls] == [False, True, True]
    assert {span.resource["service.name"] for span in calls} == {"support"}
    assert {span.attributes[names.FEATURE] for span in calls} == {"answer-ticket"}
    assert {span.attributes[names.CODE_FILE_PATH] for span in calls} == {"examples/jaeger/app.py"}
    assert {span.attributes[names.COST_BUCKET] for span in calls} <= BUCKETS


def test_honeycombs_example_sends_the_apps_spans_and_each_call_once(honeycombs_example):
    assert {(request.path, request.status) for request in honeycombs_example.requests} == {
        ("/v1/traces", 200)
    }
    assert {request.headers["content-encoding"] for request in honeycombs_example.requests} == {"gzip"}
    sent = [span.name for span in honeycombs_example.spans]
    assert sorted(sent) == ["answer ticket"] * 2 + ["anthropic.messages.create"] * 4
    costs = {}
    for span in honeycombs_example.calls():
        costs.setdefault(span.attributes[names.FEATURE], []).append(span.attributes[names.COST_AMOUNT])
    assert {feature: len(each) for feature, each in costs.items()} == {"route": 2, "reply": 2}
    assert {span.resource["service.name"] for span in honeycombs_example.spans} == {"support"}


@pytest.mark.parametrize("page", [JAEGER, HONEYCOMB], ids=["jaeger", "honeycomb"])
def test_every_attribute_that_a_page_names_is_one_that_is_sent(page, jaegers_example):
    sent = {name for span in jaegers_example.calls() for name in span.attributes}
    documented = {attribute.name for attribute in (*names.REGISTRY, *names.TASK_REGISTRY)}
    known = sent | documented | {names.ERROR_TYPE, "otel_claude.cost.*", "otel_claude.instrument"}
    named = set(re.findall(r"\b(?:gen_ai|otel_claude|code|error)\.[a-z_.0-9]*[a-z0-9_*]", page.read_text()))
    named |= {"otel_claude.cost.*"} if "otel_claude.cost.*" in page.read_text() else set()
    assert named - known == set()
    assert len(named & (sent | documented)) > 3


def test_the_buckets_on_jaegers_page_are_all_there_are():
    text = JAEGER.read_text()
    assert set(re.findall(r"cost\.bucket=([\w.]+)", text)) <= BUCKETS
    sentence = text[text.index("The buckets are") : text.index("in USD.\n\nJaeger does not")]
    assert set(re.findall(r"`([\w.]+)`", sentence)) == BUCKETS


def test_jaegers_image_is_pinned_to_a_version_with_the_genai_view():
    compose = (ROOT / "examples" / "jaeger" / "compose.yaml").read_text()
    (version,) = re.findall(r"image: jaegertracing/jaeger:(\d+)\.(\d+)\.(\d+)\n", compose)
    assert tuple(map(int, version)) >= (2, 20, 0)
    assert {"4317", "4318", "16686"} == set(re.findall(r'"127\.0\.0\.1:(\d+):\1"', compose))


UI_CONFIG = ROOT / "examples" / "jaeger" / "ui-config.json"
LINK_PATTERNS = {
    "type": "object",
    "properties": {
        "linkPatterns": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {
                    "type": {"enum": ["process", "tags", "logs", "traces"]},
                    "key": {"type": "string"},
                    "url": {"type": "string", "pattern": "^https://"},
                    "text": {"type": "string"},
                },
                "required": ["type", "url", "text"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["linkPatterns"],
    "additionalProperties": False,
}
"""The form of links as Jaeger's UI documents it (its `LinkPatternsConfig`, 2026-08)."""


def _patterns():
    return json.loads(UI_CONFIG.read_text())["linkPatterns"]


def test_jaegers_links_have_the_form_that_its_ui_documents():
    jsonschema.validate(json.loads(UI_CONFIG.read_text()), LINK_PATTERNS)
    documented = {attribute.name for attribute in names.REGISTRY}
    for pattern in _patterns():
        assert pattern["key"] in documented
        # A link is left out where it names what the span does not have.
        assert set(re.findall(r"#\{([^{}]*)\}", pattern["url"] + pattern["text"])) <= {pattern["key"]}


def test_jaegers_links_lead_to_pages_and_headings_that_exist():
    values = {names.CACHE_MISS_REASON: get_args(Reason)}
    for pattern in _patterns():
        for value in values.get(pattern["key"], ["x"]):
            url = pattern["url"].replace(f"#{{{pattern['key']}}}", value)
            page, _, heading = url.removeprefix(
                "https://github.com/otel-claude/otel-claude/blob/main/"
            ).partition("#")
            assert (ROOT / page).is_file(), url
            assert not heading or heading in _headings(ROOT / page), url


def _headings(page):
    """The anchors of a page's headings, as GitHub makes them."""
    found = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def test_the_example_gives_jaeger_the_links():
    service = yaml.safe_load((ROOT / "examples" / "jaeger" / "compose.yaml").read_text())["services"][
        "jaeger"
    ]
    (volume,) = service["volumes"]
    source, target, _ = volume.split(":")
    assert (ROOT / "examples" / "jaeger" / source).resolve() == UI_CONFIG
    assert service["command"] == [f"--set=extensions.jaeger_query.ui.config_file={target}"]


def test_the_files_that_the_pages_link_to_exist():
    for page in (JAEGER, HONEYCOMB, ROOT / "examples" / "jaeger" / "README.md"):
        for link in re.findall(r"\]\((?!http)([^)#]+)", page.read_text()):
            assert (page.parent / link).exists(), f"{page.name} links to {link}"
