"""A cache breakpoint on a prefix that is sent once.

**What it finds.** A loop that makes one call for each item, with a `cache_control` mark on a block that holds the item.
A document that is asked several questions in a loop of its own is clean, and so is a conversation.

**Why it costs.** A cache write costs 1.25 times the input price, 2 times for the 1-hour cache, and pays only if another
call reads it. Here every item is written and none is read.

**Example.**

```python
for document in documents:
    client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=300,
        messages=[{"role": "user", "content": [
            {"type": "text", "text": document, "cache_control": {"type": "ephemeral"}},
            {"type": "text", "text": "Summarise this."},
        ]}],
    )
```

**Use instead.** The mark on what the calls share, or none:

```python
system = [{"type": "text", "text": HANDBOOK, "cache_control": {"type": "ephemeral"}}]
```

**Fix safety.** There is no automatic fix: where the mark belongs is for you to judge.

**Suppression.** `# claude-lint: ignore[CL111]` on the reported line or the first line of the call.

**References.** [Prompt caching](https://platform.claude.com/docs/en/build-with-claude/prompt-caching).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from claude_lint.findings import Confidence, Finding, Severity, Step
from claude_lint.request import ANSWERED
from claude_lint.rule import Invalid, Rule

from otel_claude.api_facts import WRITE_MULTIPLIER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_lint.request import Request
    from claude_lint.rule import Context

CODE: Final = "CL111"
NAME: Final = "one-shot-breakpoint"


def check(request: Request, context: Context) -> Iterator[Finding]:  # noqa: ARG001
    """At most one finding: at the first breakpoint whose prefix holds the item of the turn."""
    loop = request.around.loop
    if request.method not in ANSWERED or loop is None or loop.kind == "while" or loop.carried:
        return
    if not request.around.alone:
        return
    for mark in request.breakpoints:
        item = next((piece for piece in request.pieces[: mark.piece + 1] if piece.varies), None)
        if item is None or mark.automatic or not mark.certain:
            continue
        yield Finding(
            CODE,
            NAME,
            Severity.WARNING,
            Confidence.MEDIUM,
            f"The breakpoint on `{request.pieces[mark.piece].path}` caches what only this turn of the loop sends: each "
            f"turn pays {WRITE_MULTIPLIER[mark.ttl]} times the input price to write it, and none reads it. Put the "
            "mark on what the turns share, or drop it.",
            mark.place,
            request.call,
            (
                Step(loop.place, "one call for each item"),
                Step(item.place, "the item enters the prompt"),
                Step(mark.place, "and is cached here"),
            ),
        )
        return


RULE: Final = Rule(
    code=CODE,
    name=NAME,
    summary="A cache breakpoint on a prefix that is sent once.",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    check=check,
    docs=__doc__ or "",
    valid=(
        # Several questions about each document.
        """
import anthropic
def ask_all(client: anthropic.Anthropic, documents, questions):
    for document in documents:
        for question in questions:
            client.messages.create(
                model="claude-haiku-5-5", max_tokens=300,
                messages=[{"role": "user", "content": [
                    {"type": "text", "text": document, "cache_control": {"type": "ephemeral"}},
                    {"type": "text", "text": question}]}])
""",
        # Two calls about each document.
        """
import anthropic
def ask_all(client: anthropic.Anthropic, documents):
    for document in documents:
        block = {"type": "text", "text": document, "cache_control": {"type": "ephemeral"}}
        for_all = dict(model="claude-haiku-5-5", max_tokens=300)
        client.messages.create(**for_all, messages=[{"role": "user", "content": [block, "A?"]}])
        client.messages.create(**for_all, messages=[{"role": "user", "content": [block, "B?"]}])
""",
        # The mark is on what the turns share.
        """
import anthropic
def ask_all(client: anthropic.Anthropic, handbook, questions):
    for question in questions:
        client.messages.create(
            model="claude-haiku-5-5", max_tokens=300,
            system=[{"type": "text", "text": handbook, "cache_control": {"type": "ephemeral"}}],
            messages=[{"role": "user", "content": question}])
""",
        # Two helpers about each document.
        """
import anthropic
client = anthropic.Anthropic()
def block(document):
    return {"type": "text", "text": document, "cache_control": {"type": "ephemeral"}}
def summary(document):
    return client.messages.create(model="claude-haiku-5-5", max_tokens=300, messages=[
        {"role": "user", "content": [block(document), {"type": "text", "text": "Summarise."}]}])
def title(document):
    return client.messages.create(model="claude-haiku-5-5", max_tokens=30, messages=[
        {"role": "user", "content": [block(document), {"type": "text", "text": "Give a title."}]}])
for document in open("documents.txt"):
    print(title(document), summary(document))
""",
        # A conversation.
        """
import anthropic
def talk(client: anthropic.Anthropic, questions):
    messages = []
    for question in questions:
        messages.append({"role": "user", "content": [
            {"type": "text", "text": question, "cache_control": {"type": "ephemeral"}}]})
        reply = client.messages.create(model="claude-haiku-5-5", max_tokens=300, messages=messages)
        messages.append({"role": "assistant", "content": reply.content})
""",
        # A retry is no turn.
        """
import anthropic
def ask(client: anthropic.Anthropic, document):
    for attempt in range(3):
        try:
            return client.messages.create(
                model="claude-haiku-5-5", max_tokens=300, messages=[{"role": "user", "content": [
                    {"type": "text", "text": document + str(attempt), "cache_control": {"type": "ephemeral"}}]}])
        except anthropic.APIError:
            pass
""",
    ),
    invalid=(
        Invalid(
            """
import anthropic
def summarise_all(client: anthropic.Anthropic, documents):
    for document in documents:
        client.messages.create(
            model="claude-haiku-5-5",
            max_tokens=300,
            messages=[{"role": "user", "content": [
                {"type": "text", "text": document, "cache_control": {"type": "ephemeral"}},
                {"type": "text", "text": "Summarise this."},
            ]}],
        )
""",
            line=9,
            chain=(4, 9, 9),
            message="none reads it",
        ),
        # The loop is a caller's.
        Invalid(
            """
import anthropic
client = anthropic.Anthropic()
def minutes(transcript):
    block = {"type": "text", "text": f"Write the minutes of {transcript}", "cache_control": {"type": "ephemeral"}}
    return client.messages.create(model="claude-opus-5-5", max_tokens=900,
                                  messages=[{"role": "user", "content": [block]}])
def all_minutes(transcripts):
    return {name: minutes(text) for name, text in transcripts.items()}
""",
            line=5,
            message="none reads it",
        ),
        Invalid(
            """
import anthropic
def label_all(client: anthropic.Anthropic, rows, rules):
    return [
        client.messages.create(
            model="claude-haiku-5-5", max_tokens=5,
            system=[{"type": "text", "text": f"{rules} {row.category}", "cache_control": {"type": "ephemeral"}}],
            messages=[{"role": "user", "content": row.text}])
        for row in rows
    ]
""",
            line=7,
        ),
        Invalid(
            """
import anthropic
from pathlib import Path
def summarise_all(client: anthropic.Anthropic, folder: Path):
    for path in sorted(folder.glob("*.txt")):
        text = path.read_text()
        block = {"type": "text", "text": f"<document>{text}</document>"}
        block["cache_control"] = {"type": "ephemeral", "ttl": "1h"}
        client.messages.create(
            model="claude-haiku-5-5", max_tokens=300,
            messages=[{"role": "user", "content": [block, {"type": "text", "text": "Summarise this."}]}])
""",
            line=8,
            message="2 times the input price",
        ),
    ),
)
