"""The call site above libraries that call the SDK for the user, as they are today."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from otel_claude.call_site import WRAPPERS
from otel_claude.simulator import Simulator
from tests.environments import library
from tests.otel_claude.test_call_site import _module, sites  # noqa: F401 - a fixture

PROBE = """
import asyncio, inspect, json, os, sys
import otel_claude
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

exporter, provider = InMemorySpanExporter(), TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
otel_claude.instrument(tracer_provider=provider, summary=False)
import app

found = {}
for name in sys.argv[1:]:
    exporter.clear()
    way = getattr(app, name)
    asyncio.run(way()) if inspect.iscoroutinefunction(way) else way()
    attributes = [span.attributes for span in exporter.get_finished_spans() if span.name == "anthropic.messages.create"]
    found[name] = [
        [each.get("code.file.path"), each.get("code.function.name"), each.get("otel_claude.call_site.wrapper")]
        for each in attributes
    ]
print(json.dumps(found))
"""

LANGCHAIN = """
import os
from langchain_anthropic import ChatAnthropic
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate

llm = ChatAnthropic(model="claude-haiku-5-5", base_url=os.environ["SIM"], api_key="k", max_tokens=20)

def invoke():
    return llm.invoke("hello")

def stream():
    for _ in llm.stream("hello"):
        pass

def chain():
    return (ChatPromptTemplate.from_template("{x}") | llm | StrOutputParser()).invoke({"x": "hello"})

async def in_a_task():
    return await llm.ainvoke("hello")

def in_threads():
    return llm.batch(["a", "b"])
"""

INSTRUCTOR = """
import os, anthropic, instructor
from pydantic import BaseModel

class Answer(BaseModel):
    text: str = ""

ASK = dict(
    model="claude-haiku-5-5", max_tokens=200, response_model=Answer, messages=[{"role": "user", "content": "hi"}]
)
at = dict(api_key="k", base_url=os.environ["SIM"])
client = instructor.from_anthropic(anthropic.Anthropic(**at))
async_client = instructor.from_anthropic(anthropic.AsyncAnthropic(**at))

def create():
    return client.messages.create(**ASK)

async def create_later():
    return await async_client.messages.create(**ASK)
"""

PYDANTIC_AI = """
import os
from pydantic_ai import Agent
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.providers.anthropic import AnthropicProvider

provider = AnthropicProvider(api_key="k", base_url=os.environ["SIM"])
agent = Agent(AnthropicModel("claude-haiku-5-5", provider=provider))

async def stream():
    async with agent.run_stream("hello") as run:
        return await run.get_output()

async def in_a_task():
    return await agent.run("hello")
"""


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("name", "requirements", "source", "direct", "elsewhere"),
    [
        (
            "langchain",
            ["langchain-anthropic"],
            LANGCHAIN,
            ["invoke", "stream", "chain"],
            ["in_a_task", "in_threads"],
        ),
        ("instructor", ["instructor", "anthropic"], INSTRUCTOR, ["create", "create_later"], []),
        pytest.param(
            "pydantic-ai",
            ["pydantic-ai-slim[anthropic]"],
            PYDANTIC_AI,
            ["stream"],
            ["in_a_task"],
            marks=pytest.mark.skipif(
                sys.version_info < (3, 11), reason="it calls a type that is a union in SDK 2.12"
            ),
        ),
    ],
)
def test_it_is_the_users_line_with_the_library_named_and_none_beyond_a_task_or_a_thread(
    tmp_path, name, requirements, source, direct, elsewhere
):
    (tmp_path / "app.py").write_text(source)
    (tmp_path / "probe.py").write_text(PROBE)
    with Simulator() as simulator:
        done = subprocess.run(
            [sys.executable, "probe.py", *direct, *elsewhere],
            env={**library(name, *requirements), "SIM": simulator.url},
            capture_output=True,
            text=True,
            cwd=tmp_path,
        )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    for way in direct:
        assert found[way] == [["app.py", way, name]]
    for way in elsewhere:
        assert found[way]
        assert {tuple(each) for each in found[way]} == {(None, None, None)}


@pytest.mark.parametrize(("module", "name"), WRAPPERS.items())
def test_frames_of_such_a_library_are_passed_over(sites, tmp_path, module, name):  # noqa: F811
    between = _module(tmp_path, f"{module}.models", "def create(find):\n    return find()\n")["create"]
    ask = _module(tmp_path, "app", "def ask(create, find):\n    return create(find)\n")["ask"]
    site = ask(between, sites.find)
    assert (site.path, site.wrapper) == ("app.py", name)


def test_of_two_libraries_the_one_that_the_user_called_is_named(sites, tmp_path):  # noqa: F811
    source = "def create(inner, find):\n    return inner(find) if inner else find()\n"
    inner = _module(tmp_path, "langchain_core.models", "def create(find):\n    return find()\n")["create"]
    outer = _module(tmp_path, "instructor.client", source)["create"]
    ask = _module(tmp_path, "app", "def ask(outer, inner, find):\n    return outer(inner, find)\n")["ask"]
    assert ask(outer, inner, sites.find).wrapper == "instructor"
