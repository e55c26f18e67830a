"""A cache breakpoint on a block that cannot have one.

**What it finds.** A `cache_control` mark on a thinking block or on an empty text block.

**Why it costs.** The API answers with 400. Thinking blocks are cached as part of the prefix of a later breakpoint, and
need no mark of their own.

**Example.**

```python
{"type": "text", "text": "", "cache_control": {"type": "ephemeral"}}
```

**Use instead.** The mark on the last block with content:

```python
{"type": "text", "text": HANDBOOK, "cache_control": {"type": "ephemeral"}}
```

**Fix safety.** There is no automatic fix: where the mark belongs is for you to judge.

**Suppression.** `# claude-lint: ignore[CL108]` on the reported line or the first line of the call.

**References.** [Prompt caching](https://platform.claude.com/docs/en/build-with-claude/prompt-caching).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from claude_lint.findings import Confidence, Finding, Severity, Step
from claude_lint.rule import Invalid, Rule

from otel_claude.api_facts import UNCACHEABLE_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_lint.request import Piece, Request
    from claude_lint.rule import Context

CODE: Final = "CL108"
NAME: Final = "uncacheable-block"


def check(request: Request, context: Context) -> Iterator[Finding]:  # noqa: ARG001
    """One finding for each such mark, at the mark."""
    for mark in request.breakpoints:
        piece = request.pieces[mark.piece]
        if mark.automatic or not (piece.kind in UNCACHEABLE_KINDS or is_empty(piece)):
            continue
        what = f"a {piece.kind} block" if piece.kind in UNCACHEABLE_KINDS else "an empty text block"
        yield Finding(
            CODE,
            NAME,
            Severity.ERROR,
            Confidence.HIGH if mark.certain else Confidence.MEDIUM,
            f"The breakpoint on `{piece.path}` is on {what}: the API answers with 400. Put it on the block before.",
            mark.place,
            request.call,
            (Step(mark.place, "the mark is set here"), Step(request.call, "and sent here")),
        )


def is_empty(piece: Piece) -> bool:
    """Whether a piece is a text block that is known to hold nothing."""
    return piece.kind == "text" and all(segment.text == "" for segment in piece.segments)


RULE: Final = Rule(
    code=CODE,
    name=NAME,
    summary="A cache breakpoint on a thinking block or an empty text.",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    check=check,
    docs=__doc__ or "",
    valid=(
        # The text is not known.
        """
import anthropic
def ask(text, messages):
    return anthropic.Anthropic().messages.create(
        model="claude-opus-5-5", max_tokens=300, messages=messages,
        system=[{"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}])
""",
        # A thinking block without a mark, in front of one with.
        """
import anthropic
def ask(thought, text, question):
    return anthropic.Anthropic().messages.create(
        model="claude-opus-5-5", max_tokens=300,
        messages=[{"role": "user", "content": question}, {"role": "assistant", "content": [
            {"type": "thinking", "thinking": thought, "signature": ""},
            {"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}]},
            {"role": "user", "content": "Go on."}])
""",
        # Empty, and not marked.
        """
import anthropic
def ask(question):
    return anthropic.Anthropic().messages.create(
        model="claude-opus-5-5", max_tokens=300, system=[{"type": "text", "text": ""}],
        messages=[{"role": "user", "content": question}])
""",
    ),
    invalid=(
        Invalid(
            """
import anthropic
def ask(thought, question):
    return anthropic.Anthropic().messages.create(
        model="claude-opus-5-5", max_tokens=300,
        messages=[{"role": "user", "content": question}, {"role": "assistant", "content": [
            {"type": "thinking", "thinking": thought, "signature": "", "cache_control": {"type": "ephemeral"}}]},
            {"role": "user", "content": "Go on."}])
""",
            line=7,
            message="thinking block",
        ),
        Invalid(
            """
import anthropic
SYSTEM = ""
def ask(question):
    return anthropic.Anthropic().messages.create(
        model="claude-opus-5-5", max_tokens=300, messages=[{"role": "user", "content": question}],
        system=[{"type": "text", "text": SYSTEM, "cache_control": {"type": "ephemeral"}}])
""",
            line=7,
            chain=(7, 5),
            message="empty text block",
        ),
        Invalid(
            """
import anthropic
def ask(question):
    block = {"type": "text", "text": ""}
    block["cache_control"] = {"type": "ephemeral"}
    return anthropic.Anthropic().messages.create(
        model="claude-opus-5-5", max_tokens=300, system=[block], messages=[{"role": "user", "content": question}])
""",
            line=5,
        ),
    ),
)
