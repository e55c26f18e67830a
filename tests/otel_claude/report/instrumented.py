"""A program whose calls other instrumentations make spans of: `instrumented.py STORE INSTRUMENTATION...`.

It prints what the API said of each call, a line of JSON each. `sdk` among the instrumentations are the SDK's own spans.
"""

import json
import os
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import anthropic
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from otel_claude.store.writer import LineExporter, WriteThroughProcessor

store, *instrumentations = sys.argv[1:]
provider = TracerProvider()
provider.add_span_processor(WriteThroughProcessor(LineExporter(Path(store))))
for name in instrumentations:
    if name == "sdk":
        trace.set_tracer_provider(provider)
    else:
        import_module(name).AnthropicInstrumentor().instrument(tracer_provider=provider)

MODEL = "claude-sonnet-5-5"
own = {} if "sdk" in instrumentations else {"open_telemetry": False}
client = anthropic.Anthropic(api_key="k", base_url=os.environ["SIM"], max_retries=0, **own)
ASK = {"model": MODEL, "max_tokens": 64, "messages": [{"role": "user", "content": "hello, Claude!"}]}


def cached(ttl):
    text = f"{store}, {ttl}. " + "You are a helpful assistant. " * 900
    return [{"type": "text", "text": text, "cache_control": {"type": "ephemeral", "ttl": ttl}}]


def say(message, usage):
    print(json.dumps({"id": message.id, "usage": usage}))


for request in (ASK, *(ASK | {"system": cached(ttl)} for ttl in ("5m", "5m", "1h", "1h"))):
    message = client.messages.create(**request)
    say(message, message.usage.model_dump())
message = client.beta.messages.create(**ASK)
say(message, message.usage.model_dump())
with client.messages.stream(**ASK, system=cached("5m")) as stream:
    message = stream.get_final_message()
say(message, message.usage.model_dump())
for event in client.messages.create(**ASK, stream=True):
    if event.type == "message_start":
        message, usage = event.message, event.message.usage.model_dump()
    elif event.type == "message_delta":
        usage |= event.usage.model_dump(exclude_none=True)
say(message, usage)
with suppress(anthropic.BadRequestError):
    client.messages.create(**ASK | {"max_tokens": -1})
