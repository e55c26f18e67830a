"""A conversation that is cached, with an argument that changes from turn to turn and undoes the cache.

**What it finds.** A `for` loop that sends a growing conversation with a cache breakpoint, and whose `model`, `tools`,
`system`, `tool_choice`, `thinking`, `speed` or `output_config` depends on which turn it is.

**Why it costs.** What is cached holds for one set of these arguments. A turn with another model or other tools writes
everything again at 1.25 times the input price; another `tool_choice`, thinking or effort keeps the tools and the system
prompt, and writes all messages again.

**Example.**

```python
for turn, question in enumerate(questions):
    messages.append({"role": "user", "content": question})
    reply = client.messages.create(
        model=MODELS[turn % 2], max_tokens=1024, messages=messages, cache_control={"type": "ephemeral"}
    )
    messages.append({"role": "assistant", "content": reply.content})
```

**Use instead.** One setting for a conversation. Another model answers better from a conversation of its own.

```python
reply = client.messages.create(model=MODEL, max_tokens=1024, messages=messages, cache_control={"type": "ephemeral"})
```

**Fix safety.** There is no automatic fix: the change may be worth its price.

**Suppression.** `# claude-lint: ignore[CL110]` on the reported line or the first line of the call.

**References.** [What invalidates the cache](https://platform.claude.com/docs/en/build-with-claude/prompt-caching).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from claude_lint.findings import Confidence, Finding, Severity, Step
from claude_lint.request import ANSWERED
from claude_lint.rule import Invalid, Rule

from otel_claude.api_facts import INVALIDATES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_lint.request import Request
    from claude_lint.rule import Context

CODE: Final = "CL110"
NAME: Final = "cache-invalidated-between-calls"


def check(request: Request, context: Context) -> Iterator[Finding]:  # noqa: ARG001
    """One finding for each argument that changes from turn to turn, where it is given."""
    loop = request.around.loop
    if request.method not in ANSWERED or not request.breakpoints or loop is None or not loop.carried:
        return
    for name, lost in INVALIDATES.items():
        place = request.argument(name).place
        if name not in request.around.turning or place is None:
            continue
        yield Finding(
            CODE,
            NAME,
            Severity.WARNING,
            Confidence.MEDIUM,
            f"`{name}` depends on the turn: each change loses {lost} from the cache, which is then written again at "
            "1.25 times the input price or more. Keep it the same for the conversation.",
            place,
            request.call,
            (Step(loop.place, "the turns of the conversation"), Step(request.call, "each call sends it")),
        )


RULE: Final = Rule(
    code=CODE,
    name=NAME,
    summary="A cached conversation with an argument that changes from turn to turn and undoes the cache.",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    check=check,
    docs=__doc__ or "",
    valid=(
        # Only the messages change.
        """
import anthropic
def talk(client: anthropic.Anthropic, questions, tools):
    messages = []
    for question in questions:
        messages.append({"role": "user", "content": question})
        reply = client.messages.create(model="claude-opus-5-5", max_tokens=300, tools=tools, messages=messages,
                                       cache_control={"type": "ephemeral"})
        messages.append({"role": "assistant", "content": reply.content})
""",
        # No conversation: each model starts afresh.
        """
import anthropic
def compare(client: anthropic.Anthropic, models, book, question):
    for model in models:
        client.messages.create(
            model=model, max_tokens=300, messages=[{"role": "user", "content": question}],
            system=[{"type": "text", "text": book, "cache_control": {"type": "ephemeral"}}])
""",
        # Nothing is cached.
        """
import anthropic
def talk(client: anthropic.Anthropic, turns):
    messages = []
    for model, question in turns:
        messages.append({"role": "user", "content": question})
        reply = client.messages.create(model=model, max_tokens=300, messages=messages)
        messages.append({"role": "assistant", "content": reply.content})
""",
    ),
    invalid=(
        Invalid(
            """
import anthropic
def talk(client: anthropic.Anthropic, turns):
    messages = []
    for model, question in turns:
        messages.append({"role": "user", "content": question})
        reply = client.messages.create(
            model=model,
            max_tokens=300,
            messages=messages,
            cache_control={"type": "ephemeral"},
        )
        messages.append({"role": "assistant", "content": reply.content})
""",
            line=8,
            message="`model` depends on the turn",
        ),
        Invalid(
            """
import anthropic
def talk(client: anthropic.Anthropic, questions, pick):
    messages = []
    for question in questions:
        messages.append({"role": "user", "content": question})
        tools = pick(question)
        reply = client.messages.create(
            model="claude-opus-5-5", max_tokens=300, tools=tools, messages=messages,
            cache_control={"type": "ephemeral"})
        messages.append({"role": "assistant", "content": reply.content})
""",
            line=9,
            chain=(5, 8),
            message="everything",
        ),
        Invalid(
            """
import anthropic
def talk(client: anthropic.Anthropic, questions):
    messages = []
    for turn, question in enumerate(questions):
        messages.append({"role": "user", "content": question})
        reply = client.messages.create(
            model="claude-opus-5-5", max_tokens=300, messages=messages, cache_control={"type": "ephemeral"},
            output_config={"effort": "high" if turn == 0 else "low"})
        messages.append({"role": "assistant", "content": reply.content})
""",
            line=9,
            message="the messages",
        ),
    ),
)
