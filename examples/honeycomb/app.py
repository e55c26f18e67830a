"""A ticket as one trace: a span of the app's own around it, and the Claude calls that it took inside.

The app sets its own global provider, as one that is traced already does. Claude spans go there too.
"""

from __future__ import annotations

import anthropic
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

import otel_claude

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)
otel_claude.instrument()

tracer = trace.get_tracer("support")
client = anthropic.Anthropic()


def ask(model: str, question: str, max_tokens: int) -> str:
    messages = [{"role": "user", "content": question}]
    message = client.messages.create(model=model, max_tokens=max_tokens, messages=messages)
    return "".join(block.text for block in message.content if block.type == "text")


def answer(ticket: str) -> str:
    with tracer.start_as_current_span("answer ticket"):
        with otel_claude.feature("route"):
            topic = ask("claude-haiku-5-5", f"Parcel, return or other? {ticket}", 20)
        with otel_claude.feature("reply"):
            return ask("claude-sonnet-5-5", f"Answer this ticket about {topic}: {ticket}", 300)


for ticket in ("Where is my parcel?", "How do I return a lamp?"):
    print(answer(ticket))
