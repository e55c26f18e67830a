"""The same document in each call of a loop, uncached.

**What it finds.** A loop that asks one question after the other, each with the same document block (a PDF or a text
document) and no cache breakpoint. That the document stays the same must be plain: it is made before the loop, or from
nothing that the loop sets.

**Why it costs.** A page of PDF has 1,500 to 3,000 tokens. Each call pays the full input price for the whole document;
cached, the first pays 1.25 times as much for it, and each later one a tenth or less.

**Example.**

```python
for question in questions:
    content = [{"type": "document", "source": pdf}, {"type": "text", "text": question}]
    client.messages.create(model=MODEL, max_tokens=300, messages=[{"role": "user", "content": content}])
```

**Use instead.** A mark on the document, in front of the question:

```python
content = [
    {"type": "document", "source": pdf, "cache_control": {"type": "ephemeral"}},
    {"type": "text", "text": question},
]
```

**Fix safety.** There is no automatic fix.

**Suppression.** `# claude-lint: ignore[CL405]` on the reported line or the first line of the call.

**References.** [Prompt caching](https://platform.claude.com/docs/en/build-with-claude/prompt-caching),
[PDF support](https://platform.claude.com/docs/en/build-with-claude/pdf-support).
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

CODE: Final = "CL405"
NAME: Final = "resent-document"


def check(request: Request, context: Context) -> Iterator[Finding]:  # noqa: ARG001
    """At most one finding, at the document."""
    loop = request.around.loop
    if request.method not in ANSWERED or request.breakpoints or loop is None or loop.carried:
        return
    if request.argument("cache_control").presence is not Presence.ABSENT:
        return
    earlier_varies = False
    for piece in request.pieces:
        if piece.kind == "document" and piece.varies is False and not earlier_varies:
            yield Finding(
                CODE,
                NAME,
                Severity.WARNING,
                Confidence.MEDIUM,
                f"`{piece.path}` is the same document in every turn of the loop, and nothing caches it: each call "
                "pays the full input price for all of it. Mark it with `cache_control`.",
                piece.place,
                request.call,
                (Step(loop.place, "each turn"), Step(request.call, "sends it again")),
            )
            return
        earlier_varies = earlier_varies or piece.varies is not False


RULE: Final = Rule(
    code=CODE,
    name=NAME,
    summary="The same document in each call of a loop, uncached.",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    check=check,
    docs=__doc__ or "",
    valid=(
        # Cached.
        """
import anthropic
def ask_all(client: anthropic.Anthropic, pdf, questions):
    for question in questions:
        client.messages.create(model="claude-opus-5-5", max_tokens=300, messages=[{"role": "user", "content": [
            {"type": "document", "source": pdf, "cache_control": {"type": "ephemeral"}},
            {"type": "text", "text": question}]}])
""",
        # Another document each time.
        """
import anthropic, base64
def summarise_all(client: anthropic.Anthropic, paths):
    for path in paths:
        data = base64.b64encode(path.read_bytes()).decode()
        source = {"type": "base64", "media_type": "application/pdf", "data": data}
        client.messages.create(model="claude-opus-5-5", max_tokens=300, messages=[{"role": "user", "content": [
            {"type": "document", "source": source}, {"type": "text", "text": "Summarise this."}]}])
""",
        # A conversation about one.
        """
import anthropic
def talk(client: anthropic.Anthropic, pdf, questions):
    messages = [{"role": "user", "content": [{"type": "document", "source": pdf}]}]
    for question in questions:
        messages.append({"role": "user", "content": question})
        reply = client.messages.create(model="claude-opus-5-5", max_tokens=300, messages=messages)
        messages.append({"role": "assistant", "content": reply.content})
""",
        # A retry sends the same by nature.
        """
import anthropic
def ask(client: anthropic.Anthropic, pdf):
    for attempt in range(3):
        try:
            return client.messages.create(
                model="claude-opus-5-5", max_tokens=300,
                messages=[{"role": "user", "content": [{"type": "document", "source": pdf}]}])
        except anthropic.APIError:
            pass
""",
    ),
    invalid=(
        Invalid(
            """
import anthropic
def ask_all(client: anthropic.Anthropic, pdf, questions):
    for question in questions:
        client.messages.create(
            model="claude-opus-5-5",
            max_tokens=300,
            messages=[{"role": "user", "content": [
                {"type": "document", "source": pdf},
                {"type": "text", "text": question},
            ]}],
        )
""",
            line=9,
            chain=(4, 5),
            message="messages[0].content[0]",
        ),
        Invalid(
            """
import anthropic, base64
def ask_all(client: anthropic.Anthropic, path, questions):
    data = base64.b64encode(path.read_bytes()).decode()
    document = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": data}}
    return [
        client.messages.create(
            model="claude-opus-5-5", max_tokens=300,
            messages=[{"role": "user", "content": [document, {"type": "text", "text": question}]}])
        for question in questions
    ]
""",
            line=5,
        ),
        Invalid(
            """
import anthropic
def ask_all(client: anthropic.Anthropic, contract, clauses):
    for number, clause in enumerate(clauses):
        content = [{"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": contract}}]
        content.append({"type": "text", "text": f"{number}. Is this allowed? {clause}"})
        client.messages.create(
            model="claude-opus-5-5", max_tokens=300, messages=[{"role": "user", "content": content}])
""",
            line=5,
        ),
    ),
)
