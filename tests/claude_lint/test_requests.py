"""What `requests_in` recognises as a Claude call, and what it knows of its arguments."""

from __future__ import annotations

import json
from textwrap import dedent

import pytest
from claude_lint.modelling.analyse import requests_in
from claude_lint.reading.prefilter import may_call_claude
from claude_lint.reading.source import parse
from claude_lint.request import Presence, Request, Stability


def requests_of(code: str) -> tuple[Request, ...]:
    data = dedent(code).encode()
    assert may_call_claude(data)
    return requests_in(parse(data, "a.py"))


def the_request(code: str) -> Request:
    (request,) = requests_of(code)
    return request


CLIENTS = {
    "module": "import anthropic\nc = anthropic.Anthropic()\n{}",
    "alias": "import anthropic as a\nc = a.AsyncAnthropicBedrock(region='x')\n{}",
    "from import": "from anthropic import AnthropicVertex as V\nc = V()\n{}",
    "options": "import anthropic\nc = anthropic.Anthropic().with_options(max_retries=5)\n{}",
    "with": "import anthropic\nwith anthropic.Anthropic() as c:\n    {}",
    "annotation": "import anthropic\ndef f(c: 'anthropic.Anthropic | None'):\n    {}",
    "optional": (
        "from typing import Optional\nfrom anthropic import Anthropic\n"
        "def f(c: Optional[Anthropic] = None):\n    {}"
    ),
    "factory": "import anthropic\ndef make():\n    return anthropic.Anthropic()\nc = make()\n{}",
    "lazy": (
        "import anthropic\nc = None\ndef f():\n    global c\n"
        "    if c is None:\n        c = anthropic.Anthropic()\n    {}"
    ),
    "fallback": "import anthropic\ndef f(c=None):\n    c = c or anthropic.Anthropic()\n    {}",
    "parameter": "import anthropic\ndef f(c):\n    {}",
}


@pytest.mark.parametrize("form", CLIENTS.values(), ids=CLIENTS)
def test_a_call_is_found_however_its_client_is_made(form: str) -> None:
    call = "c.messages.create(model='m', max_tokens=1, messages=[])"
    request = the_request(form.format(call))
    assert (request.callee, request.method, request.model.value) == ("c.messages.create", "create", "m")


@pytest.mark.parametrize(
    ("callee", "method"),
    [
        ("c.messages.create", "create"),
        ("c.messages.stream", "stream"),
        ("c.messages.parse", "parse"),
        ("c.beta.messages.create", "create"),
        ("c.beta.messages.tool_runner", "tool_runner"),
        ("c.messages.with_raw_response.create", "create"),
        ("c.with_raw_response.messages.create", "create"),
        ("c.messages.with_streaming_response.create", "create"),
        ("c.beta.prompt_caching.messages.create", "create"),
        ("c.messages.count_tokens", "count_tokens"),
        ("c.messages.batches.create", "batch"),
        ("c.beta.messages.batches.create", "batch"),
    ],
)
def test_every_method_of_messages_is_known(callee: str, method: str) -> None:
    assert the_request(f"import anthropic\nc = anthropic.Anthropic()\n{callee}(model='m')").method == method


CLIENT_HOMES = {
    "attribute": "self.client = anthropic.Anthropic()",
    "parameter or made": "self.client = client or anthropic.AsyncAnthropic()",
    "by branch": (
        "if client:\n            self.client = client\n        else:\n"
        "            self.client = anthropic.Anthropic()"
    ),
}


@pytest.mark.parametrize("home", CLIENT_HOMES.values(), ids=CLIENT_HOMES)
def test_a_client_in_an_attribute_is_found(home: str) -> None:
    code = f"import anthropic\nclass A:\n    def __init__(self, client=None):\n        {home}\n"
    request = the_request(
        code + "    async def f(self):\n        await self.client.messages.create(model='m')\n"
    )
    assert request.function == "A.f"


def test_a_property_and_an_inherited_client_are_found() -> None:
    code = """
    import anthropic
    class Base:
        def __init__(self):
            self._c = anthropic.Anthropic()
        @property
        def client(self):
            return self._c
    class A(Base):
        def f(self):
            return self.client.messages.create(model="m")
    """
    assert the_request(code).client == "Anthropic"


@pytest.mark.parametrize(
    "code",
    [
        (
            "from twilio.rest import Client\nimport anthropic\n"
            "Client().messages.create(to='1', from_='2', body='x')"
        ),
        (
            "import anthropic\nfrom twilio.rest import Client\n"
            "def f(c: Client, **kw):\n    c.messages.create(**kw)"
        ),
        (
            "import anthropic, letta_client\n"
            "letta_client.Letta().agents.messages.create(agent_id='a', messages=[])"
        ),
        "import anthropic\ndef f(api, m):\n    api.messages.create(roomId='r', text=m)",
        (
            "import anthropic\ndef f(client, model):\n"
            "    client.agents.messages.create('id', model=model, messages=[])"
        ),
        (
            "import anthropic\ndef f(client, model):\n"
            "    client.beta.threads.messages.create('id', role='user', content='x')"
        ),
        "from openai import OpenAI\nc = OpenAI()\nc.chat.messages.create(model='m', messages=[])",
        "model = 1\ndef f(client):\n    client.messages.create(text='x')",
    ],
)
def test_look_alikes_are_no_claude_calls(code: str) -> None:
    assert requests_of(code) == ()


def test_a_call_on_an_untraced_receiver_counts_without_the_import_when_its_arguments_are_claudes() -> None:
    assert (
        the_request("def f(llm):\n    llm.messages.create(model='m', max_tokens=1, messages=[])").client == ""
    )


MODELS = {
    "literal": "c.messages.create(model='m')",
    "constant": "M = 'm'\ndef f():\n    c.messages.create(model=M)",
    "concatenation": "M = 'x-' + 'm'\nc.messages.create(model=M[:0] + 'm')",
    "params": "def f():\n    p = {'model': 'm'}\n    c.messages.create(**p)",
    "params updated": "def f():\n    p = {}\n    p.update(model='m')\n    c.messages.create(**p)",
    "params assigned": "def f():\n    p = dict()\n    p['model'] = 'm'\n    c.messages.create(**p)",
    "params merged": "def f():\n    c.messages.create(**({'max_tokens': 1} | {'model': 'm'}))",
    "params spread": (
        "BASE = {'model': 'm'}\ndef f():\n    p = {**BASE, 'max_tokens': 1}\n    c.messages.create(**p)"
    ),
    "params from a helper": "def p():\n    return {'model': 'm'}\ndef f():\n    c.messages.create(**p())",
    "params copied": (
        "import copy\nP = {'model': 'm'}\ndef f():\n    p = copy.deepcopy(P)\n    c.messages.create(**p)"
    ),
    "typed dict": (
        "from anthropic.types import MessageCreateParams as P\n"
        "def f():\n    c.messages.create(**P(model='m'))"
    ),
    "class attribute": (
        "class A:\n    MODEL = 'm'\n    def f(self):\n        c.messages.create(model=self.MODEL)"
    ),
    "init": (
        "class A:\n    def __init__(self):\n        self.m = 'm'\n"
        "    def f(self):\n        c.messages.create(model=self.m)"
    ),
    "table": "T = {'fast': 'm'}\ndef f():\n    c.messages.create(model=T['fast'])",
    "f-string": "V = 'm'\ndef f():\n    c.messages.create(model=f'{V}')",
    "helper argument": "def g(name):\n    return name\ndef f():\n    c.messages.create(model=g('m'))",
    "partial": "import functools\ng = functools.partial(c.messages.create, model='m')\ng(max_tokens=1)",
    "thread": "import asyncio\nasync def f():\n    await asyncio.to_thread(c.messages.create, model='m')",
    "executor": (
        "async def f(loop):\n    await loop.run_in_executor(None, lambda: c.messages.create(model='m'))"
    ),
    "tuple": "A, M = 1, 'm'\nc.messages.create(model=M)",
    "walrus": "def f():\n    c.messages.create(model=(m := 'm'))",
    "caller": "def f(model):\n    c.messages.create(model=model)\ndef g():\n    f('m')",
}


@pytest.mark.parametrize("code", MODELS.values(), ids=MODELS)
def test_the_model_is_known_however_it_gets_to_the_call(code: str) -> None:
    requests = requests_of(f"import anthropic\nc = anthropic.Anthropic()\n{code}")
    assert [request.model.value for request in requests] == ["m"]


OPEN_MODELS = {
    "default": "def f(model='m'):\n    c.messages.create(model=model)",
    "environment": "import os\nc.messages.create(model=os.getenv('M', 'm'))",
    "environment mapping": "import os\nc.messages.create(model=os.environ.get('M', 'm'))",
    "environment or": "import os\nc.messages.create(model=os.environ.get('M') or 'm')",
    "default of a method": (
        "class A:\n    def __init__(self, model='m'):\n        self.m = model\n"
        "    def f(self):\n        c.messages.create(model=self.m)"
    ),
    "changed elsewhere": (
        "class A:\n    m = 'm'\n    def g(self, x):\n        self.m = x\n"
        "    def f(self):\n        c.messages.create(model=self.m)"
    ),
    "dataclass": (
        "from dataclasses import dataclass\n@dataclass\nclass S:\n"
        "    m: str = 'm'\ndef f(s: S):\n    c.messages.create(model=s.m)"
    ),
    "settings": (
        "from pydantic import BaseModel, Field\nclass S(BaseModel):\n"
        "    m: str = Field('m')\ndef f(s: S):\n    c.messages.create(model=s.m)"
    ),
}


@pytest.mark.parametrize("code", OPEN_MODELS.values(), ids=OPEN_MODELS)
def test_a_default_is_known_but_open(code: str) -> None:
    request = the_request(f"import anthropic\nc = anthropic.Anthropic()\n{code}")
    assert [known.value for known in request.model.known] == ["m"]
    assert request.model.open
    assert request.model.value is None


def test_branches_give_several_models() -> None:
    code = """
    import anthropic
    def f(c: anthropic.Anthropic, big):
        if big:
            model = "a"
        else:
            model = "b"
        c.messages.create(model=model)
    """
    model = the_request(code).model
    assert [known.value for known in model.known] == ["a", "b"]
    assert not model.open


@pytest.mark.parametrize(
    ("body", "presence"),
    [
        ("c.messages.create(max_tokens=1)", Presence.GIVEN),
        ("c.messages.create(model='m')", Presence.ABSENT),
        ("c.messages.create(**p)", Presence.UNKNOWN),
        ("q = {}\n    c.messages.create(**q)", Presence.ABSENT),
        ("q = {}\n    if p: q['max_tokens'] = 1\n    c.messages.create(**q)", Presence.UNKNOWN),
        (
            "q = {}\n    if 'max_tokens' not in q: q['max_tokens'] = 1\n    c.messages.create(**q)",
            Presence.GIVEN,
        ),
        ("if 'max_tokens' not in p: p['max_tokens'] = 1\n    c.messages.create(**p)", Presence.UNKNOWN),
        ("q = {}\n    p.fill(q)\n    c.messages.create(**q)", Presence.UNKNOWN),
        ("q = {}\n    print(q)\n    c.messages.create(**q)", Presence.ABSENT),
        ("q = {}\n    q[p] = 1\n    c.messages.create(**q)", Presence.UNKNOWN),
        ("q = {'max_tokens': 1}\n    q.pop('max_tokens')\n    c.messages.create(**q)", Presence.ABSENT),
        ("c.messages.create(*p)", Presence.UNKNOWN),
    ],
)
def test_max_tokens_is_given_absent_or_unknown(body: str, presence: Presence) -> None:
    code = f"import anthropic\ndef f(c: anthropic.Anthropic, p):\n    {body}\n"
    assert the_request(code).max_tokens.presence is presence


def test_each_way_of_calling_a_function_of_the_file_is_a_request() -> None:
    code = """
    import anthropic
    c = anthropic.Anthropic()
    def ask(prompt, model="d"):
        return c.messages.create(model=model, messages=[{"role": "user", "content": prompt}])
    def one():
        return ask("first")
    def two():
        return ask("second", model="e")
    """
    seen = {(request.model.value, request.pieces[0].text) for request in requests_of(code)}
    assert seen == {("d", "first"), ("e", "second")}


def test_the_requests_of_a_batch_have_their_parameters() -> None:
    code = """
    import anthropic
    from anthropic.types.messages.batch_create_params import Request
    from anthropic.types.message_create_params import MessageCreateParamsNonStreaming as P
    def f(c: anthropic.Anthropic, texts):
        requests = []
        for i, text in enumerate(texts):
            requests.append(Request(custom_id=str(i), params=P(model="m", max_tokens=5, messages=[])))
        c.messages.batches.create(requests=requests)
    """
    request = the_request(code)
    assert (request.method, request.model.value, request.max_tokens.value) == ("batch", "m", 5)
    assert request.params is not None
    assert request.params.line == 8
    assert request.call.line == 9


def test_the_cells_of_a_notebook_share_their_names() -> None:
    cells = ["import anthropic\nMODEL = 'm'", "c = anthropic.Anthropic()", "c.messages.create(model=MODEL)"]
    made = [{"cell_type": "code", "source": cell} for cell in cells]
    (request,) = requests_in(parse(json.dumps({"cells": made}).encode(), "n.ipynb"))
    assert (request.call.cell, request.call.line, request.model.value) == (2, 1, "m")
    assert request.model.known[0].place.cell == 0


def test_function_and_loops_are_those_around_the_call() -> None:
    code = """
    import anthropic
    class A:
        def f(self, c: anthropic.Anthropic, items):
            for item in items:
                label = c.messages.create(model="m")
    """
    request = the_request(code)
    assert request.function == "A.f"
    assert [loop.line for loop in request.loops] == [5]
    assert request.names == ("label",)


def test_the_shape_of_the_answer_is_known_from_a_schema_or_a_forced_tool() -> None:
    properties = "{'kind': {'enum': ['a', 'b']}, 'urgent': {'type': 'boolean'}}"
    schema = f"{{'type': 'object', 'properties': {properties}}}"
    by_format = f"output_config={{'format': {{'type': 'json_schema', 'schema': {schema}}}}}"
    by_tool = (
        f"tools=[{{'name': 't', 'input_schema': {schema}}}], tool_choice={{'type': 'tool', 'name': 't'}}"
    )
    for argument in (by_format, by_tool):
        output = the_request(f"import anthropic\nanthropic.Anthropic().messages.create({argument})").output
        assert output is not None
        assert (output.fields, output.flat, output.choices) == (2, True, True)


BOUND = {
    "format builtin": ("import random", 'luck = format(random.random(), ".3f")'),
    "base64": ("import base64, os", "luck = base64.b32encode(os.urandom(5)).decode()"),
    "digest": ("import hashlib, uuid", "luck = hashlib.sha256(uuid.uuid4().bytes).hexdigest()"),
    "hex": ("import random", "luck = hex(random.getrandbits(32))"),
    "shuffled text": (
        "import random",
        "words = load()\n    random.shuffle(words)\n    luck = ' '.join(words)",
    ),
    "template of unknown text": ("import time", "luck = load().format_map({'at': time.ctime()})"),
    "format_map": ("import time", "luck = 'At {at}.'.format_map({'at': time.ctime()})"),
    "method of a request": ("from flask import request", "luck = request.get_json()['id']"),
}


@pytest.mark.parametrize(("imports", "statement"), BOUND.values(), ids=BOUND)
def test_what_a_pure_function_makes_of_a_changing_value_changes_with_it(imports: str, statement: str) -> None:
    (request,) = requests_in(
        parse(
            (
                f"import anthropic\n{imports}\nclient = anthropic.Anthropic()\n\ndef ask(load):\n    {statement}\n"
                '    return client.messages.create(model="m", max_tokens=1, system=f"Luck: {luck}", messages=[])\n'
            ).encode(),
            "bot.py",
        )
    )
    (piece,) = request.part("system")
    assert Stability.PER_CALL in {segment.stability for segment in piece.segments}


def test_a_pure_function_of_a_constant_changes_nothing() -> None:
    (request,) = requests_in(
        parse(
            b"import anthropic, base64\nclient = anthropic.Anthropic()\n"
            b"fence = format(base64.b64encode(b'x').decode(), 's')\n"
            b'client.messages.create(model="m", max_tokens=1, system=f"Luck: {fence}", messages=[])\n',
            "bot.py",
        )
    )
    (piece,) = request.part("system")
    assert Stability.PER_CALL not in {segment.stability for segment in piece.segments}


def test_parts_of_a_typed_request_belong_to_it_and_the_application_does_not() -> None:
    (request,) = requests_in(
        parse(
            b"import anthropic\nfrom fastapi import Request\nclient = anthropic.Anthropic()\n"
            b"async def ask(request: Request):\n    body = await request.json()\n"
            b"    return client.messages.create(model='m', max_tokens=1, messages=[],\n"
            b"        system=[{'type': 'text', 'text': body['id']}, {'type': 'text', 'text': request.app.title}])\n",
            "bot.py",
        )
    )
    own, shared = request.part("system")
    assert own.segments[0].stability is Stability.PER_CALL
    assert shared.segments[0].stability is Stability.UNKNOWN


def test_a_method_bound_at_the_top_of_a_module_is_followed_in_the_functions_that_call_it() -> None:
    (request,) = requests_in(
        parse(
            b"import anthropic\nfrom functools import partial\nclient = anthropic.Anthropic()\n"
            b"ask = partial(client.messages.create, model='m')\n"
            b"def find(wish):\n    return ask(messages=[{'role': 'user', 'content': wish}])\n",
            "bot.py",
        )
    )
    assert (request.call.line, request.max_tokens.presence) == (6, Presence.ABSENT)


def test_a_call_that_is_yielded_is_seen() -> None:
    requests = requests_in(
        parse(
            b"import anthropic\nclient = anthropic.Anthropic()\ndef all(wishes):\n    for wish in wishes:\n"
            b"        yield client.messages.create(model='m', messages=[{'role': 'user', 'content': wish}])\n",
            "bot.py",
        )
    )
    assert [len(request.loops) for request in requests] == [1]


def test_the_last_of_the_blocks_of_a_comprehension_can_be_marked_apart() -> None:
    (request,) = requests_in(
        parse(
            b"import anthropic, time\nclient = anthropic.Anthropic()\ndef ask(load):\n"
            b"    texts = [time.ctime()] + [load(name) for name in names]\n"
            b"    system = [{'type': 'text', 'text': text} for text in texts]\n"
            b"    system[-1].update(cache_control={'type': 'ephemeral'})\n"
            b"    return client.messages.create(model='m', max_tokens=1, system=system, messages=[])\n",
            "bot.py",
        )
    )
    assert len(request.breakpoints) == 1
    assert request.part("system")[0].segments[0].stability is Stability.PER_CALL


def test_the_last_turn_of_a_list_made_in_a_loop_can_be_replaced_by_one_with_a_breakpoint() -> None:
    (request,) = requests_in(
        parse(
            b"import anthropic\nclient = anthropic.Anthropic()\ndef ask(shots):\n    turns = []\n"
            b"    for shot in shots:\n        turns.append({'role': 'user', 'content': shot})\n"
            b"    turns[-1] = {'role': 'user', 'content': [\n"
            b"        {'type': 'text', 'text': 'x', 'cache_control': {'type': 'ephemeral'}}]}\n"
            b"    return client.messages.create(model='m', max_tokens=1, messages=turns)\n",
            "bot.py",
        )
    )
    assert len(request.breakpoints) == 1
