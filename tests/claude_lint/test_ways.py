"""Requests that reach Claude past the SDK's clients, and calls that are passed on to be made elsewhere."""

from __future__ import annotations

from textwrap import dedent

import pytest
from claude_lint.modelling.analyse import requests_in
from claude_lint.reading.prefilter import may_call_claude
from claude_lint.reading.source import parse
from claude_lint.request import Presence, Request


def requests_of(code: str) -> tuple[Request, ...]:
    data = dedent(code).encode()
    return requests_in(parse(data, "a.py")) if may_call_claude(data) else ()


URL = "https://api.anthropic.com/v1/messages"
BODY = "{'model': 'claude-x', 'max_tokens': 9, 'messages': []}"
POSTS = {
    "requests": f"import requests\nrequests.post('{URL}', headers=h, json={BODY})",
    "session": f"import requests\ns = requests.Session()\ns.post('{URL}', json={BODY})",
    "httpx": f"import httpx\ndef f():\n    with httpx.Client() as c:\n        c.post(url='{URL}', json={BODY})",
    "aiohttp": (
        "import aiohttp\nasync def f():\n    async with aiohttp.ClientSession() as s:\n"
        f"        async with s.post('{URL}', json={BODY}) as r:\n            return await r.json()"
    ),
    "dumped": f"import json, requests\nrequests.post('{URL}', data=json.dumps({BODY}))",
    "urllib": (
        "import json, urllib.request\nurllib.request.urlopen(urllib.request.Request("
        f"'{URL}', data=json.dumps({BODY}).encode()))"
    ),
    "method": f"import requests\nrequests.request('POST', '{URL}', json={BODY})",
    "url of parts": (
        f"import requests\nBASE = 'https://api.anthropic.com'\nrequests.post(f'{{BASE}}/v1/messages', json={BODY})"
    ),
    "host from outside, told by the header": (
        "import os, requests\nHEADERS = {'anthropic-version': '2023-06-01'}\n"
        f"requests.post(os.environ['URL'] + '/v1/messages', headers=HEADERS, json={BODY})"
    ),
}


@pytest.mark.parametrize("code", POSTS.values(), ids=POSTS)
def test_a_post_to_the_api_is_a_request(code: str) -> None:
    (request,) = requests_of(code)
    assert (request.way, request.model.value, request.max_tokens.value) == ("http", "claude-x", 9)
    assert request.complete


OTHER_POSTS = {
    "another host": "requests.post('https://api.openai.com/v1/messages', json={'model': 'gpt'})",
    "another path": "requests.post('https://api.anthropic.com/v1/messages/count_tokens', json={'model': 'm'})",
    "another method": "requests.get('https://api.anthropic.com/v1/messages', params={'limit': 1})",
    "no body": "requests.post('https://api.anthropic.com/v1/messages', json=load())",
    "in a text": "print('post to https://api.anthropic.com/v1/messages')",
}


@pytest.mark.parametrize("code", OTHER_POSTS.values(), ids=OTHER_POSTS)
def test_a_post_to_something_else_is_none(code: str) -> None:
    assert requests_of(f"import requests\nX = 'https://api.anthropic.com claude'\n{code}") == ()


BODY_ON_BEDROCK = "json.dumps({'anthropic_version': 'bedrock-2023-05-31', 'max_tokens': 9, 'messages': []})"


def test_a_model_invoked_on_bedrock_is_a_request() -> None:
    (request,) = requests_of(
        f"""
        import boto3, json
        MODEL = "us.anthropic.claude-x-v1:0"
        def ask():
            runtime = boto3.client("bedrock-runtime")
            body = {BODY_ON_BEDROCK}
            return runtime.invoke_model(modelId=MODEL, body=body)
        """
    )
    assert (request.way, request.max_tokens.value, request.complete) == ("bedrock", 9, True)
    assert request.model.value == "us.anthropic.claude-x-v1:0"


def test_a_conversation_on_bedrock_needs_no_limit() -> None:
    call = "c.converse(modelId='anthropic.claude-x', messages=[], inferenceConfig={})"
    (request,) = requests_of(f"import boto3\nc = boto3.client('bedrock-runtime')\n{call}")
    assert request.max_tokens.presence is Presence.UNKNOWN


def test_another_model_on_bedrock_is_none() -> None:
    code = "c.invoke_model(modelId='amazon.titan', body=json.dumps({'inputText': 'no anthropic.claude'}))"
    assert requests_of(f"import boto3, json\nc = boto3.client('bedrock-runtime')\n{code}") == ()


MODELS = {
    "langchain": "from langchain_anthropic import ChatAnthropic\nChatAnthropic(model='claude-x', max_tokens=9)",
    "langchain, old keyword": "import langchain_anthropic as l\nl.ChatAnthropic(model_name='claude-x')",
    "litellm": "import litellm\nlitellm.completion(model='anthropic/claude-x', messages=[])",
    "litellm, bare": "from litellm import acompletion\nacompletion('claude-x', [])",
    "pydantic-ai": "from pydantic_ai import Agent\nagent = Agent('anthropic:claude-x')",
    "pydantic-ai, class": "from pydantic_ai.models.anthropic import AnthropicModel\nAnthropicModel('claude-x')",
    "instructor": "import instructor\nc = instructor.from_provider('anthropic/claude-x')",
    "constant": (
        "from langchain_anthropic import ChatAnthropic\nM = 'claude-x'\ndef f():\n    return ChatAnthropic(model=M)"
    ),
}


@pytest.mark.parametrize("code", MODELS.values(), ids=MODELS)
def test_the_model_that_a_framework_is_given_is_known_and_nothing_else(code: str) -> None:
    (request,) = requests_of(code)
    assert (request.way, request.model.value, request.complete) == ("framework", "claude-x", False)
    assert request.argument("system").presence is Presence.UNKNOWN


OTHER_MODELS = {
    "another model": "import litellm\nlitellm.completion(model='gpt-5', messages=['claude'])",
    "another product": "from crm import Agent\nAgent('anthropic:claude-x', pydantic_ai)",
    "another class": "from mine import ChatAnthropic\nChatAnthropic(model='claude-x')",
    "unknown": "import litellm\nlitellm.completion(model=claude, messages=[])",
}


@pytest.mark.parametrize("code", OTHER_MODELS.values(), ids=OTHER_MODELS)
def test_a_framework_that_is_given_something_else_makes_no_request(code: str) -> None:
    assert requests_of(code) == ()


def test_a_client_that_instructor_wraps_stays_one() -> None:
    code = "import anthropic, instructor\nc = instructor.from_anthropic(anthropic.Anthropic())\n"
    (request,) = requests_of(
        f"{code}c.messages.create(model='m', max_tokens=1, messages=[], response_model=R)"
    )
    assert (request.client, request.way) == ("Anthropic", "sdk")


PASSED = {
    "to a thread": "asyncio.to_thread(c.messages.create, model='m', max_tokens=1)",
    "partial": "functools.partial(c.messages.create, model='m')(max_tokens=1)",
    "partial to an executor": (
        "loop.run_in_executor(None, functools.partial(c.messages.create, model='m', max_tokens=1))"
    ),
    "submitted": "pool.submit(c.messages.create, model='m', max_tokens=1)",
    "wrapper submitted": "pool.submit(ask, 'm', 1)",
    "partial of a wrapper": "loop.run_in_executor(None, functools.partial(ask, 'm', limit=1))",
    "lambda": "loop.run_in_executor(None, lambda: c.messages.create(model='m', max_tokens=1))",
    "gathered": "asyncio.gather(*[c.messages.create(model='m', max_tokens=1) for _ in x])",
}


@pytest.mark.parametrize("call", PASSED.values(), ids=PASSED)
def test_a_call_that_is_passed_on_is_a_request(call: str) -> None:
    head = "import anthropic, asyncio, functools\nc = anthropic.Anthropic()\n"
    ask = "def ask(model, limit):\n    return c.messages.create(model=model, max_tokens=limit)\n"
    wrapper = ask if "ask" in call.replace("task", "") else ""
    (request,) = requests_of(f"{head}{wrapper}def f(loop, pool, x):\n    return {call}\n")
    assert (request.model.value, request.max_tokens.value) == ("m", 1)
