"""Every shape of call, run with whatever version of the SDK is importable, against the endpoint at $SIM.

`python scenarios.py bare` prints what the application got; `python scenarios.py traced` also the spans that ended. The
test that starts it holds the table of what each scenario has to come to.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import threading
import warnings
from contextlib import contextmanager

import anthropic

MODEL = "claude-sonnet-5-5"
ASK = {"model": MODEL, "max_tokens": 200, "messages": [{"role": "user", "content": "Say something."}]}
OLD = int(anthropic.__version__.split(".")[0]) < 1


LOOK_UP = {
    "name": "look_up",
    "description": "Looks a word up.",
    "input_schema": {"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]},
}
QUESTION = {"role": "user", "content": "Please look up this word."}
MEANING = "It means something."
THANKS = {"role": "user", "content": "Thank you."}
LOST = {"thread": {"type": "continue", "previous_message_id": "msg_nobody"}}


def simulated(*directives):
    return {**ASK, "extra_headers": {"x-simulate": ";".join(directives)}}


def usage(**fields):
    return simulated("usage=" + json.dumps({"input_tokens": 1000, "output_tokens": 100, **fields}))


def seen(message):
    """What an application sees of a message, without what differs from call to call."""
    found = message.usage
    return [
        type(message).__name__.removeprefix("Parsed"),
        [getattr(block, "text", block.type) for block in message.content],
        message.stop_reason,
        [found.input_tokens, found.output_tokens, getattr(found, "cache_read_input_tokens", None)],
    ]


def failure(error):
    return [type(error).__name__, getattr(error, "status_code", None)]


def answered(message):
    """The messages that go on after `message`, in which a tool was called."""
    (used,) = (block for block in message.content if block.type == "tool_use")
    result = {"type": "tool_result", "tool_use_id": used.id, "content": MEANING}
    return [{"role": "assistant", "content": message.content}, {"role": "user", "content": [result]}]


def gone_on(message):
    """The messages that go on after `message`, which is prose."""
    return [{"role": "assistant", "content": message.content}, THANKS]


class Sync:
    """The scenarios of a sync client. Each returns what the application saw."""

    def __init__(self, client):
        self.client = client
        self.messages = client.messages

    def create(self):
        return seen(self.messages.create(**ASK))

    def create_cached(self):
        prefix = [{"type": "text", "text": "word " * 2000, "cache_control": {"type": "ephemeral"}}]
        return [seen(self.messages.create(system=prefix, **ASK)) for _ in range(2)]

    def usage_5m_and_1h(self):
        written = {"ephemeral_5m_input_tokens": 2000, "ephemeral_1h_input_tokens": 4000}
        return seen(
            self.messages.create(
                **usage(
                    cache_creation_input_tokens=6000, cache_read_input_tokens=8000, cache_creation=written
                )
            )
        )

    def usage_5m_and_1h_streamed(self):
        written = {"ephemeral_5m_input_tokens": 2000, "ephemeral_1h_input_tokens": 4000}
        asked = usage(cache_creation_input_tokens=6000, cache_read_input_tokens=8000, cache_creation=written)
        return [event.type for event in self.messages.create(stream=True, **asked)]

    def usage_of_a_batch(self):
        return seen(self.messages.create(**usage(service_tier="batch")))

    def usage_of_the_priority_tier(self):
        return seen(self.messages.create(**usage(service_tier="priority")))

    def usage_in_the_us(self):
        return seen(self.messages.create(**usage(inference_geo="us")))

    def usage_with_searches(self):
        return seen(self.messages.create(**usage(server_tool_use={"web_search_requests": 3})))

    def usage_with_a_compaction(self):
        iterations = [
            {"type": "compaction", "input_tokens": 50000, "output_tokens": 2000},
            {"type": "message", "input_tokens": 1000, "output_tokens": 100},
        ]
        return seen(self.messages.create(**usage(iterations=iterations)))

    def usage_with_a_compaction_streamed(self):
        iterations = [
            {"type": "compaction", "input_tokens": 50000, "output_tokens": 2000},
            {"type": "message", "input_tokens": 1000, "output_tokens": 100},
        ]
        with self.messages.stream(**usage(iterations=iterations)) as stream:
            return seen(stream.get_final_message())

    def unknown_model(self):
        return seen(self.messages.create(**{**ASK, "model": "claude-nobody-9"}))

    def deprecated_model(self):
        return seen(self.messages.create(**{**ASK, "model": "claude-3-opus-20240229"}))

    def refusal(self):
        return seen(self.messages.create(**simulated("refusal")))

    def tool_use(self):
        tool = {
            "name": "look_up",
            "input_schema": {"type": "object", "properties": {"id": {"type": "string"}}},
        }
        return seen(self.messages.create(tools=[tool], **simulated("tool-use")))

    def thinking(self):
        return seen(self.messages.create(**simulated("thinking=30")))

    def stream_read(self):
        return [event.type for event in self.messages.create(stream=True, **ASK)]

    def stream_next_then_closed(self):
        stream = self.messages.create(stream=True, **ASK)
        first = next(stream).type
        stream.close()
        return first

    def stream_broken_out_of(self):
        with self.messages.create(stream=True, **ASK) as stream:
            for event in stream:
                return event.type

    def stream_dropped(self):
        stream = self.messages.create(stream=True, **ASK)
        first = next(stream).type
        del stream
        gc.collect()
        return first

    def stream_never_read(self):
        self.messages.create(stream=True, **ASK).close()

    def stream_is_a_stream(self):
        stream = self.messages.create(stream=True, **ASK)
        kinds = [isinstance(stream, anthropic.Stream), type(stream).__name__]
        return [kinds, len(list(stream))]

    def stream_cut_by_the_server(self):
        asked = simulated("cut-after=3")
        try:
            return [event.type for event in self.messages.create(stream=True, **asked)]
        except Exception as error:
            return type(error).__name__

    def stream_ended_by_an_error_event(self):
        try:
            return [event.type for event in self.messages.create(stream=True, **simulated("sse-error=3"))]
        except anthropic.APIError as error:
            return failure(error)

    def stream_read_in_another_thread(self):
        stream, kinds = self.messages.create(stream=True, **ASK), []
        thread = threading.Thread(target=lambda: kinds.extend(event.type for event in stream))
        thread.start()
        thread.join()
        return kinds

    def helper_final_message(self):
        with self.messages.stream(**ASK) as stream:
            return seen(stream.get_final_message())

    def helper_text_then_final_message(self):
        with self.messages.stream(**ASK) as stream:
            text = "".join(stream.text_stream)
            return [text, seen(stream.get_final_message())]

    def helper_left_early(self):
        with self.messages.stream(**ASK) as stream:
            for event in stream:
                return event.type

    def helper_never_entered(self):
        self.messages.stream(**ASK)

    def helper_refused(self):
        try:
            with self.messages.stream(**simulated("error=400")):
                return None
        except anthropic.APIStatusError as error:
            return failure(error)

    def raw_response(self):
        response = self.messages.with_raw_response.create(**ASK)
        return [response.headers["content-type"], seen(response.parse())]

    def raw_response_of_a_stream(self):
        response = self.messages.with_raw_response.create(stream=True, **ASK)
        return [event.type for event in response.parse()]

    def streaming_response_read_as_json(self):
        with self.messages.with_streaming_response.create(**ASK) as response:
            return json.loads(response.read())["content"][0]["text"]

    def streaming_response_parsed(self):
        with self.messages.with_streaming_response.create(**ASK) as response:
            return seen(response.parse())

    def streaming_response_by_lines(self):
        with self.messages.with_streaming_response.create(stream=True, **ASK) as response:
            return sum(line.startswith("event:") for line in response.iter_lines())

    def streaming_response_not_read(self):
        with self.messages.with_streaming_response.create(**ASK) as response:
            return response.status_code

    def refused(self):
        try:
            return self.messages.create(**simulated("error=400"))
        except anthropic.APIStatusError as error:
            return failure(error)

    def overloaded_twice(self):
        client = self.client.with_options(max_retries=2)
        return seen(client.messages.create(**simulated("error=529,529,200", "retry-after=0.001")))

    def nothing_listens(self):
        client = self.client.with_options(base_url="http://127.0.0.1:9")
        try:
            return client.messages.create(**ASK)
        except anthropic.APIError as error:
            return failure(error)

    def timed_out(self):
        try:
            return self.messages.create(timeout=0.05, **simulated("delay=0.5"))
        except anthropic.APIError as error:
            return failure(error)

    def one_shot_messages(self):
        return seen(self.messages.create(**{**ASK, "messages": (message for message in ASK["messages"])}))

    def copied_client(self):
        return seen(self.client.with_options(timeout=30).messages.create(**ASK))

    def beta(self):
        return (
            seen(self.client.beta.messages.create(**ASK)) if hasattr(self.client.beta, "messages") else None
        )

    def accessor_made_before(self):
        return seen(EARLY.messages.with_raw_response.create(**ASK).parse())

    def tool_runner(self):
        """By hand where the SDK has none, so that each version comes to the same."""
        asked = {"model": MODEL, "max_tokens": 200, "messages": [QUESTION]}
        messages = self.client.beta.messages
        if not hasattr(messages, "tool_runner"):
            first = self.messages.create(tools=[LOOK_UP], **asked)
            asked["messages"] = [QUESTION, *answered(first)]
            return seen(self.messages.create(tools=[LOOK_UP], **asked))

        @anthropic.beta_tool(description=LOOK_UP["description"], input_schema=LOOK_UP["input_schema"])
        def look_up(word: str) -> str:
            return MEANING

        return seen(messages.tool_runner(tools=[look_up], **asked).until_done())

    def message_thread(self):
        asked = {"model": MODEL, "max_tokens": 200, "system": "Be brief.", "messages": [QUESTION]}
        if not hasattr(self.client.beta.messages, "thread"):
            first = self.messages.create(**asked)
            return seen(self.messages.create(**{**asked, "messages": [QUESTION, *gone_on(first)]}))
        thread = self.client.beta.messages.thread(**asked)
        thread.send()
        return seen(thread.send(THANKS))

    def message_thread_streamed(self):
        asked = {"model": MODEL, "max_tokens": 200, "system": "Be brief.", "messages": [QUESTION]}
        if not hasattr(self.client.beta.messages, "thread"):
            first = self.messages.create(**asked)
            with self.messages.stream(**{**asked, "messages": [QUESTION, *gone_on(first)]}) as stream:
                return seen(stream.get_final_message())
        thread = self.client.beta.messages.thread(**asked)
        thread.send()
        with thread.stream(THANKS) as stream:
            return seen(stream.get_final_message())

    def message_thread_that_is_lost(self):
        """The SDK sends the whole conversation again."""
        asked = {"model": MODEL, "max_tokens": 200, "system": "Be brief.", "messages": [QUESTION]}
        if not hasattr(self.client.beta.messages, "thread"):
            first = self.messages.create(**asked)
            try:
                self.messages.create(extra_body=LOST, **{**ASK, "messages": [THANKS]})
            except anthropic.NotFoundError:
                return seen(self.messages.create(**{**asked, "messages": [QUESTION, *gone_on(first)]}))
        thread = self.client.beta.messages.thread(**asked)
        thread.send()
        thread.append(THANKS)
        self.client.post("/_simulator/clock", cast_to=object, body={"advance_s": 301})
        return seen(thread.send())

    def raw_post(self):
        response = self.client.post("/v1/messages", cast_to=object, body={**ASK})
        return response["content"][0]["text"]


class Async:
    """The scenarios of an async client, as far as they are not the same in another spelling."""

    def __init__(self, client):
        self.client = client
        self.messages = client.messages

    async def create(self):
        return seen(await self.messages.create(**ASK))

    async def create_gathered(self):
        return [
            seen(message)
            for message in await asyncio.gather(*(self.messages.create(**ASK) for _ in range(3)))
        ]

    async def stream_read(self):
        return [event.type async for event in await self.messages.create(stream=True, **ASK)]

    async def stream_broken_out_of(self):
        async with await self.messages.create(stream=True, **ASK) as stream:
            async for event in stream:
                return event.type

    async def stream_never_read(self):
        await (await self.messages.create(stream=True, **ASK)).close()

    async def stream_cut_by_the_server(self):
        try:
            return [
                event.type
                async for event in await self.messages.create(stream=True, **simulated("cut-after=3"))
            ]
        except Exception as error:
            return type(error).__name__

    async def stream_ended_by_an_error_event(self):
        try:
            return [
                event.type
                async for event in await self.messages.create(stream=True, **simulated("sse-error=3"))
            ]
        except anthropic.APIError as error:
            return failure(error)

    async def stream_read_in_another_task(self):
        stream = await self.messages.create(stream=True, **ASK)

        async def read():
            return [event.type async for event in stream]

        return await asyncio.create_task(read())

    async def stream_cancelled(self):
        async def read():
            async for _ in await self.messages.create(stream=True, **simulated("tokens-per-second=20")):
                started.set()

        started = asyncio.Event()
        task = asyncio.create_task(read())
        await started.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        del task
        gc.collect()
        return "cancelled"

    async def generator_abandoned(self):
        async def texts():
            async with self.messages.stream(**ASK) as stream:
                async for event in stream:
                    yield event.type

        generator = texts()
        async for kind in generator:
            break
        await generator.aclose()
        return kind

    async def helper_final_message(self):
        async with self.messages.stream(**ASK) as stream:
            return seen(await stream.get_final_message())

    async def helper_text_then_final_message(self):
        async with self.messages.stream(**ASK) as stream:
            text = "".join([text async for text in stream.text_stream])
            return [text, seen(await stream.get_final_message())]

    async def helper_left_early(self):
        async with self.messages.stream(**ASK) as stream:
            async for event in stream:
                return event.type

    async def raw_response(self):
        parsed = (await self.messages.with_raw_response.create(**ASK)).parse()
        return seen(await parsed if asyncio.iscoroutine(parsed) else parsed)

    async def streaming_response_read_as_json(self):
        async with self.messages.with_streaming_response.create(**ASK) as response:
            return json.loads(await response.read())["content"][0]["text"]

    async def streaming_response_by_lines(self):
        async with self.messages.with_streaming_response.create(stream=True, **ASK) as response:
            return sum([line.startswith("event:") async for line in response.iter_lines()])

    async def streaming_response_not_read(self):
        async with self.messages.with_streaming_response.create(**ASK) as response:
            return response.status_code

    async def refused(self):
        try:
            return await self.messages.create(**simulated("error=400"))
        except anthropic.APIStatusError as error:
            return failure(error)

    async def overloaded_twice(self):
        client = self.client.with_options(max_retries=2)
        return seen(await client.messages.create(**simulated("error=529,529,200", "retry-after=0.001")))

    async def deprecated_model(self):
        return seen(await self.messages.create(**{**ASK, "model": "claude-3-opus-20240229"}))

    async def helper_refused(self):
        try:
            async with self.messages.stream(**simulated("error=400")):
                return None
        except anthropic.APIStatusError as error:
            return failure(error)

    async def helper_never_entered(self):
        self.messages.stream(**ASK)

    async def streaming_response_parsed(self):
        async with self.messages.with_streaming_response.create(**ASK) as response:
            parsed = response.parse()
            return seen(await parsed if asyncio.iscoroutine(parsed) else parsed)

    async def nothing_listens(self):
        client = self.client.with_options(base_url="http://127.0.0.1:9")
        try:
            return await client.messages.create(**ASK)
        except anthropic.APIError as error:
            return failure(error)

    async def timed_out(self):
        try:
            return await self.messages.create(timeout=0.05, **simulated("delay=0.5"))
        except anthropic.APIError as error:
            return failure(error)

    async def beta(self):
        return (
            seen(await self.client.beta.messages.create(**ASK))
            if hasattr(self.client.beta, "messages")
            else None
        )

    async def tool_runner(self):
        asked = {"model": MODEL, "max_tokens": 200, "messages": [QUESTION]}
        messages = self.client.beta.messages
        if not hasattr(messages, "tool_runner"):
            first = await self.messages.create(tools=[LOOK_UP], **asked)
            asked["messages"] = [QUESTION, *answered(first)]
            return seen(await self.messages.create(tools=[LOOK_UP], **asked))

        @anthropic.beta_async_tool(description=LOOK_UP["description"], input_schema=LOOK_UP["input_schema"])
        async def look_up(word: str) -> str:
            return MEANING

        return seen(await messages.tool_runner(tools=[look_up], **asked).until_done())

    async def message_thread(self):
        asked = {"model": MODEL, "max_tokens": 200, "system": "Be brief.", "messages": [QUESTION]}
        if not hasattr(self.client.beta.messages, "thread"):
            first = await self.messages.create(**asked)
            return seen(await self.messages.create(**{**asked, "messages": [QUESTION, *gone_on(first)]}))
        thread = self.client.beta.messages.thread(**asked)
        await thread.send()
        return seen(await thread.send(THANKS))

    async def message_thread_streamed(self):
        asked = {"model": MODEL, "max_tokens": 200, "system": "Be brief.", "messages": [QUESTION]}
        if not hasattr(self.client.beta.messages, "thread"):
            first = await self.messages.create(**asked)
            async with self.messages.stream(**{**asked, "messages": [QUESTION, *gone_on(first)]}) as stream:
                return seen(await stream.get_final_message())
        thread = self.client.beta.messages.thread(**asked)
        await thread.send()
        async with thread.stream(THANKS) as stream:
            return seen(await stream.get_final_message())

    async def raw_post(self):
        response = await self.client.post("/v1/messages", cast_to=object, body={**ASK})
        return response["content"][0]["text"]

    async def cancelled(self):
        try:
            await asyncio.wait_for(self.messages.create(**simulated("delay=2")), 0.4)
        except asyncio.TimeoutError:
            return "cancelled"


def scenarios(kind):
    return [name for name in vars(kind) if not name.startswith("_")]


@contextmanager
def tracing(traced):
    """The spans that end inside the block, or an empty list that stays so."""
    if not traced:
        yield []
        return
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    import otel_claude

    exporter, provider, spans = InMemorySpanExporter(), TracerProvider(), []
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    otel_claude.instrument(tracer_provider=provider)
    try:
        yield spans
    finally:
        otel_claude.uninstrument()
        for span in exporter.get_finished_spans():
            spans.append(
                {
                    "name": span.name,
                    "scope": span.instrumentation_scope.name,
                    "kind": span.kind.name,
                    "status": span.status.status_code.name,
                    "attributes": dict(span.attributes),
                }
            )


def ran(name, scenario, traced):
    with warnings.catch_warnings(record=True) as warned, tracing(traced) as spans:
        warnings.simplefilter("always")
        result = scenario()
        gc.collect()
    lines = [
        [w.category.__name__, w.filename == __file__] for w in warned if w.category is not ResourceWarning
    ]
    return {"scenario": name, "result": result, "warned": lines, "spans": spans}


def main():
    traced = sys.argv[1] == "traced"
    gc.freeze()  # What was imported is not looked through at each collection.
    sync = Sync(anthropic.Anthropic(api_key="k", base_url=os.environ["SIM"], max_retries=0))
    found = [ran(f"sync {name}", getattr(sync, name), traced) for name in scenarios(Sync)]

    async def run(name):
        async with anthropic.AsyncAnthropic(api_key="k", base_url=os.environ["SIM"], max_retries=0) as client:
            return await getattr(Async(client), name)()

    found += [ran(f"async {name}", lambda n=name: asyncio.run(run(n)), traced) for name in scenarios(Async)]
    json.dump(found, sys.stdout)


EARLY = anthropic.Anthropic(api_key="k", base_url=os.environ.get("SIM", "http://127.0.0.1:9"), max_retries=0)
EARLY.messages.with_raw_response  # noqa: B018 - cached before anything is instrumented

if __name__ == "__main__":
    main()
