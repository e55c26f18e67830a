"""More cache breakpoints than the API takes.

**What it finds.** A request with more than four `cache_control` marks in its tools, system prompt and messages, the
top-level `cache_control` included. Also a mark on every block of a list of any length, as a comprehension or a loop
sets it: it holds as long as the list is short.

**Why it costs.** The API answers with 400. Where the marks grow with the data, the first long list or the first turn
with several tool results fails in production.

**Example.**

```python
content = [{"type": "text", "text": page, "cache_control": {"type": "ephemeral"}} for page in pages]
```

**Use instead.** A mark on the last block: it caches everything before it.

```python
content = [{"type": "text", "text": page} for page in pages]
content[-1]["cache_control"] = {"type": "ephemeral"}
```

**Fix safety.** There is no automatic fix: which marks to keep is for you to judge.

**Suppression.** `# claude-lint: ignore[CL106]` on the reported line or the first line of the call.

**References.** [Prompt caching](https://platform.claude.com/docs/en/build-with-claude/prompt-caching).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from claude_lint.findings import Confidence, Finding, Severity, Step
from claude_lint.rule import Invalid, Rule

from otel_claude.api_facts import MAX_BREAKPOINTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_lint.request import Request
    from claude_lint.rule import Context

CODE: Final = "CL106"
NAME: Final = "too-many-breakpoints"


def check(request: Request, context: Context) -> Iterator[Finding]:  # noqa: ARG001
    """At most one finding: at the first mark too many, or at the mark that is set on any number of blocks."""
    certain = [mark for mark in request.breakpoints if mark.certain]
    growing = [mark for mark in request.breakpoints if mark.many]
    if len(certain) > MAX_BREAKPOINTS:
        mark = certain[MAX_BREAKPOINTS]
        message = f"{len(certain)} breakpoints, and the API takes {MAX_BREAKPOINTS}: the call fails with 400."
        severity, confidence = Severity.ERROR, Confidence.HIGH
    elif growing:
        mark = growing[0]
        message = (
            f"A breakpoint on each of any number of blocks (`{request.pieces[mark.piece].path}`): from "
            f"{MAX_BREAKPOINTS + 1 - len(certain)} blocks on the call fails with 400."
        )
        severity, confidence = Severity.WARNING, Confidence.MEDIUM
    else:
        return
    yield Finding(
        CODE,
        NAME,
        severity,
        confidence,
        f"{message} One on the last block that stays the same caches all before it.",
        mark.place,
        request.call,
        (Step(mark.place, "the mark is set here"), Step(request.call, "and sent here")),
    )


RULE: Final = Rule(
    code=CODE,
    name=NAME,
    summary="More cache breakpoints than the API takes.",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    check=check,
    ways=frozenset({"sdk", "http", "bedrock"}),
    docs=__doc__ or "",
    valid=(
        # Four.
        """
import anthropic
MARK = {"type": "ephemeral"}
def ask(a, b, c, d):
    return anthropic.Anthropic().messages.create(
        model="claude-opus-5-5", max_tokens=300,
        system=[{"type": "text", "text": a, "cache_control": MARK}, {"type": "text", "text": b, "cache_control": MARK}],
        messages=[{"role": "user", "content": [
            {"type": "text", "text": c, "cache_control": MARK}, {"type": "text", "text": d, "cache_control": MARK}]}])
""",
        # One on the last of any number of blocks.
        """
import anthropic
def ask(pages):
    content = [{"type": "text", "text": page} for page in pages]
    content.append({"type": "text", "text": "Summarise.", "cache_control": {"type": "ephemeral"}})
    return anthropic.Anthropic().messages.create(
        model="claude-opus-5-5", max_tokens=300, messages=[{"role": "user", "content": content}])
""",
        # A mark that a helper sets on the last block only.
        """
import anthropic
def mark(use):
    return {"type": "ephemeral"} if use else None
def ask(parts):
    last = len(parts) - 1
    content = [{"type": "text", "text": part, "cache_control": mark(index == last)} for index, part in enumerate(parts)]
    return anthropic.Anthropic().messages.create(
        model="claude-opus-5-5", max_tokens=300, messages=[{"role": "user", "content": content}])
""",
        # On the newest of any number of turns.
        """
import anthropic
def ask(turns):
    result, seen = [], 0
    for turn in reversed(turns):
        if seen < 1:
            result.append({"role": "user", "content": [
                {"type": "text", "text": turn, "cache_control": {"type": "ephemeral"}}]})
            seen += 1
        else:
            result.append({"role": "user", "content": [{"type": "text", "text": turn}]})
    return anthropic.Anthropic().messages.create(
        model="claude-opus-5-5", max_tokens=300, messages=list(reversed(result)))
""",
        # On one turn of what is given.
        """
import anthropic
def ask(messages):
    for message in messages:
        if message is messages[-1]:
            message["content"][-1]["cache_control"] = {"type": "ephemeral"}
    return anthropic.Anthropic().messages.create(model="claude-opus-5-5", max_tokens=300, messages=messages)
""",
        """
import anthropic
def ask(messages):
    for message in messages:
        message["content"][-1]["cache_control"] = {"type": "ephemeral"}
        break
    return anthropic.Anthropic().messages.create(model="claude-opus-5-5", max_tokens=300, messages=messages)
""",
        # One or the other.
        """
import anthropic
MARK = {"type": "ephemeral"}
def ask(long, parts):
    one = [{"type": "text", "text": p, "cache_control": MARK} for p in ("a", "b")]
    system = one if long else [{"type": "text", "text": "c", "cache_control": MARK}]
    return anthropic.Anthropic().messages.create(
        model="claude-opus-5-5", max_tokens=300, system=[{"type": "text", "text": "c", "cache_control": MARK}],
        messages=[{"role": "user", "content": parts}])
""",
    ),
    invalid=(
        # A helper that marks every turn of what it is given.
        Invalid(
            """
import anthropic
def ask(messages):
    for message in messages:
        message["content"][-1]["cache_control"] = {"type": "ephemeral"}
    return anthropic.Anthropic().messages.create(model="claude-opus-5-5", max_tokens=300, messages=messages)
""",
            line=5,
            message="any number of blocks",
        ),
        # A helper that marks every block.
        Invalid(
            """
import anthropic
def mark_all(blocks):
    for block in blocks:
        block["cache_control"] = {"type": "ephemeral"}
def answer(results, question):
    content = [{"type": "tool_result", "tool_use_id": one.id, "content": one.text} for one in results]
    mark_all(content)
    return anthropic.Anthropic().messages.create(
        model="claude-opus-5-5", max_tokens=300, messages=[{"role": "user", "content": content}])
""",
            line=5,
            message="any number of blocks",
        ),
        Invalid(
            """
import anthropic
MARK = {"type": "ephemeral"}
def ask(a, b, c, d, e):
    return anthropic.Anthropic().messages.create(
        model="claude-opus-5-5",
        max_tokens=300,
        system=[{"type": "text", "text": a, "cache_control": MARK}, {"type": "text", "text": b, "cache_control": MARK}],
        messages=[{"role": "user", "content": [
            {"type": "text", "text": c, "cache_control": MARK},
            {"type": "text", "text": d, "cache_control": MARK},
            {"type": "text", "text": e, "cache_control": MARK},
        ]}],
    )
""",
            line=12,
            message="5 breakpoints",
        ),
        Invalid(
            """
import anthropic
def ask(pages):
    content = [{"type": "text", "text": page, "cache_control": {"type": "ephemeral"}} for page in pages]
    return anthropic.Anthropic().messages.create(
        model="claude-opus-5-5", max_tokens=300, messages=[{"role": "user", "content": content}])
""",
            line=4,
            chain=(4, 5),
            message="any number of blocks",
        ),
        Invalid(
            """
import anthropic
MARK = {"type": "ephemeral"}
def block(text):
    return {"type": "text", "text": text, "cache_control": MARK}
def ask(a, b, c, d, question):
    return anthropic.Anthropic().messages.create(
        model="claude-opus-5-5", max_tokens=300, cache_control=MARK,
        system=[block(a), block(b), block(c), block(d)], messages=[{"role": "user", "content": question}])
""",
            line=8,
            message="5 breakpoints",
        ),
    ),
)
