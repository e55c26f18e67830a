"""Conversations that the simulated API holds, against the SDK's own threads and against requests made by hand."""

from __future__ import annotations

import anthropic
import pytest

ASK = {"model": "claude-sonnet-5-5", "max_tokens": 50}
SYSTEM = "You are a helpful desk. " * 20
MARK = {"type": "ephemeral"}
FIRST = {"role": "user", "content": "What is this?"}
SECOND = {"role": "user", "content": "And that?"}


def continuing(message_id):
    return {"type": "continue", "previous_message_id": message_id}


def created(client, **more):
    asked = {**ASK, "system": SYSTEM, "messages": [FIRST], "thread": {"type": "create"}, **more}
    return client.beta.messages.create(**asked)


def refusal(client, **asked):
    with pytest.raises(anthropic.APIStatusError) as refused:
        client.beta.messages.create(**{**ASK, "messages": [SECOND], **asked})
    body = refused.value.body
    return refused.value.status_code, body["error"].get("details", {}).get("error_code")


def test_a_turn_is_charged_for_the_whole_conversation_though_it_sends_what_is_new(client):
    first = created(client)
    continued = client.beta.messages.create(**ASK, messages=[SECOND], thread=continuing(first.id))
    history = [FIRST, {"role": "assistant", "content": first.content[0].text}, SECOND]
    whole = client.messages.create(**ASK, system=SYSTEM, messages=history)
    assert continued.usage.input_tokens == whole.usage.input_tokens > first.usage.input_tokens


def test_the_sdks_thread_sends_each_turn_once_and_no_more(client, sim):
    thread = client.beta.messages.thread(**ASK, system=SYSTEM)
    replies = [thread.send(FIRST), thread.send(SECOND)]
    assert thread.previous_message_id == replies[-1].id
    assert [call.status for call in sim.ledger] == [200, 200]


def test_a_response_can_be_continued_once(client):
    first = created(client)
    client.beta.messages.create(**ASK, messages=[SECOND], thread=continuing(first.id))
    assert refusal(client, thread=continuing(first.id)) == (400, "thread_already_continued")


def test_a_thread_is_gone_five_minutes_after_its_last_request(client, sim):
    message = created(client)
    for _ in range(2):
        sim.clock.advance(299)
        message = client.beta.messages.create(**ASK, messages=[SECOND], thread=continuing(message.id))
    sim.clock.advance(300)
    assert refusal(client, thread=continuing(message.id)) == (404, "thread_not_found")


def test_nobody_elses_thread_is_found(client, sim):
    first = created(client)
    with anthropic.Anthropic(base_url=sim.url, api_key="another", max_retries=0) as other:
        assert refusal(other, thread=continuing(first.id)) == (404, "thread_not_found")


@pytest.mark.parametrize("more", [{"system": SYSTEM}, {"tools": []}], ids=["system", "tools"])
def test_what_the_thread_was_created_with_cannot_be_sent_again(client, more):
    assert refusal(client, thread=continuing(created(client).id), **more) == (400, None)


@pytest.mark.parametrize("thread", [{"type": "other"}, {"type": "continue"}, "create"])
def test_a_thread_of_no_known_form_is_refused(client, thread):
    assert refusal(client, thread=thread) == (400, None)


def test_a_refused_answer_ends_the_thread(client):
    first = created(client, extra_headers={"x-simulate": "refusal"})
    assert refusal(client, thread=continuing(first.id)) == (404, "thread_not_found")


def test_a_turn_reads_what_the_one_before_it_cached_where_it_has_a_breakpoint_of_its_own(client):
    large = [{"type": "text", "text": "word " * 2000, "cache_control": MARK}]
    first = created(client, messages=[{"role": "user", "content": large}])
    asked = {**ASK, "messages": [SECOND], "thread": continuing(first.id)}
    second = client.beta.messages.create(**asked, cache_control=MARK)
    assert first.usage.cache_creation_input_tokens == second.usage.cache_read_input_tokens > 2000
    third = client.beta.messages.create(**ASK, messages=[SECOND], thread=continuing(second.id))
    assert third.usage.cache_read_input_tokens == 0
