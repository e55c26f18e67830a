"""Beside each other instrumentation of the SDK: a warning that names its switch, and one span that has the cost."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from pathlib import Path

import anthropic
import pytest
from anthropic.resources.messages import Messages

from otel_claude.sdk.neighbours import NEIGHBOURS, warn_of_neighbours
from otel_claude.simulator import Simulator
from tests.environments import ENVIRONMENTS, locked

PACKAGES = {
    # package: what is installed with it, without what it needs else, and how it is switched on and off
    "opentelemetry-instrumentation-genai-anthropic": (
        ("opentelemetry-instrumentation-genai-anthropic==1.3b0", "opentelemetry-util-genai==1.3b0"),
        "from opentelemetry.instrumentation.genai.anthropic import AnthropicInstrumentor",
    ),
    "opentelemetry-instrumentation-anthropic": (
        ("opentelemetry-instrumentation-anthropic==0.62.4", "opentelemetry-semantic-conventions-ai==0.5.1"),
        "from opentelemetry.instrumentation.anthropic import AnthropicInstrumentor",
    ),
    "openinference-instrumentation-anthropic": (
        (
            "openinference-instrumentation-anthropic==3.1.0",
            "openinference-instrumentation==0.1.72",
            "openinference-semantic-conventions==0.1.42",
        ),
        "from openinference.instrumentation.anthropic import AnthropicInstrumentor",
    ),
}
LOGFIRE = ("logfire-sdk==5.4.0", "executing>=2.0.1")

START = """
import json, logging, os
import anthropic, otel_claude
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

exporter, provider = InMemorySpanExporter(), TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
ask = {"model": "claude-sonnet-5-5", "max_tokens": 99, "messages": [{"role": "user", "content": "Say something."}]}


def calls():
    with anthropic.Anthropic(api_key="k", base_url=os.environ["SIM"], max_retries=0) as client:
        client.messages.create(**ask)
        client.messages.create(**ask)
        list(client.messages.create(stream=True, **ask))
        with client.messages.stream(**ask) as stream:
            stream.get_final_message()


def show():
    spans = exporter.get_finished_spans()
    print(json.dumps([[s.instrumentation_scope.name, s.attributes.get("gen_ai.usage.cost.amount")] for s in spans]))
"""


def overlay(name, requirements):
    """The environment variables under which this Python imports the `requirements` besides."""
    folder = ENVIRONMENTS / name
    with locked(folder.name):
        if not (folder / ".complete").exists():
            command = [
                sys.executable,
                "-m",
                "pip",
                "install",
                "--quiet",
                "--no-deps",
                "--target",
                str(folder),
            ]
            subprocess.run([*command, "--upgrade", *requirements], check=True)
            (folder / ".complete").touch()
    return {**os.environ, "PYTHONPATH": str(folder)}


def ran(program, environment):
    """The scope and the cost of each span, and the warnings of ours, that the program came to."""
    with Simulator() as simulator:
        done = subprocess.run(
            [sys.executable, "-c", START + program],
            env={**environment, "SIM": simulator.url},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    warnings = [line for line in done.stderr.splitlines() if line.startswith("otel-claude: ")]
    return json.loads(done.stdout), warnings


@pytest.mark.matrix
@pytest.mark.parametrize("first", ["theirs", "ours"])
@pytest.mark.parametrize("package", PACKAGES)
def test_the_cost_is_on_the_sdks_span_alone_and_the_switch_is_named_once(package, first):
    requirements, imported = PACKAGES[package]
    theirs = "AnthropicInstrumentor().instrument(tracer_provider=provider)"
    ours = "otel_claude.instrument(tracer_provider=provider, summary=False)"
    order = f"{theirs}\n{ours}" if first == "theirs" else f"{ours}\n{theirs}"
    spans, warnings = ran(
        f"{imported}\n{order}\ncalls()\nshow()", overlay(f"neighbour-{package}", requirements)
    )
    priced = [scope for scope, cost in spans if cost is not None]
    assert priced == ["com.anthropic.sdk.python"] * 4
    assert len(spans) == 8
    (warning,) = warnings
    assert f"{package} makes spans" in warning
    assert "AnthropicInstrumentor().uninstrument()" in warning
    assert "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS=anthropic" in warning


@pytest.mark.matrix
@pytest.mark.parametrize("package", PACKAGES)
def test_the_switch_that_is_named_works(package):
    requirements, imported = PACKAGES[package]
    program = f"""
{imported}
AnthropicInstrumentor().instrument(tracer_provider=provider)
AnthropicInstrumentor().uninstrument()
otel_claude.instrument(tracer_provider=provider, summary=False)
calls()
show()
"""
    spans, warnings = ran(program, overlay(f"neighbour-{package}", requirements))
    assert [scope for scope, _ in spans] == ["com.anthropic.sdk.python"] * 4
    assert not warnings


@pytest.mark.matrix
@pytest.mark.parametrize("first", ["theirs", "ours"])
@pytest.mark.parametrize(
    ("options", "priced"), [("", 0), ("suppress_other_instrumentation=False", 4)], ids=["default", "switched"]
)
def test_beside_logfire_the_switch_brings_the_cost_back(options, priced, first):
    theirs = f"logfire.instrument_anthropic({options})"
    ours = "otel_claude.instrument(summary=False)"
    program = f"""
import logfire
logfire.configure(send_to_logfire=False, console=False, additional_span_processors=[SimpleSpanProcessor(exporter)])
{theirs if first == "theirs" else ours}
{ours if first == "theirs" else theirs}
calls()
show()
"""
    spans, warnings = ran(program, overlay("neighbour-logfire", LOGFIRE))
    assert len([cost for _, cost in spans if cost is not None]) == priced
    (warning,) = warnings
    assert "logfire.instrument_anthropic()" in warning
    assert "suppress_other_instrumentation=False" in warning


@pytest.mark.matrix
def test_what_a_neighbour_wrapped_does_nothing_once_we_are_gone():
    """logfire keeps the method that it found, which is ours."""
    program = """
import logfire
otel_claude.instrument(tracer_provider=provider, summary=False)
logfire.configure(send_to_logfire=False, console=False)
logfire.instrument_anthropic()
otel_claude.uninstrument()
calls()
show()
"""
    spans, warnings = ran(program, overlay("neighbour-logfire", LOGFIRE))
    assert not spans
    assert not warnings


@pytest.mark.matrix
def test_under_run_no_other_instrumentation_of_the_sdk_is_started(tmp_path):
    """`opentelemetry-instrument` would start what is installed under the name that they all share."""
    package = "opentelemetry-instrumentation-anthropic"
    environment = overlay(f"neighbour-{package}", PACKAGES[package][0])
    program = tmp_path / "program.py"
    program.write_text(f"""{START}
trace.set_tracer_provider(provider)
calls()
show()
""")
    with Simulator() as simulator:
        done = subprocess.run(
            [sys.executable, "-m", "otel_claude", "run", "opentelemetry-instrument", "python", str(program)],
            env={
                **environment,
                "SIM": simulator.url,
                "OTEL_TRACES_EXPORTER": "none",
                "OTEL_METRICS_EXPORTER": "none",
                "OTEL_LOGS_EXPORTER": "none",
                "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "requests",
                "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    spans = json.loads(done.stdout)
    assert [scope for scope, _ in spans] == ["com.anthropic.sdk.python"] * 4


class TestWhoWrapsTheSDK:
    @pytest.fixture
    def client(self):
        return anthropic.Anthropic(api_key="k", base_url="http://127.0.0.1:9")

    def test_is_nobody(self, client, caplog):
        warn_of_neighbours(client)
        assert not caplog.records

    def test_is_named_by_its_module_when_it_is_not_known(self, client, caplog, monkeypatch):
        original = Messages.create

        @functools.wraps(original)
        def create(*args, **kwargs):
            return original(*args, **kwargs)

        monkeypatch.setattr(Messages, "create", create)
        warn_of_neighbours(client)
        (record,) = caplog.records
        assert f"{__name__} wraps the SDK too" in record.getMessage()

    @pytest.mark.parametrize("value", [None, 7, object(), staticmethod(len)])
    def test_does_not_matter_when_it_cannot_be_told(self, client, caplog, monkeypatch, value):
        monkeypatch.setattr(Messages, "create", value)
        warn_of_neighbours(client)
        assert not caplog.records

    def test_has_a_switch_for_each_that_is_known(self):
        assert {neighbour.package for neighbour in NEIGHBOURS.values()} == {*PACKAGES, "logfire"}
