"""A conversation that only grows and is sent whole, uncached, with every turn.

**What it finds.** A `messages` list that the turns of a chat, or the methods of a class, add to, and that nothing in
sight ever shortens: no trimming, no summary, no compaction, no new start, no look at its length. A request with a cache
breakpoint is not reported, nor a list that leaves the function or the class for something unknown that may shorten it.

**Why it costs.** Turn n pays for all n turns before it, at the full input price: twenty turns cost ten times the input
of one conversation, and at the end of the context window the call fails.

**Example.**

```python
while True:
    messages.append({"role": "user", "content": input()})
    reply = client.messages.create(model="claude-sonnet-5-5", max_tokens=1024, messages=messages)
    messages.append({"role": "assistant", "content": reply.content})
```

**Use instead.** A breakpoint that moves along with the conversation, and compaction for long ones:

```python
reply = client.messages.create(
    model="claude-sonnet-5-5", max_tokens=1024, messages=messages, cache_control={"type": "ephemeral"}
)
```

**Fix safety.** There is no automatic fix: what may be forgotten is for you to say.

**Suppression.** `# claude-lint: ignore[CL404]` on the reported line or the first line of the call.

**References.** [Prompt caching](https://platform.claude.com/docs/en/build-with-claude/prompt-caching),
[Compaction](https://platform.claude.com/docs/en/build-with-claude/compaction).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from claude_lint.findings import Confidence, Finding, Severity, Step
from claude_lint.request import ANSWERED, Presence
from claude_lint.rule import Invalid, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_lint.request import Request
    from claude_lint.rule import Context

CODE: Final = "CL404"
NAME: Final = "unbounded-history"
SHORTENING: Final = ("cache_control", "context_management", "compaction", "thread", "extra_body")
"""Arguments that cache or shorten a conversation."""


def check(request: Request, context: Context) -> Iterator[Finding]:  # noqa: ARG001
    """At most one finding, where the list grows."""
    grows = request.around.history
    if request.method not in ANSWERED or grows is None or request.breakpoints or not request.complete:
        return
    if any(request.argument(name).presence is not Presence.ABSENT for name in SHORTENING):
        return
    yield Finding(
        CODE,
        NAME,
        Severity.WARNING,
        Confidence.MEDIUM,
        "The conversation only grows, and every turn sends all of it again at the full input price. Cache it "
        "(`cache_control` on the request), and shorten or compact what grows long.",
        grows,
        request.call,
        (Step(grows, "each turn adds to it"), Step(request.call, "and sends all of it")),
    )


RULE: Final = Rule(
    code=CODE,
    name=NAME,
    summary="A conversation that only grows and is sent whole, uncached, with every turn.",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    check=check,
    docs=__doc__ or "",
    valid=(
        # Trimmed.
        """
import anthropic
def chat(client: anthropic.Anthropic):
    messages = []
    while True:
        messages.append({"role": "user", "content": input()})
        messages = messages[-20:]
        reply = client.messages.create(model="claude-sonnet-5-5", max_tokens=300, messages=messages)
        messages.append({"role": "assistant", "content": reply.content})
""",
        # Cached.
        """
import anthropic
def chat(client: anthropic.Anthropic):
    messages = []
    while True:
        messages.append({"role": "user", "content": input()})
        reply = client.messages.create(model="claude-sonnet-5-5", max_tokens=300, messages=messages,
                                       cache_control={"type": "ephemeral"})
        messages.append({"role": "assistant", "content": reply.content})
""",
        # A list for each chat, of which the newest turns are sent; and one that a command clears.
        """
import anthropic
client = anthropic.Anthropic()
CHATS, NOTES = {}, {}
def talk(chat, text):
    history = CHATS.setdefault(chat, [])
    history.append({"role": "user", "content": text})
    return client.messages.create(model="claude-sonnet-5-5", max_tokens=1024, messages=history[-20:])
""",
        """
import anthropic
client = anthropic.Anthropic()
CHATS = {}
def talk(chat, text):
    history = CHATS.setdefault(chat, [])
    history.append({"role": "user", "content": text})
    return client.messages.create(model="claude-sonnet-5-5", max_tokens=1024, messages=history)
def start(chat):
    CHATS.pop(chat, None)
""",
        # A class that can start anew.
        """
import anthropic
class Chat:
    def __init__(self):
        self.client, self.messages = anthropic.Anthropic(), []
    def ask(self, text):
        self.messages.append({"role": "user", "content": text})
        return self.client.messages.create(model="claude-sonnet-5-5", max_tokens=300, messages=self.messages)
    def reset(self):
        self.messages = []
""",
        # A tool loop ends with its task.
        """
import anthropic
def run(client: anthropic.Anthropic, tools, task, call):
    messages = [{"role": "user", "content": task}]
    while True:
        reply = client.messages.create(model="claude-sonnet-5-5", max_tokens=300, tools=tools, messages=messages)
        if reply.stop_reason != "tool_use":
            return reply
        messages.append({"role": "assistant", "content": reply.content})
        messages.append({"role": "user", "content": call(reply)})
""",
        # Its length is looked at.
        """
import anthropic
class Chat:
    def __init__(self):
        self.client, self.messages = anthropic.Anthropic(), []
    def ask(self, text):
        if len(self.messages) > 50:
            raise RuntimeError("start a new conversation")
        self.messages.append({"role": "user", "content": text})
        return self.client.messages.create(model="claude-sonnet-5-5", max_tokens=300, messages=self.messages)
""",
    ),
    invalid=(
        # A list for each chat, which nothing shortens.
        Invalid(
            """
import anthropic
client = anthropic.Anthropic()
CHATS = {}
def talk(chat, text):
    history = CHATS.setdefault(chat, [])
    history.append({"role": "user", "content": text})
    reply = client.messages.create(model="claude-sonnet-5-5", max_tokens=1024, messages=history)
    history.append({"role": "assistant", "content": reply.content})
    return reply
""",
            line=7,
            chain=(7, 8),
        ),
        Invalid(
            """
import anthropic
client = anthropic.Anthropic()
messages = []
while True:
    messages.append({"role": "user", "content": input("> ")})
    reply = client.messages.create(model="claude-sonnet-5-5", max_tokens=1024, messages=messages)
    messages.append({"role": "assistant", "content": reply.content})
    print(reply.content[0].text)
""",
            line=6,
            chain=(6, 7),
            message="only grows",
        ),
        Invalid(
            """
import anthropic
class Chat:
    def __init__(self):
        self.client = anthropic.Anthropic()
        self.messages = []
    def ask(self, text):
        self.messages.append({"role": "user", "content": text})
        reply = self.client.messages.create(model="claude-sonnet-5-5", max_tokens=300, messages=self.messages)
        self.messages.append({"role": "assistant", "content": reply.content})
        return reply.content[0].text
""",
            line=8,
        ),
        Invalid(
            """
import anthropic
async def serve(client: anthropic.AsyncAnthropic, websocket):
    history = []
    while True:
        history.append({"role": "user", "content": await websocket.receive_text()})
        params = {"model": "claude-haiku-5-5", "max_tokens": 300, "messages": history}
        reply = await client.messages.create(**params)
        history.append({"role": "assistant", "content": reply.content})
        await websocket.send_text(reply.content[0].text)
""",
            line=6,
        ),
    ),
)
