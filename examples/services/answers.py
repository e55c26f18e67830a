"""The service behind: it answers a query. Its calls have the feature, the task and the tenant of whoever asked it.

Most frameworks have an instrumentation for OpenTelemetry that does what `do_POST` does here by hand: it takes the
context out of the headers.
"""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, HTTPServer

import anthropic
from opentelemetry import context, propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

import otel_claude

provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)
otel_claude.instrument(baggage=("tenant",))

client = anthropic.Anthropic()
tracer = trace.get_tracer("answers")


def answer(query: str) -> str:
    messages = [{"role": "user", "content": query}]
    message = client.messages.create(model="claude-sonnet-5-5", max_tokens=300, messages=messages)
    return "".join(block.text for block in message.content if block.type == "text")


class Answers(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        query = self.rfile.read(int(self.headers["content-length"])).decode()
        token = context.attach(
            propagate.extract({name.lower(): value for name, value in self.headers.items()})
        )
        try:
            with tracer.start_as_current_span("POST /answers", kind=trace.SpanKind.SERVER):
                text = answer(query)
        finally:
            context.detach(token)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())


server = HTTPServer(("127.0.0.1", 0), Answers)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
