"""A cache breakpoint on a prefix that is too short to be cached.

**What it finds.** A `cache_control` mark on the tools or the system prompt whose whole prefix can be read, and is
clearly shorter than what the request's model caches: 512 to 4,096 tokens, by model. The estimate counts a token for
every two characters, so a prefix near the limit is not reported. Where a later breakpoint caches a longer prefix, and
where a tool of the API's own is part of it, the rule is silent.

**Why it costs.** The API skips the mark without a word. Nothing is cached, and each call pays the full input price for
a prefix that looks as if it were read at a tenth.

**Example.**

```python
client.messages.create(
    model="claude-haiku-4-5",  # caches from 4,096 tokens on
    max_tokens=1024,
    system=[{"type": "text", "text": "Answer in one sentence.", "cache_control": {"type": "ephemeral"}}],
    messages=messages,
)
```

**Use instead.** No mark on so short a text. Where examples or a document belong to every call, put them in front of the
mark; else the mark does nothing:

```python
client.messages.create(
    model="claude-haiku-4-5", max_tokens=1024, system="Answer in one sentence.", messages=messages
)
```

**Fix safety.** There is no automatic fix: whether to drop the mark or to move it is for you to judge.

**Suppression.** `# claude-lint: ignore[CL105]` on the reported line or the first line of the call.

**References.** [Prompt caching](https://platform.claude.com/docs/en/build-with-claude/prompt-caching).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from claude_lint.findings import Confidence, Finding, Severity, Step
from claude_lint.rule import Invalid, Rule

from claude_rules.tokens import at_most, minimums

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_lint.request import Request
    from claude_lint.rule import Context

CODE: Final = "CL105"
NAME: Final = "below-minimum-prefix"
CLIENT_TOOLS: Final = frozenset({"", "custom"})
TOOL_TOKENS: Final = 700
"""What tools cost besides their own text, at most. Source: platform.claude.com, tool use, 2026-08-22."""


def check(request: Request, context: Context) -> Iterator[Finding]:  # noqa: ARG001
    """At most one finding, at the last breakpoint."""
    limits = minimums(request)
    if not request.breakpoints or not limits or not request.complete:
        return
    last = request.breakpoints[-1]
    prefix = request.pieces[: last.piece + 1]
    if not last.certain or last.automatic or any(not piece.certain for piece in prefix):
        return
    if prefix[-1].part == "messages" or any(
        one.part == "tools" and one.kind not in CLIENT_TOOLS for one in prefix
    ):
        return
    if any(segment.text in {None, str(None)} for piece in prefix for segment in piece.segments):
        return
    tools = TOOL_TOKENS if request.part("tools") else 0
    tokens = at_most("".join(piece.text for piece in prefix)) + tools
    if tokens >= min(limits):
        return
    yield Finding(
        CODE,
        NAME,
        Severity.WARNING,
        Confidence.HIGH,
        f"The prefix up to `{prefix[-1].path}` has at most {tokens:,} tokens, and {request.model.known[0].value} "
        f"caches from {min(limits):,} on: the mark does nothing. Drop it, or put more static text in front.",
        last.place,
        request.call,
        (Step(last.place, "the prefix ends here"), Step(request.call, "and is sent here")),
    )


RULE: Final = Rule(
    code=CODE,
    name=NAME,
    summary="A cache breakpoint on a prefix that is too short to be cached.",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    check=check,
    docs=__doc__ or "",
    valid=(
        # Long enough, or not clearly too short.
        """
import anthropic
RULES = "Answer politely, and only from the handbook. " * 60
def ask(question):
    return anthropic.Anthropic().messages.create(
        model="claude-haiku-5-5", max_tokens=300,
        system=[{"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}])
""",
        # The text is not known.
        """
import anthropic
def ask(handbook, question):
    return anthropic.Anthropic().messages.create(
        model="claude-haiku-4-5", max_tokens=300,
        system=[{"type": "text", "text": f"Handbook: {handbook}", "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}])
""",
        # The model is not known.
        """
import anthropic
def ask(model, question):
    return anthropic.Anthropic().messages.create(
        model=model, max_tokens=300,
        system=[{"type": "text", "text": "Be kind.", "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}])
""",
        # A method that subclasses fill in.
        """
import abc, anthropic
class Agent(abc.ABC):
    @abc.abstractmethod
    def system_prompt(self): ...
    def run(self, task):
        return anthropic.Anthropic().messages.create(
            model="claude-opus-5-5", max_tokens=300, messages=[{"role": "user", "content": task}],
            system=[{"type": "text", "text": self.system_prompt(), "cache_control": {"type": "ephemeral"}}])
""",
        # A later breakpoint caches more.
        """
import anthropic
def ask(document, question):
    return anthropic.Anthropic().messages.create(
        model="claude-haiku-5-5", max_tokens=300,
        system=[{"type": "text", "text": "Be kind.", "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": [
            {"type": "text", "text": document, "cache_control": {"type": "ephemeral"}},
            {"type": "text", "text": question}]}])
""",
        # A tool of the API's own has a definition that cannot be read here.
        """
import anthropic
def ask(question):
    return anthropic.Anthropic().messages.create(
        model="claude-opus-4-6", max_tokens=300,
        tools=[{"type": "web_search_20250305", "name": "web_search", "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}])
""",
    ),
    invalid=(
        Invalid(
            """
import anthropic
client = anthropic.Anthropic()
def ask(question):
    return client.messages.create(
        model="claude-haiku-4-5",
        max_tokens=300,
        system=[{"type": "text", "text": "Answer in one sentence.", "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}],
    )
""",
            line=8,
            message="from 4,096 on",
        ),
        Invalid(
            """
import anthropic
SYSTEM = "You sort support tickets. Answer with one word: bug, question or praise."
class Sorter:
    def __init__(self):
        self.client = anthropic.Anthropic()
    def params(self, ticket):
        params = {"model": "claude-sonnet-5-5", "max_tokens": 10, "messages": [{"role": "user", "content": ticket}]}
        params["system"] = [{"type": "text", "text": SYSTEM}]
        params["system"][0]["cache_control"] = {"type": "ephemeral"}
        return params
    def sort(self, ticket):
        return self.client.messages.create(**self.params(ticket))
""",
            line=10,
            chain=(10, 13),
        ),
        Invalid(
            """
import anthropic
TOOLS = [{"name": "search", "description": "Searches the handbook.", "cache_control": {"type": "ephemeral"},
          "input_schema": {"type": "object", "properties": {"words": {"type": "string"}}}}]
def run(messages):
    return anthropic.Anthropic().messages.create(
        model="claude-opus-4-5", max_tokens=300, tools=TOOLS, messages=messages)
""",
            line=3,
            message="the mark does nothing",
        ),
    ),
)
