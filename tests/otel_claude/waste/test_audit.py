"""What spans say of tools, documents, repeats and the head of a request, with the real SDK over loopback."""

from __future__ import annotations

import json

import anthropic
import pytest

from otel_claude import attributes as names
from otel_claude.audit import CallStart
from otel_claude.simulator import Simulator
from otel_claude.waste import audit
from tests.otel_claude.sdk.in_memory import tracing

TOOLS = [
    {
        "name": name,
        "description": f"Looks up {name}. " * size,
        "input_schema": {"type": "object", "properties": {"id": {"type": "string"}}},
    }
    for name, size in (("orders", 10), ("customers", 40), ("refunds", 10))
]
ASK = {
    "model": "claude-sonnet-5-5",
    "max_tokens": 64,
    "messages": [{"role": "user", "content": "hello, Claude!"}],
}


@pytest.fixture(scope="module")
def sim():
    with Simulator() as one:
        yield one


@pytest.fixture
def client(sim):
    with anthropic.Anthropic(api_key="k", base_url=sim.url, max_retries=0) as one:
        yield one


def directed(*directives, **request):
    return {**ASK, **request, "extra_headers": {"x-simulate": ";".join(directives)}}


def created(client, request):
    return client.messages.create(**request)


def iterated(client, request):
    return list(client.messages.create(**request, stream=True))


def helped(client, request):
    with client.messages.stream(**request) as stream:
        return stream.get_final_message()


def as_bytes(client, request):
    with client.messages.with_streaming_response.create(**request, stream=True) as response:
        return list(response.iter_lines())


@pytest.fixture(params=[created, iterated, helped, as_bytes], ids=lambda way: way.__name__)
def way(request):
    """Each way in which an answer can be read: as a message, as events, by a helper and as bytes."""
    return request.param


def document(text, *, enabled=True):
    return {
        "type": "document",
        "source": {"type": "text", "media_type": "text/plain", "data": text},
        "citations": {"enabled": enabled},
    }


def asked(*blocks):
    return {"messages": [{"role": "user", "content": [*blocks, {"type": "text", "text": "Which one?"}]}]}


def test_a_span_names_the_tools_that_were_called_and_those_that_were_not_with_their_size(client, way):
    with tracing() as traced:
        way(client, directed("tool-use=customers", tools=TOOLS))
    (span,) = traced.spans
    found = span.attributes
    assert found[names.TOOLS_DECLARED] == 3
    assert found[names.TOOLS_CALLED] == ("customers",)
    assert found[names.TOOLS_UNCALLED] == ("orders", "refunds")
    prompt = found[names.INPUT_TOKENS]
    sizes = [len(json.dumps(tool)) for tool in TOOLS]
    expected = [prompt * size / sum(sizes) for size in (sizes[0], sizes[2])]
    assert found[names.TOOLS_UNCALLED_TOKENS] == pytest.approx(expected, rel=0.2)


def test_tools_whose_loading_is_deferred_are_not_declared(client):
    deferred = [{**TOOLS[0], "defer_loading": True}, *TOOLS[1:]]
    with tracing() as traced:
        client.messages.create(**directed(tools=deferred))
    assert traced.spans[0].attributes[names.TOOLS_UNCALLED] == ("customers", "refunds")


def test_of_an_answer_that_was_not_read_to_its_end_no_tool_is_said_to_be_uncalled(client):
    with tracing() as traced, client.messages.create(**directed(tools=TOOLS), stream=True) as events:
        next(iter(events))
    found = traced.spans[0].attributes
    assert found[names.TOOLS_DECLARED] == 3
    assert names.TOOLS_UNCALLED not in found


def test_with_too_many_tools_a_span_has_their_number_only(client):
    many = [{**TOOLS[0], "name": f"tool_{number}"} for number in range(audit.MOST_TOOLS + 1)]
    with tracing() as traced:
        client.messages.create(**directed(tools=many))
    found = traced.spans[0].attributes
    assert found[names.TOOLS_DECLARED] == len(many)
    assert names.TOOLS_UNCALLED not in found


def test_a_span_counts_the_documents_that_the_answer_does_not_cite(client, way):
    texts = ("alpha " * 100, "beta " * 300, "gamma " * 100)
    with tracing() as traced:
        way(client, directed("cite=0", "output-tokens=8", **asked(*map(document, texts))))
    found = traced.spans[0].attributes
    assert (found[names.DOCUMENTS_SENT], found[names.DOCUMENTS_CITED]) == (3, 1)
    assert found[names.DOCUMENTS_UNCITED_TOKENS] == pytest.approx(found[names.INPUT_TOKENS] * 0.8, rel=0.1)


def test_documents_that_cannot_be_cited_are_not_counted(client):
    with tracing() as traced:
        client.messages.create(**directed(**asked(document("alpha " * 100, enabled=False))))
    assert names.DOCUMENTS_SENT not in traced.spans[0].attributes


def test_a_request_that_was_answered_before_counts_as_repeated_and_one_that_failed_does_not(client):
    with tracing() as traced:
        with pytest.raises(anthropic.APIStatusError):
            client.messages.create(**directed("error=400"))
        client.messages.create(**ASK, metadata={"user_id": "1"})
        client.messages.create(**ASK, metadata={"user_id": "2"})
        list(client.messages.create(**ASK, stream=True))
        client.messages.create(**{**ASK, "max_tokens": 65})
    repeats = [span.attributes.get(names.REQUEST_REPEAT) for span in traced.spans]
    assert repeats == [None, None, 1, 2, None]


def test_requests_that_differ_in_any_place_are_no_repeats(client):
    requests = [
        {},
        {"system": "hello, Claude!"},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "hello, Claude!"}]}]},
        {"tools": TOOLS},
        {"tools": TOOLS[::-1]},
        {"stop_sequences": ["a", "b"]},
        {"stop_sequences": ["ab"]},
        {"output_config": {"effort": "low"}},
    ]
    with tracing() as traced:
        for request in requests:
            client.messages.create(**{**ASK, **request})
    assert not any(names.REQUEST_REPEAT in span.attributes for span in traced.spans)


def test_no_more_requests_are_remembered_than_the_limit(client, monkeypatch):
    monkeypatch.setattr(audit, "MOST_REMEMBERED", 2)
    with tracing() as traced:
        for number in (1, 2, 3, 2, 1):
            client.messages.create(**{**ASK, "max_tokens": number})
    repeats = [span.attributes.get(names.REQUEST_REPEAT) for span in traced.spans]
    assert repeats == [None, None, None, 1, None]


def test_warming_the_cache_is_no_repeat(client):
    with tracing() as traced:
        for _ in range(2):
            client.messages.create(**{**ASK, "max_tokens": 0})
    assert not any(names.REQUEST_REPEAT in span.attributes for span in traced.spans)


def test_a_span_says_how_much_of_the_input_is_the_system_prompt(client):
    with tracing() as traced:
        client.messages.create(
            **{**ASK, "system": "You help. " * 9, "messages": [{"role": "user", "content": "0123456789"}]}
        )
        client.messages.create(**ASK)
    first, second = (span.attributes for span in traced.spans)
    assert first[names.INPUT_SYSTEM_SHARE] == pytest.approx(0.9)
    assert second[names.INPUT_SYSTEM_SHARE] == 0
    assert names.INPUT_HEAD_REPEATED not in second


def test_with_an_image_no_share_is_said(client):
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}
    with tracing() as traced:
        client.messages.create(**{**ASK, "system": "You help.", **asked(image)})
    assert names.INPUT_SYSTEM_SHARE not in traced.spans[0].attributes


def test_a_head_that_was_sent_to_the_same_model_before_is_repeated(client):
    requests = [
        {"system": "You help."},
        {"system": "You help.", "messages": [{"role": "user", "content": "other"}]},
        {"system": "You help.", "model": "claude-haiku-5-5"},
        {"system": "You help!"},
    ]
    with tracing() as traced:
        for request in requests:
            client.messages.create(**{**ASK, **request})
    assert [span.attributes[names.INPUT_HEAD_REPEATED] for span in traced.spans] == [
        False,
        True,
        False,
        False,
    ]


def test_an_iterator_in_a_raw_request_is_left_to_the_sdk():
    messages = iter(ASK["messages"])
    start = CallStart({**ASK, "messages": messages}, None, None, None, 0)
    assert audit.WasteAudit().begin(start) is None
    assert next(messages) == ASK["messages"][0]


def test_content_that_the_sdk_returned_can_be_sent_again(client):
    with tracing() as traced:
        answer = client.messages.create(**directed("tool-use=orders", tools=TOOLS))
        (call,) = answer.content
        turns = [
            *ASK["messages"],
            {"role": "assistant", "content": answer.content},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call.id, "content": "none"}]},
        ]
        client.messages.create(**directed(tools=TOOLS, messages=turns))
    assert traced.spans[1].attributes[names.TOOLS_UNCALLED] == ("orders", "customers", "refunds")


def test_nothing_is_said_of_a_message_thread_whose_requests_are_parts(client):
    with tracing() as traced:
        thread = client.beta.messages.thread(**ASK, tools=TOOLS)
        thread.send()
        thread.send({"role": "user", "content": "Go on."})
        client.beta.messages.create(**ASK, tools=TOOLS)
    waste = ("otel_claude.tools.", "otel_claude.input.", "otel_claude.request.")
    said = [[name for name in span.attributes if name.startswith(waste)] for span in traced.spans]
    assert said[:2] == [[], []]
    assert names.TOOLS_UNCALLED in said[2]


def test_no_text_of_a_prompt_is_on_a_span(client):
    with tracing() as traced:
        client.messages.create(
            **directed("cite=0", system="secret system", tools=TOOLS, **asked(document("secret document")))
        )
    said = json.dumps([str(dict(span.attributes)) for span in traced.spans])
    assert "secret" not in said
    assert "Looks up" not in said


@pytest.mark.parametrize("waste", [True, False])
def test_what_was_not_needed_is_said_by_default_and_can_be_left_out(client, waste):
    """None of these has a breakpoint."""
    with tracing(waste=waste) as traced:
        for _ in range(2):
            client.messages.create(**ASK, tools=TOOLS, system="Answer briefly.")
    said = traced.spans[1].attributes
    assert said.get(names.INPUT_HEAD_REPEATED) is (True if waste else None)
    assert said.get(names.REQUEST_REPEAT) == (1 if waste else None)
    assert (names.TOOLS_UNCALLED in said) is waste
    assert said["otel_claude.cache.status"] == "off"
