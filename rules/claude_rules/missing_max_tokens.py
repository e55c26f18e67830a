"""A request without `max_tokens`, which the API requires.

**What it finds.** A call of `messages.create`, `stream`, `parse` or `tool_runner`, or one request of a batch, that
certainly has no `max_tokens`: neither as an argument nor in a `**params` dict that is built in the file; or that has
one on one side of a branch, where the other side sets something else and the call follows on both. Where an
unresolved `**` may bring it, and for `count_tokens`, which takes none, the rule is silent. `max_tokens=0` is legal:
it warms the cache.

**Why it costs.** Without it the SDK raises `TypeError` before the call. In a batch the SDK does not check: each
request comes back as an error, after the wait. The limit is also what bounds the price of an answer.

**Example.**

```python
client.messages.create(model="claude-haiku-5-5", messages=messages)
```

**Use instead.** The most that a good answer needs:

```python
client.messages.create(model="claude-haiku-5-5", max_tokens=1024, messages=messages)
```

**Fix safety.** There is no automatic fix: only you know how long an answer may be.

**Suppression.** `# claude-lint: ignore[CL201]` on the reported line or the first line of the call.

**References.** [Messages API](https://platform.claude.com/docs/en/api/messages).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from claude_lint.findings import Confidence, Finding, Severity
from claude_lint.request import ANSWERED, Presence
from claude_lint.rule import Invalid, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_lint.request import Request
    from claude_lint.rule import Context

CODE: Final = "CL201"
NAME: Final = "missing-max-tokens"


def check(request: Request, context: Context) -> Iterator[Finding]:  # noqa: ARG001
    """At most one finding, at the call or at the parameters of a request of a batch."""
    batched = request.method == "batch"
    if request.method not in ANSWERED or (batched and request.params is None):
        return
    given = request.max_tokens
    is_none = [known.value for known in given.known] == [None] and not given.open
    if given.presence is not Presence.ABSENT and not is_none and not given.left_out:
        return
    if request.argument("messages").presence is Presence.ABSENT and request.argument(
        "prompt"
    ).presence is not (Presence.ABSENT):
        return  # the Text Completions API, whose limit has another name
    traced = bool(request.client)
    if not traced and Presence.GIVEN not in {request.model.presence, request.argument("messages").presence}:
        return
    outcome = (
        "the API answers this request of the batch with an error"
        if batched
        else "the SDK raises TypeError, and nothing bounds the price of the answer"
        if request.way == "sdk"
        else "the API answers with an error"
    )
    what = "`max_tokens` is None" if is_none else "`max_tokens` is missing" + " on one path" * given.left_out
    yield Finding(
        CODE,
        NAME,
        Severity.ERROR,
        Confidence.HIGH if traced and not given.left_out else Confidence.MEDIUM,
        f"{what}: {outcome}. Give the most that a good answer needs.",
        request.params or request.decided or request.call,
        request.call,
        tuple(known.chain[-1] for known in given.known if known.chain),
    )


RULE: Final = Rule(
    code=CODE,
    name=NAME,
    summary="A request without `max_tokens`, which the API requires.",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    check=check,
    ways=frozenset({"sdk", "http", "bedrock"}),
    docs=__doc__ or "",
    valid=(
        """
import anthropic
client = anthropic.Anthropic()
client.messages.create(model="claude-haiku-5-5", max_tokens=1024, messages=[{"role": "user", "content": "Hi"}])
""",
        # The older API of completed texts, whose limit has another name.
        """
import boto3, json
def complete(prompt, most):
    body = json.dumps({"prompt": prompt, "max_tokens_to_sample": most})
    return boto3.client("bedrock-runtime").invoke_model(modelId="anthropic.claude-v2", body=body)
""",
        # Counting tokens takes no limit.
        """
import anthropic
client = anthropic.Anthropic()
client.messages.count_tokens(model="claude-haiku-5-5", messages=[{"role": "user", "content": "Hi"}])
""",
        # Warming the cache.
        """
import anthropic
client = anthropic.Anthropic()
client.messages.create(model="claude-haiku-5-5", max_tokens=0, messages=[{"role": "user", "content": "Hi"}])
""",
        # The parameters come from elsewhere.
        """
import anthropic
class Bot:
    def __init__(self, **options):
        self.client = anthropic.Anthropic()
        self.options = options
    def ask(self, question):
        return self.client.messages.create(
            model="claude-haiku-5-5", messages=[{"role": "user", "content": question}], **self.options)
""",
        # Set on its way, in each of several ways.
        """
import anthropic
def ask(client: anthropic.Anthropic, question, limit=None):
    params = {"model": "claude-haiku-5-5", "messages": [{"role": "user", "content": question}]}
    if limit:
        params["max_tokens"] = limit
    else:
        params.update(max_tokens=512)
    return client.messages.create(**params)
""",
        # The side without it makes another call, or none.
        """
import anthropic
def ask(client: anthropic.Anthropic, other, question, claude):
    params = {"messages": [{"role": "user", "content": question}]}
    if claude:
        params.update(model="claude-haiku-5-5", max_tokens=60)
    else:
        params["temperature"] = 0
    if not claude:
        return other.ask(**params)
    return client.messages.create(**params)
""",
        """
import anthropic
def ask(client: anthropic.Anthropic, question, short, limits):
    params = {"model": "claude-haiku-5-5", "messages": [{"role": "user", "content": question}]}
    if short:
        params["max_tokens"] = 60
    else:
        params["system"] = "Answer in depth."
    for name, limit in limits.items():
        params[name] = limit
    return client.messages.create(**params)
""",
        """
import anthropic
def ask(client: anthropic.Anthropic, params: dict):
    params.setdefault("max_tokens", 4096)
    return client.messages.create(**params)
""",
        # Another product's messages.
        """
from twilio.rest import Client
client = Client()
client.messages.create(to="+1", from_="+2", body="Hi")
""",
        """
import anthropic
from openai import OpenAI
openai_client = OpenAI()
openai_client.beta.threads.messages.create(thread_id="t", role="user", content="Hi")
""",
    ),
    invalid=(
        # Left out on one side of a branch.
        Invalid(
            """
import anthropic
def ask(client: anthropic.Anthropic, question, short):
    params = {"model": "claude-haiku-5-5", "messages": [{"role": "user", "content": question}]}
    if short:
        params["max_tokens"] = 60
    else:
        params["system"] = "Answer in depth."
    return client.messages.create(**params)
""",
            line=9,
            message="is missing on one path",
        ),
        # Left out where it is None, as it is here.
        Invalid(
            """
import anthropic
client = anthropic.Anthropic()
def given(**values):
    return {name: value for name, value in values.items() if value is not None}
def ask(question, limit=None):
    return client.messages.create(
        model="claude-haiku-5-5", messages=[{"role": "user", "content": question}], **given(max_tokens=limit))
ask("Why?")
""",
            line=7,
        ),
        Invalid(
            """
import anthropic
client = anthropic.Anthropic()
def ask(question):
    return client.messages.create(
        model="claude-haiku-5-5",
        messages=[{"role": "user", "content": question}],
    )
""",
            line=5,
            message="TypeError",
        ),
        Invalid(
            """
from anthropic import AsyncAnthropic
class Bot:
    def __init__(self):
        self.client = AsyncAnthropic()
    def params(self, question):
        return dict(model="claude-haiku-5-5", messages=[{"role": "user", "content": question}])
    async def ask(self, question):
        params = self.params(question) | {"system": "Answer briefly."}
        return await self.client.messages.with_raw_response.create(**params)
""",
            line=10,
        ),
        Invalid(
            """
import asyncio, anthropic
client = anthropic.Anthropic()
async def ask(question):
    return await asyncio.to_thread(
        client.messages.create, model="claude-haiku-5-5", messages=[{"role": "user", "content": question}])
""",
            line=5,
        ),
        Invalid(
            """
import anthropic
client = anthropic.Anthropic()
def submit(texts):
    return client.messages.batches.create(requests=[
        {
            "custom_id": str(index),
            "params": {
                "model": "claude-haiku-5-5",
                "messages": [{"role": "user", "content": text}],
            },
        }
        for index, text in enumerate(texts)
    ])
""",
            line=8,
            message="this request of the batch",
        ),
    ),
)
