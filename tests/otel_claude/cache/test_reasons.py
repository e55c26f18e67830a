"""What spans say of the cache: the status, and why a call missed."""

from __future__ import annotations

import copy

import pytest
from anthropic import Anthropic

from otel_claude.cache.decision import NEVER_BACK
from otel_claude.cache.knowledge import SIGN_CALLS
from tests.otel_claude.cache.conftest import MARK, block
from tests.otel_claude.sdk.in_memory import API, ASK, tracing

HOUR = {"type": "ephemeral", "ttl": "1h"}
SYSTEM = [block("handbook", mark=MARK)]
TOOLS = [
    {"name": name, "description": f"{name} " * 900, "input_schema": {"type": "object"}}
    for name in ("alpha", "beta")
]


def chat(*texts, tokens=300):
    roles = ("user", "assistant")
    return [
        {"role": roles[number % 2], "content": [block(text, tokens)]} for number, text in enumerate(texts)
    ]


def test_without_a_breakpoint_the_cache_is_off(desk):
    assert desk.ask(system="handbook " * 2000)[1] == {"status": "off"}


def test_a_prefix_that_is_too_short_for_the_model_has_no_reason(desk):
    assert desk.why(system=[block("short", 100, MARK)]) == ("below_minimum", None, None)


def test_the_first_write_is_followed_by_reads(desk):
    assert desk.why(system=SYSTEM) == ("write", "first_write", None)
    assert desk.why(system=SYSTEM) == ("read", None, None)


def test_another_site_may_have_written_the_prefix(desk):
    desk.ask(system=SYSTEM, site="a.py")
    assert desk.why(system=SYSTEM, site="b.py") == ("read", None, None)
    desk.simulator.clock.advance(301)
    assert desk.why(system=SYSTEM, site="c.py") == ("write", "expired", None)


def test_a_conversation_that_grows_loses_nothing(desk):
    turns = ("q1", "a1", "q2", "a2", "q3")
    said = [desk.why(system=SYSTEM, messages=chat(*turns[:count]), cache_control=MARK) for count in (1, 3, 5)]
    assert said == [("write", "first_write", None), ("partial", None, None), ("partial", None, None)]


@pytest.mark.parametrize(("mark", "alive", "dead"), [(MARK, 299, 301), (HOUR, 3599, 3601)], ids=["5m", "1h"])
def test_an_entry_expires_its_ttl_after_it_was_last_read(desk, mark, alive, dead):
    system = [block("handbook", mark=mark)]
    desk.ask(system=system)
    for _ in range(2):
        desk.simulator.clock.advance(alive)
        assert desk.why(system=system) == ("read", None, None)
    desk.simulator.clock.advance(dead)
    assert desk.why(system=system) == ("write", "expired", None)


def test_of_two_entries_the_one_that_expired_is_named(desk):
    body = {"system": [block("handbook", mark=HOUR)], "cache_control": MARK}
    desk.ask(**body, messages=chat("q1"))
    desk.simulator.clock.advance(400)
    assert desk.why(**body, messages=chat("q1", "a1", "q2")) == ("partial", "expired", None)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"model": "claude-opus-5"}, ("write", "model_changed", "model")),
        ({"speed": "fast"}, ("write", "model_changed", "speed")),
        (
            {"tools": [TOOLS[0], {**TOOLS[1], "description": "edited"}]},
            ("write", "tools_changed", "tools[1]"),
        ),
        ({"tools": TOOLS[::-1]}, ("write", "tools_changed", "tools[0]")),
        ({"tools": TOOLS[:1]}, ("write", "tools_changed", "tools[1]")),
        ({"system": [block("rules", 100), block("today")]}, ("write", "system_changed", "system[1]")),
        ({"tool_choice": {"type": "none"}}, ("partial", "parameters_changed", "tool_choice")),
        ({"thinking": {"type": "adaptive"}}, ("partial", "parameters_changed", "thinking")),
        ({"output_config": {"effort": "low"}}, ("partial", "parameters_changed", "output_config.effort")),
        (
            {"messages": chat("q1", "edited", "q2", "a2", "q3", "a3", "q4")},
            ("partial", "messages_changed", "messages[1].content[0]"),
        ),
        (
            {"messages": chat("q2", "a2", "q3", "a3", "q4")},
            ("partial", "messages_changed", "messages[0].content[0]"),
        ),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_what_changed_is_named_with_its_place(desk, changes, said):
    body = {
        "tools": TOOLS,
        "system": [block("rules", 100), block("handbook")],
        "messages": chat("q1", "a1", "q2", "a2", "q3"),
        "cache_control": MARK,
    }
    body["system"][1]["cache_control"] = MARK
    if "model" in changes or "tools" in changes or "system" in changes:
        changes = {"messages": chat("q1", "a1", "q2", "a2", "q3", "a3", "q4"), **changes}
    desk.ask(**copy.deepcopy(body))
    assert desk.why(**{**copy.deepcopy(body), **changes}) == said


def test_a_breakpoint_behind_what_changes_at_every_call_is_told_by_its_place(desk):
    system = [block("handbook")]
    desk.ask(system=system, messages=chat("one question"), cache_control=MARK)
    said = desk.why(system=system, messages=chat("another question"), cache_control=MARK)
    assert said == ("write", "messages_changed", "messages[0].content[0]")


def test_another_conversation_is_no_change(desk):
    desk.ask(system=SYSTEM, messages=chat("one", "a", "two"), cache_control=MARK)
    said = desk.why(system=SYSTEM, messages=chat("another", "b", "third"), cache_control=MARK)
    assert said == ("partial", None, None)


@pytest.mark.parametrize("system", [None, SYSTEM], ids=["alone", "behind a cached prefix"])
def test_the_same_question_about_another_document_is_no_change(desk, system):
    for name in ("one", "two", "three"):
        content = [block(f"document {name}", 2500, MARK), {"type": "text", "text": "Summarize."}]
        body = {} if system is None else {"system": system}
        status, reason, place = desk.why(messages=[{"role": "user", "content": content}], **body)
        assert (status, reason, place) in {("write", "first_write", None), ("partial", None, None)}


def test_more_than_twenty_blocks_are_not_looked_back_over(desk):
    messages = [{"role": "user", "content": [block("q1", 600)]}]
    desk.ask(messages=messages, cache_control=MARK)
    near = [*messages, {"role": "user", "content": [block(f"n{number}", 20) for number in range(19)]}]
    assert desk.why(messages=near, cache_control=MARK) == ("partial", None, None)
    far = [*near, {"role": "user", "content": [block(f"f{number}", 20) for number in range(20)]}]
    assert desk.why(messages=far, cache_control=MARK) == ("write", "lookback", None)


def test_a_conversation_that_is_new_here_and_has_an_answer_in_it_may_be_anothers(desk):
    assert desk.why(messages=chat("q1", "a1", "q2"), cache_control=MARK) == ("write", "unknown", None)


def test_who_reads_what_nobody_here_wrote_is_not_sure_of_a_first_write(desk):
    desk.ask(system=SYSTEM, worker=0)
    assert desk.why(system=SYSTEM, worker=1) == ("read", None, None)
    new = [block("another", mark=MARK)]
    assert desk.why(system=new, worker=1, site="b.py") == ("write", "unknown", None)
    assert desk.why(system=[block("third", mark=MARK)], worker=0, site="b.py") == (
        "write",
        "first_write",
        None,
    )


def test_an_early_sign_of_others_passes_and_a_late_one_stays(desk):
    def write(text, worker):
        return desk.why(system=[block(text, mark=MARK)], worker=worker, site=text)[1]

    desk.ask(system=SYSTEM, worker=0)
    desk.ask(system=SYSTEM, worker=1)
    assert write("early", 1) == "unknown"
    desk.simulator.clock.advance(3700)
    # So few calls later, it has not been seen yet that there are no others.
    assert write("soon", 1) == "unknown"
    assert [write(f"meanwhile {number}", 1) for number in range(SIGN_CALLS)][-1] == "first_write"
    assert write("later", 1) == "first_write"
    desk.ask(system=SYSTEM, worker=0)
    desk.ask(system=[block("theirs", mark=MARK)], worker=0)
    assert desk.why(system=[block("theirs", mark=MARK)], worker=1) == ("read", None, None)
    desk.simulator.clock.advance(7300)
    assert write("much later", 1) == "unknown"


def test_a_worker_that_knows_of_others_names_only_what_it_can_know(desk):
    audit = desk.workers.audits[0]
    audit._is_worker = True
    assert desk.why(system=SYSTEM) == ("write", "unknown", None)
    # Another worker may have written this one yesterday.
    changed = [block("handbook of today", mark=MARK)]
    assert desk.why(system=changed) == ("write", "unknown", None)
    desk.simulator.clock.advance(301)
    assert desk.why(system=changed) == ("write", "expired", None)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"model": "claude-opus-5"}, ("model_changed", "model")),
        ({"system": [block("handbook of today", mark=MARK)]}, ("system_changed", "system[0]")),
        ({"thinking": {"type": "adaptive"}}, ("parameters_changed", "thinking")),
        (
            {"messages": chat("q1", "edited", "q2", "a2", "q3", "a3", "q4")},
            ("messages_changed", "messages[1].content[0]"),
        ),
    ],
    ids=["model", "system", "thinking", "message"],
)
def test_a_worker_knows_what_changed_in_a_conversation_since_its_own_answer(desk, changes, said):
    desk.workers.audits[0]._is_worker = True
    body = {"system": SYSTEM, "cache_control": MARK}
    desk.ask(**body, messages=chat("q1", "a1", "q2", "a2", "q3"))
    grown = {**body, "messages": chat("q1", "a1", "q2", "a2", "q3", "a3", "q4")}
    assert desk.why(**{**grown, **changes})[1:] == said


def test_after_anothers_answer_a_worker_knows_what_that_one_cannot_have_been_sent(desk):
    """Whoever is sent another model leaves an entry at the breakpoint of the system prompt, which would be read."""
    for audit in desk.workers.audits:
        audit._is_worker = True
    body = {"system": SYSTEM, "cache_control": MARK}
    desk.ask(**body, messages=chat("q1"))
    desk.ask(**body, messages=chat("q1", "a1", "q2"), worker=1)
    grown = {**body, "messages": chat("q1", "a1", "q2", "a2", "q3"), "model": "claude-opus-5"}
    assert desk.why(**grown)[1:] == ("model_changed", "model")


def test_after_anothers_answer_a_worker_does_not_know_what_that_one_was_sent(desk):
    for audit in desk.workers.audits:
        audit._is_worker = True
    system = [block("handbook")]
    desk.ask(system=system, messages=chat("q1"), cache_control=MARK)
    changed = [block("handbook of today")]
    desk.ask(system=changed, messages=chat("q1", "a1", "q2"), cache_control=MARK, worker=1)
    # The system prompt has changed before. Now the thinking does.
    more = {"thinking": {"type": "adaptive"}, "cache_control": MARK}
    said = desk.why(system=changed, messages=chat("q1", "a1", "q2", "a2", "q3"), **more)
    assert said == ("write", "unknown", None)


def test_a_worker_takes_what_never_comes_back_to_change_at_every_call(desk):
    audit = desk.workers.audits[0]
    audit._is_worker = True

    def ask(text):
        return desk.why(system=[block(text, mark=MARK)])[1:]

    said = [ask(f"handbook of {number}") for number in range(NEVER_BACK + 2)]
    assert set(said[: NEVER_BACK + 1]) == {("unknown", None)}
    assert said[-1] == ("system_changed", "system[0]")
    # One that comes back is one of several, and others may have written any of them.
    desk.simulator.clock.advance(301)
    assert ask("handbook of 7") == ("expired", None)
    assert ask("another handbook") == ("unknown", None)


def test_a_site_that_alternates_models_is_compared_by_model(desk):
    models = ("claude-sonnet-5-5", "claude-opus-5")
    for model in models:
        desk.ask(system=SYSTEM, model=model)
    changed = [block("handbook of today", mark=MARK)]
    for model in models:
        assert desk.why(system=changed, model=model) == ("write", "system_changed", "system[0]")


def test_prompts_below_the_minimum_are_compared_with_nothing(desk):
    desk.ask(system=SYSTEM)
    for number in range(2):
        desk.ask(system=[block(f"short {number}", 100, mark=MARK)])
    changed = [block("handbook of today", mark=MARK)]
    assert desk.why(system=changed) == ("write", "system_changed", "system[0]")


def test_an_edited_message_is_the_reason_where_only_what_comes_before_it_has_expired(desk):
    """Unedited, the entry of the last turn would have been read. That of the first one dies in any conversation."""
    body = {"messages": chat("q1", tokens=900), "cache_control": MARK}
    desk.ask(**body)
    turns = ["q1"]
    for number in range(2, 5):
        turns += [f"a{number}", f"q{number}"]
        desk.simulator.clock.advance(200)
        desk.ask(messages=chat(*turns, tokens=900), cache_control=MARK)
    turns[2] = "edited"
    said = desk.why(messages=chat(*turns, "a5", "q5", tokens=900), cache_control=MARK)
    assert said == ("write", "messages_changed", "messages[2].content[0]")


def test_an_answer_that_is_edited_at_the_next_turn_is_the_reason(desk):
    """As where thinking is taken out of what was said before."""
    opening, many = block("q1"), [block(f"part {number}", 20) for number in range(25)]
    desk.ask(messages=[{"role": "user", "content": [opening]}], cache_control=MARK)
    desk.simulator.clock.advance(200)

    def turns(answer):
        return [
            {"role": "user", "content": [opening]},
            {"role": "assistant", "content": answer},
            {"role": "user", "content": many},
        ]

    # The entry of the first turn is too far back to be read, so it is dead in the end. That of this one lives.
    desk.ask(messages=turns("answer"), cache_control=MARK)
    desk.simulator.clock.advance(200)
    said = desk.why(messages=[*turns("edited"), *chat("q", "a2", "q3")[1:]], cache_control=MARK)
    assert said == ("write", "messages_changed", "messages[1].content[0]")


def test_tenants_whose_conversations_begin_alike_are_not_taken_for_one(desk):
    def ask(tenant, *turns):
        return desk.why(system=[block(tenant, mark=MARK)], messages=chat("Begin.", *turns, tokens=2))

    ask("tenant one")
    desk.simulator.clock.advance(301)
    ask("tenant two")
    assert ask("tenant one", "a", "Go on.") == ("write", "expired", None)


def test_what_a_request_begins_for_the_assistant_is_no_answer(desk):
    messages = [*chat("q1"), {"role": "assistant", "content": "{"}]
    assert desk.why(system=SYSTEM, messages=messages) == ("write", "first_write", None)


def test_api_keys_have_caches_of_their_own(desk):
    desk.ask(system=SYSTEM)
    with Anthropic(base_url=desk.simulator.url, api_key="two", max_retries=0) as other:
        assert desk.why(system=SYSTEM, client=other) == ("write", "first_write", None)
        assert desk.why(system=SYSTEM, client=other) == ("read", None, None)


def test_what_the_api_says_itself_comes_first(desk):
    message, _ = desk.ask(system=SYSTEM)
    more = {"diagnostics": {"previous_message_id": message.id}}
    said = desk.ask(system=[block("handbook of today", mark=MARK)], **more)[1]
    assert (said["miss_reason"], said["miss_source"], said["changed_at"]) == (
        "system_changed",
        "api",
        "system[0]",
    )
    # Here nothing is known of the request before, so the place is not either.
    said = desk.ask(worker=1, system=[block("tomorrow", mark=MARK)], **more)[1]
    assert (said["miss_reason"], said["miss_source"], said.get("changed_at")) == (
        "system_changed",
        "api",
        None,
    )
    said = desk.ask(
        worker=1, system=[block("later", mark=MARK)], diagnostics={"previous_message_id": "msg_0"}
    )[1]
    assert said["miss_source"] == "inferred"


def test_streams_are_told_of_as_well(desk):
    for text in ("one", "two"):
        with desk.client.messages.stream(
            model="claude-sonnet-5-5", max_tokens=9, system=[block(text, mark=MARK)], messages=chat("q")
        ) as stream:
            stream.get_final_text()
    assert desk.said()["miss_reason"] == "system_changed"


def test_a_call_that_failed_is_said_nothing_of(desk):
    with pytest.raises(Exception, match="400"):
        desk.ask(system=SYSTEM, extra_headers={"x-simulate": "error=400"})
    assert desk.said() == {}


def test_equal_prefixes_have_equal_names(desk):
    names = [
        desk.ask(system=[block(text, mark=MARK)], messages=chat(question))[1]["prefix"]
        for text, question in (("a", "1"), ("a", "2"), ("b", "1"))
    ]
    assert names[0] == names[1] != names[2]
    assert len(names[0]) == 16


def test_messages_that_can_be_read_only_once_reach_the_api_whole(desk):
    message, said = desk.ask(system=SYSTEM, messages=iter(chat("q1")))
    assert message.usage.cache_creation_input_tokens > 0
    assert said == {"status": "write", "miss_reason": "unknown", "miss_source": "inferred"}


@pytest.mark.parametrize("cache", [True, False])
def test_the_question_is_asked_by_default_and_can_be_left_out(cache, monkeypatch):
    monkeypatch.setenv("OTEL_CLAUDE_CACHE_KEY", "k")
    with tracing(cache=cache) as traced:
        API().client().messages.create(**ASK, system=SYSTEM)
    (span,) = traced.spans
    assert ("otel_claude.cache.status" in span.attributes) is cache


def test_of_a_turn_that_continues_a_thread_only_what_was_read_and_written_is_said(desk):
    asked = {"model": "claude-sonnet-5-5", "max_tokens": 9, "messages": chat("q1")}
    thread = desk.client.beta.messages.thread(**asked, system=SYSTEM, cache_control=MARK)
    said = []
    for question in ("q1", "q2", "q3"):
        thread.send({"role": "user", "content": question})
        said.append(desk.said())
        desk.simulator.clock.advance(1)
    assert [(each["status"], each.get("miss_reason")) for each in said] == [
        ("write", "first_write"),
        ("partial", None),
        ("partial", None),
    ]
    assert ["prefix" in each for each in said] == [True, False, False]


def test_a_turn_that_continues_a_thread_without_breakpoints_has_no_status(desk):
    thread = desk.client.beta.messages.thread(model="claude-sonnet-5-5", max_tokens=9, messages=chat("q1"))
    thread.send()
    assert desk.said() == {"status": "off"}
    thread.send({"role": "user", "content": "q2"})
    assert desk.said() == {}
