"""The service that people ask: it rewrites a question, and has it answered by the other service over HTTP.

`baggage=("tenant",)` sends the feature, the task and the tag `tenant` along, to your own services only.
"""

from __future__ import annotations

import os
import urllib.request

import anthropic
from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

import otel_claude

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)
otel_claude.instrument(baggage=("tenant",))

client = anthropic.Anthropic()


def rewritten(question: str) -> str:
    messages = [{"role": "user", "content": f"Rewrite as a search query: {question}"}]
    message = client.messages.create(model="claude-haiku-5-5", max_tokens=50, messages=messages)
    return "".join(block.text for block in message.content if block.type == "text")


def answered(query: str) -> str:
    headers: dict[str, str] = {}
    propagate.inject(headers)
    request = urllib.request.Request(os.environ["ANSWERS_URL"], query.encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as response:
        return response.read().decode()


@otel_claude.feature("search")
def search(question: str, tenant: str) -> str:
    with (
        otel_claude.tag(tenant=tenant, session="not-named-so-it-stays-here"),
        otel_claude.task("answer_question", unit="question", value_usd=0.05) as task,
    ):
        answer = answered(rewritten(question))
        task.record(passed=bool(answer))
        return answer


for question in ("Where is my parcel?", "How do I return a lamp?"):
    print(search(question, tenant="acme"))
