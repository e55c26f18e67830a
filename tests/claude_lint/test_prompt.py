"""The prompt of a request: its pieces in cache order, the stability of each segment, and the breakpoints."""

from __future__ import annotations

from textwrap import dedent

import pytest
from claude_lint.modelling.analyse import requests_in
from claude_lint.reading.source import parse
from claude_lint.request import Request, Stability

HEAD = """
import anthropic, datetime, time, uuid, random, os, json, textwrap
from datetime import date
c = anthropic.Anthropic()
"""


def the_request(code: str) -> Request:
    (request,) = requests_in(parse((HEAD + dedent(code)).encode(), "a.py"))
    return request


def stability_of(expression: str, before: str = "") -> Stability:
    """That of the one segment of a system prompt that is not constant, else constant."""
    body = f"    {before}\n" if before else ""
    request = the_request(f"def f(x, self=None):\n{body}    c.messages.create(system={expression})\n")
    found = {segment.stability for piece in request.pieces for segment in piece.segments} - {
        Stability.CONSTANT
    }
    assert len(found) <= 1
    return found.pop() if found else Stability.CONSTANT


@pytest.mark.parametrize(
    ("expression", "stability"),
    [
        ("'a' + 'b'", Stability.CONSTANT),
        ("'{} %d' % 3", Stability.CONSTANT),
        ("'a {}'.format('b')", Stability.CONSTANT),
        ("', '.join(['a', 'b'])", Stability.CONSTANT),
        ("x", Stability.UNKNOWN),
        ("f'a {x}'", Stability.UNKNOWN),
        ("self.now", Stability.UNKNOWN),
        ("open('a').read()", Stability.UNKNOWN),
        ("f'{datetime.datetime.now()}'", Stability.PER_CALL),
        ("'%s' % datetime.datetime.utcnow()", Stability.PER_CALL),
        ("'a ' + str(time.time())", Stability.PER_CALL),
        ("'a ' + time.ctime()", Stability.PER_CALL),
        ("'{n}'.format(n=uuid.uuid4().hex)", Stability.PER_CALL),
        ("' '.join(['a', str(uuid.uuid4())])", Stability.PER_CALL),
        ("'NOW here'.replace('NOW', datetime.datetime.now().isoformat())", Stability.PER_CALL),
        ("textwrap.dedent(f'{time.time()}')", Stability.PER_CALL),
        ("json.dumps({'now': time.time()})", Stability.PER_CALL),
        ("f'{random.random()}'", Stability.PER_CALL),
        ("f'{os.getpid()}'", Stability.IMPORT_TIME),
        ("f'{datetime.datetime.now():%Y-%m-%d}'", Stability.PER_DAY),
        ("f'{datetime.datetime.now():%H:%M}'", Stability.PER_CALL),
        ("datetime.datetime.now().strftime('%A %d %B')", Stability.PER_DAY),
        ("datetime.datetime.now().strftime('%Y-%m-%d %H:%M:%S')", Stability.PER_CALL),
        ("datetime.datetime.now().strftime(x)", Stability.PER_CALL),
        ("f'{datetime.datetime.now().date()}'", Stability.PER_DAY),
        ("datetime.datetime.now().isoformat()[:10]", Stability.PER_DAY),
        ("datetime.datetime.now().isoformat().split('T')[0]", Stability.PER_DAY),
        ("f'{datetime.datetime.now().year}'", Stability.PER_DAY),
        ("f'{date.today()}'", Stability.PER_DAY),
        ("date.today().isoformat()", Stability.PER_DAY),
        ("f'{date.today() - datetime.timedelta(days=7)}'", Stability.PER_DAY),
        ("time.strftime('%Y-%m-%d')", Stability.PER_DAY),
        ("time.strftime('%H:%M:%S')", Stability.PER_CALL),
        ("random.choice(['a'])", Stability.UNKNOWN),
    ],
)
def test_a_text_is_as_stable_as_what_it_is_made_of(expression: str, stability: Stability) -> None:
    assert stability_of(expression) is stability


@pytest.mark.parametrize(
    ("before", "stability"),
    [
        ("now = datetime.datetime.now()", Stability.PER_CALL),
        ("now = x or time.time()", Stability.PER_CALL),
        ("now = x if x else 'never'", Stability.UNKNOWN),
        ("now = 'a' if x else 'b'", Stability.CONSTANT),
        ("now = [time.time()][0]", Stability.PER_CALL),
        ("now = {'t': time.time()}['t']", Stability.PER_CALL),
        ("now, y = time.time(), 1", Stability.PER_CALL),
    ],
)
def test_a_local_carries_its_stability(before: str, stability: Stability) -> None:
    assert stability_of("f'{now}'", before) is stability


def test_what_is_made_at_import_is_of_import_time() -> None:
    request = the_request("RUN = uuid.uuid4()\ndef f():\n    c.messages.create(system=f'{RUN}')\n")
    assert request.pieces[0].segments[0].stability is Stability.IMPORT_TIME


def test_what_an_instance_keeps_is_of_its_session() -> None:
    code = """
    class A:
        def __init__(self):
            self.id = uuid.uuid4()
        def f(self):
            c.messages.create(system=f"{self.id}")
    """
    assert the_request(code).pieces[0].segments[0].stability is Stability.PER_SESSION


@pytest.mark.parametrize(
    ("at", "stability"), [("before", Stability.PER_SESSION), ("inside", Stability.PER_CALL)]
)
def test_a_value_made_before_the_loop_of_the_call_is_of_its_session(at: str, stability: Stability) -> None:
    made = "now = time.time()"
    outer, inner = (made, "pass") if at == "before" else ("pass", made)
    code = (
        f"def f(xs):\n    {outer}\n    for x in xs:\n        {inner}\n"
        f"        c.messages.create(system=f'{{now}}')\n"
    )
    assert the_request(code).pieces[0].segments[0].stability is stability


def test_a_text_that_two_calls_in_a_row_share_is_of_their_session() -> None:
    code = (
        "def f():\n    s = f'{time.time()}'\n"
        "    c.messages.create(system=s)\n    c.messages.stream(system=s)\n"
    )
    requests = requests_in(parse((HEAD + code).encode(), "a.py"))
    assert [one.pieces[0].segments[0].stability for one in requests] == [Stability.PER_SESSION] * 2


def test_a_text_that_one_of_two_calls_sends_changes_with_every_call() -> None:
    code = """
    def f(x):
        s = f'{time.time()}'
        if x:
            return c.messages.create(system=s)
        return c.messages.stream(system=s)
    """
    requests = requests_in(parse((HEAD + dedent(code)).encode(), "a.py"))
    assert [one.pieces[0].segments[0].stability for one in requests] == [Stability.PER_CALL] * 2


def test_a_chain_leads_from_the_source_to_where_the_value_enters_the_text() -> None:
    code = """
    def stamp():
        return datetime.datetime.now()
    def text():
        now = stamp()
        return f"It is {now}."
    def f():
        c.messages.create(system=text())
    """
    (segment,) = [s for s in the_request(code).pieces[0].segments if s.stability is Stability.PER_CALL]
    assert [step.place.line for step in segment.chain] == [7, 10]
    assert segment.source == "the clock"
    assert segment.place.line == 10


def test_pieces_come_in_the_order_of_the_cache_and_know_their_turn() -> None:
    code = """
    c.messages.create(
        messages=[
            {"role": "user", "content": "one"},
            {"role": "assistant", "content": [{"type": "text", "text": "two"}]},
        ],
        system="s", tools=[{"name": "t"}])
    """
    pieces = the_request(code).pieces
    assert [piece.path for piece in pieces] == [
        "tools[0]",
        "system",
        "messages[0].content",
        "messages[1].content[0]",
    ]
    assert [(piece.role, piece.turn, piece.newest) for piece in pieces[2:]] == [
        ("user", 0, False),
        ("assistant", 1, True),
    ]
    assert [piece.text for piece in pieces] == ["t", "s", "one", "two"]


BREAKPOINTS = {
    "literal": "s = [{'type': 'text', 'text': 'a', 'cache_control': {'type': 'ephemeral', 'ttl': '1h'}}]",
    "assigned": (
        "s = [{'type': 'text', 'text': 'a'}]\n    s[-1]['cache_control'] = {'type': 'ephemeral', 'ttl': '1h'}"
    ),
    "alias": (
        "b = {'type': 'text', 'text': 'a'}\n    s = [b]\n"
        "    b['cache_control'] = {'type': 'ephemeral', 'ttl': '1h'}"
    ),
    "spread": (
        "b = {'type': 'text', 'text': 'a'}\n"
        "    s = [{**b, 'cache_control': {'type': 'ephemeral', 'ttl': '1h'}}]"
    ),
    "typed": "s = [anthropic.types.TextBlockParam(type='text', text='a', "
    "cache_control={'type': 'ephemeral', 'ttl': '1h'})]",
    "helper": "s = mark([{'type': 'text', 'text': 'a'}])",
    "appended": (
        "s = []\n"
        "    s.append({'type': 'text', 'text': 'a', 'cache_control': {'type': 'ephemeral', 'ttl': '1h'}})"
    ),
    "constant": "s = [{'type': 'text', 'text': 'a', 'cache_control': LONG}]",
}


@pytest.mark.parametrize("made", BREAKPOINTS.values(), ids=BREAKPOINTS)
def test_a_breakpoint_is_found_however_it_is_set(made: str) -> None:
    helper = (
        "LONG = {'type': 'ephemeral', 'ttl': '1h'}\ndef mark(blocks):\n"
        "    blocks[0]['cache_control'] = LONG\n    return blocks\n"
    )
    request = the_request(
        f"{helper}def f():\n    {made}\n    c.messages.create(tools=[{{'name': 't'}}], system=s)\n"
    )
    (mark,) = request.breakpoints
    assert (request.pieces[mark.piece].path, mark.ttl, mark.certain, mark.automatic) == (
        "system[0]",
        "1h",
        True,
        False,
    )


def test_a_breakpoint_that_is_set_on_some_paths_is_not_certain() -> None:
    made = "b = {'type': 'text', 'text': 'a'}\n    if x:\n        b['cache_control'] = {'type': 'ephemeral'}"
    (mark,) = the_request(f"def f(x):\n    {made}\n    c.messages.create(system=[b])\n").breakpoints
    assert not mark.certain


def test_a_cache_control_of_none_is_no_breakpoint() -> None:
    assert (
        the_request(
            "c.messages.create(system=[{'type': 'text', 'text': 'a', 'cache_control': None}])"
        ).breakpoints
        == ()
    )


def test_the_automatic_breakpoint_stands_on_the_last_piece() -> None:
    messages = "[{'role': 'user', 'content': 'u'}]"
    code = f"c.messages.create(cache_control={{'type': 'ephemeral'}}, system='s', messages={messages})"
    (mark,) = the_request(code).breakpoints
    assert (mark.piece, mark.automatic) == (1, True)


def test_earlier_turns_of_a_loop_are_not_certain_and_the_newest_is() -> None:
    code = """
    def chat(read):
        messages = []
        while True:
            messages.append({"role": "user", "content": read()})
            reply = c.messages.create(messages=messages)
            messages.append({"role": "assistant", "content": reply.content})
    """
    pieces = the_request(code).pieces
    assert [(piece.certain, piece.newest) for piece in pieces] == [
        (False, False),
        (False, False),
        (True, True),
    ]


def test_a_loop_that_is_left_with_the_call_does_not_repeat_it() -> None:
    code = """
    def f():
        now = time.time()
        while True:
            try:
                return c.messages.create(system=f"{now}")
            except anthropic.APIError:
                time.sleep(1)
    """
    request = the_request(code)
    assert request.loops == ()
    assert request.pieces[0].segments[0].stability is Stability.PER_CALL
