"""Where the spans go, whichever providers the application sets and whenever it does.

Global providers can be set once a process, so every application here is a process of its own, on the installed SDK,
whose spans are enriched, and on an old one, for which they are emitted.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from otel_claude.simulator import Simulator
from tests.environments import ENVIRONMENTS, locked, sdk_overlay
from tests.receivers.ingest import Ingest
from tests.receivers.programs import Project

OLD = "0.75.0"
USD = 0.000248
"""What a call of `ask` costs: 4 tokens at $2 a million and 24 of output at $10."""

PREAMBLE = """
import json
import os

import anthropic
from opentelemetry import metrics, trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import otel_claude


def make_client(**options):
    return anthropic.Anthropic(api_key="k", base_url=os.environ["SIMULATOR"], max_retries=0, **options)


def ask(client):
    messages = [{"role": "user", "content": "hello, Claude!"}]
    return client.messages.create(model="claude-sonnet-5-5", max_tokens=64, messages=messages)


def in_memory():
    provider, exporter = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider, exporter


def costs(exporter):
    return [span.attributes.get("gen_ai.usage.cost.amount") for span in exporter.get_finished_spans()]


found = {}
"""
EPILOGUE = "\nprint(json.dumps(found))"

OPENTELEMETRY_INSTRUMENT = str(Path(sys.executable).with_name("opentelemetry-instrument"))
NOT_INSTRUMENTED = PREAMBLE.replace("import otel_claude", "") + (
    "print(ask(make_client()).usage.output_tokens, type(trace.get_tracer_provider()).__name__)"
)


@pytest.fixture(params=["installed", pytest.param(OLD, marks=pytest.mark.matrix)])
def application(request, tmp_path):
    """Runs a source in a project, and returns how it ran, with what it `found`."""
    overlay = None if request.param == "installed" else sdk_overlay(request.param)["PYTHONPATH"]
    with Simulator() as sim:
        yield Application(Project(tmp_path / "shop", sim.url), overlay)


class Application:
    def __init__(self, project, python_path):
        self.project = project
        self.python_path = python_path

    def run(self, source, **variables):
        ran = self.project.run(PREAMBLE + source + EPILOGUE, python_path=self.python_path, **variables)
        assert ran.code == 0, ran.err
        return json.loads(ran.out.splitlines()[-1]), ran

    def stored_costs(self):
        """What the spans in the local store cost, in order."""
        lines = [
            json.loads(line)
            for path in sorted(self.project.folder.glob(".otel-claude/traces/*"))
            for line in path.read_text().splitlines()
        ]
        return [
            attribute["value"]["doubleValue"]
            for line in lines
            for resource in line["resourceSpans"]
            for scope in resource["scopeSpans"]
            for span in scope["spans"]
            for attribute in span["attributes"]
            if attribute["key"] == "gen_ai.usage.cost.amount"
        ]


def test_a_global_provider_that_is_set_later_gets_every_call_from_then_on(application):
    found, _ = application.run("""
otel_claude.instrument()
client = make_client()
ask(client)
provider, exporter = in_memory()
trace.set_tracer_provider(provider)
ask(client)
ask(make_client())
found["costs"] = costs(exporter)
""")
    assert found["costs"] == [USD, USD]
    assert application.stored_costs() == [USD]


def test_a_global_provider_that_was_set_before_gets_every_call(application):
    found, _ = application.run("""
provider, exporter = in_memory()
trace.set_tracer_provider(provider)
client = make_client()
otel_claude.instrument()
ask(client)
ask(make_client())
found["costs"] = costs(exporter)
""")
    assert found["costs"] == [USD, USD]
    assert application.project.files() == set()


def test_with_an_endpoint_in_the_environment_a_global_provider_still_gets_each_call_once(application):
    source = """
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

otel_claude.instrument()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)
client = make_client()
ask(client)
ask(client)
"""
    with Ingest() as backend:
        application.run(source, OTEL_EXPORTER_OTLP_ENDPOINT=backend.url)
    assert [span.attributes["gen_ai.usage.cost.amount"] for span in backend.received.calls()] == [USD, USD]
    assert len(backend.received.spans) == 2


def test_a_provider_given_to_instrument_gets_what_the_global_one_then_does_not(application):
    found, _ = application.run("""
theirs, their_exporter = in_memory()
trace.set_tracer_provider(theirs)
given, given_exporter = in_memory()
otel_claude.instrument(tracer_provider=given)
ask(make_client())
found["given"], found["global"] = costs(given_exporter), costs(their_exporter)
""")
    assert found == {"given": [USD], "global": []}


def test_no_global_provider_is_ever_set(application):
    with Ingest() as backend:
        found, _ = application.run(
            """
otel_claude.instrument()
ask(make_client())
found["tracer"] = type(trace.get_tracer_provider()).__name__
found["meter"] = type(metrics.get_meter_provider()).__name__
""",
            OTEL_EXPORTER_OTLP_ENDPOINT=backend.url,
            OTEL_METRICS_EXPORTER="otlp",
        )
    assert found == {"tracer": "ProxyTracerProvider", "meter": "_ProxyMeterProvider"}
    assert backend.received.paths() == {"/v1/traces", "/v1/metrics"}


def test_instrumented_twice_a_call_is_one_span(application):
    found, _ = application.run("""
provider, exporter = in_memory()
otel_claude.instrument(tracer_provider=provider)
otel_claude.instrument(tracer_provider=provider)
ask(make_client())
found["costs"] = costs(exporter)
""")
    assert found["costs"] == [USD]


def test_uninstrument_puts_every_name_of_the_sdk_back(application):
    found, _ = application.run("""
import sys
import types


def contents():
    # Every name of every module of the SDK and of every class in them, with the identity of what it stands for.
    ask(client)
    held = {}
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "anthropic" and isinstance(module, types.ModuleType):
            for key, value in vars(module).items():
                held[name, key] = value
                if isinstance(value, type) and value.__module__.partition(".")[0] == "anthropic":
                    held |= {(name, key, part): each for part, each in vars(value).items()}
    return held


def changed(before, after):
    return sum(1 for key in before if after.get(key) is not before[key])


client = make_client()
provider, exporter = in_memory()
before = contents()
otel_claude.instrument(tracer_provider=provider)
found["during"] = changed(before, contents())
otel_claude.uninstrument()
found["after"] = changed(before, contents())
found["costs"] = costs(exporter)
otel_claude.instrument(tracer_provider=provider)
ask(client)
found["again"] = len(costs(exporter)) - len(found["costs"])
""")
    assert found["during"] > 0
    assert found["after"] == 0
    assert found["costs"] == [USD]
    assert found["again"] == 1


@pytest.mark.parametrize(
    "switch",
    [{"OTEL_SDK_DISABLED": "true", "OTEL_METRICS_EXPORTER": "otlp"}, {"OTEL_TRACES_EXPORTER": "none"}],
)
def test_switched_off_nothing_is_exported_or_written_and_the_application_works(application, switch):
    with Ingest() as backend:
        found, ran = application.run(
            """
otel_claude.instrument()
found["tokens"] = ask(make_client()).usage.output_tokens
with make_client().messages.stream(
    model="claude-sonnet-5-5", max_tokens=64, messages=[{"role": "user", "content": "hello, Claude!"}]
) as stream:
    found["streamed"] = stream.get_final_message().usage.output_tokens
""",
            OTEL_EXPORTER_OTLP_ENDPOINT=backend.url,
            **switch,
        )
    assert found == {"tokens": 24, "streamed": 24}
    assert ran.err == ""
    assert backend.received.requests == []
    assert application.project.files() == set()


def test_a_client_with_a_provider_of_its_own_reports_to_that_one_only(tmp_path):
    with Simulator() as sim:
        application = Application(Project(tmp_path / "shop", sim.url), None)
        found, _ = application.run("""
theirs, their_exporter = in_memory()
trace.set_tracer_provider(theirs)
own, own_exporter = in_memory()
given, given_exporter = in_memory()
otel_claude.instrument(tracer_provider=given)
ask(make_client(open_telemetry={"tracer_provider": own}))
found["own"], found["others"] = costs(own_exporter), costs(their_exporter) + costs(given_exporter)
""")
    assert found == {"own": [USD], "others": []}
    assert application.project.files() == set()


def _distro():
    """A folder with `opentelemetry-distro` only, under which `opentelemetry-instrument` sets a global provider."""
    folder = ENVIRONMENTS / "opentelemetry-distro"
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
            subprocess.run([*command, "opentelemetry-distro>=0.63b0"], check=True)
            (folder / ".complete").touch()
    return str(folder)


@pytest.mark.parametrize("has_distro", [False, pytest.param(True, marks=pytest.mark.matrix)])
def test_opentelemetry_instrument_needs_no_line_of_code(application, has_distro):
    paths = [path for path in (application.python_path, _distro() if has_distro else None) if path]
    with Ingest() as backend:
        ran = application.project.run(
            NOT_INSTRUMENTED,
            command=(OPENTELEMETRY_INSTRUMENT,),
            python_path=":".join(paths),
            OTEL_TRACES_EXPORTER="otlp",
            OTEL_METRICS_EXPORTER="none",
            OTEL_LOGS_EXPORTER="none",
            OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf",
            OTEL_EXPORTER_OTLP_ENDPOINT=backend.url,
        )
    assert ran.code == 0, ran.err
    assert ran.out == ("24 TracerProvider" if has_distro else "24 ProxyTracerProvider")
    assert [span.attributes["gen_ai.usage.cost.amount"] for span in backend.received.calls()] == [USD]


def test_opentelemetry_instrument_leaves_us_out_by_our_own_name(application):
    with Ingest() as backend:
        ran = application.project.run(
            NOT_INSTRUMENTED,
            command=(OPENTELEMETRY_INSTRUMENT,),
            python_path=application.python_path,
            OTEL_PYTHON_DISABLED_INSTRUMENTATIONS="otel_claude",
            OTEL_EXPORTER_OTLP_ENDPOINT=backend.url,
        )
    assert ran.code == 0, ran.err
    assert backend.received.requests == []


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        (
            {"OTEL_TRACES_EXPORTER": "carrier-pigeon"},
            "could not make the traces exporter 'carrier-pigeon': no installed package has it",
        ),
        (
            {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"},
            "protocol 'http/json' is not one of grpc, http/protobuf",
        ),
        ({"OTEL_BSP_MAX_QUEUE_SIZE": "-1"}, "no spans are exported"),
        (
            {
                "OTEL_TRACES_EXPORTER": "none",
                "OTEL_METRICS_EXPORTER": "otlp",
                "OTEL_METRIC_EXPORT_INTERVAL": "-1",
            },
            "no metrics are exported",
        ),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_once(tmp_path, variables, said):
    with Simulator() as sim, Ingest() as backend:
        application = Application(Project(tmp_path / "shop", sim.url), None)
        found, ran = application.run(
            'otel_claude.instrument()\nfound["tokens"] = [ask(make_client()).usage.output_tokens for _ in "12"]',
            **{"OTEL_EXPORTER_OTLP_ENDPOINT": backend.url, **variables},
        )
    assert found["tokens"] == [24, 24]
    assert ran.err.count(said) == 1
    assert backend.received.requests == []
    assert application.project.files() == set()


@pytest.mark.parametrize("name", ["otlp", "otlp_proto_http", " otlp ,"])
def test_every_name_of_the_otlp_exporter_is_known(tmp_path, name):
    with Simulator() as sim, Ingest() as backend:
        application = Application(Project(tmp_path / "shop", sim.url), None)
        _, ran = application.run(
            "otel_claude.instrument()\nask(make_client())",
            OTEL_TRACES_EXPORTER=name,
            OTEL_EXPORTER_OTLP_ENDPOINT=backend.url,
        )
    assert ran.err == ""
    assert len(backend.received.calls()) == 1
