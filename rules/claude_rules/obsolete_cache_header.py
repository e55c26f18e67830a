"""A beta header that nothing needs any more.

**What it finds.** Headers of what is generally available today, in `betas`, in an `anthropic-beta` header of the call
or of the client: prompt caching, the 1-hour cache, cache diagnostics, batches, PDF input and token counting.

**Why it costs.** The header does nothing. It keeps code on the `beta` methods, and it hides what turns caching on: a
`cache_control` mark.

**Example.**

```python
client.beta.messages.create(betas=["prompt-caching-2024-07-31"], model=model, max_tokens=1024, messages=messages)
```

**Use instead.** No header:

```python
client.messages.create(model=model, max_tokens=1024, messages=messages)
```

**Fix safety.** Safe: the fix takes the name out of the list, out of a header that names others too, or the header out
of a dict on one line that holds nothing else. Any other header that is left with nothing is for you to delete.

**Suppression.** `# claude-lint: ignore[CL109]` on the reported line or the first line of the call.

**References.** [Prompt caching](https://platform.claude.com/docs/en/build-with-claude/prompt-caching),
[Beta headers](https://platform.claude.com/docs/en/api/beta-headers).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from claude_lint.findings import Confidence, Finding, Fix, Severity, Step
from claude_lint.rule import Invalid, Rule

from otel_claude.api_facts import OBSOLETE_BETAS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_lint.request import Request
    from claude_lint.rule import Context

CODE: Final = "CL109"
NAME: Final = "obsolete-cache-header"


def check(request: Request, context: Context) -> Iterator[Finding]:  # noqa: ARG001
    """One finding for each such header, where it is written."""
    for beta in request.betas:
        feature = OBSOLETE_BETAS.get(beta.name)
        if feature is None:
            continue
        fix = Fix(f"Take out `{beta.name}`", "safe", (beta.removal,)) if beta.removal is not None else None
        yield Finding(
            CODE,
            NAME,
            Severity.INFO,
            Confidence.HIGH,
            f"`{beta.name}` does nothing: {feature} needs no beta header any more. Take it out.",
            beta.place,
            request.call,
            (Step(beta.place, "the header is named here"), Step(request.call, "and sent here")),
            fix,
        )


RULE: Final = Rule(
    code=CODE,
    name=NAME,
    summary="A beta header that nothing needs any more.",
    severity=Severity.INFO,
    confidence=Confidence.HIGH,
    check=check,
    docs=__doc__ or "",
    valid=(
        # A beta that is one.
        """
import anthropic
def ask(messages):
    return anthropic.Anthropic().beta.messages.create(
        betas=["compact-2026-01-12"], model="claude-opus-5-5", max_tokens=300, messages=messages)
""",
        # A list of headers that is not sent.
        """
import anthropic
OLD = ["prompt-caching-2024-07-31"]
def ask(messages, betas):
    return anthropic.Anthropic().beta.messages.create(
        betas=[beta for beta in betas if beta not in OLD], model="claude-opus-5-5", max_tokens=300, messages=messages)
""",
        # Another header.
        """
import anthropic
def ask(messages):
    return anthropic.Anthropic(default_headers={"x-team": "prompt-caching-2024-07-31"}).messages.create(
        model="claude-opus-5-5", max_tokens=300, messages=messages)
""",
    ),
    invalid=(
        Invalid(
            """
import anthropic
def ask(messages):
    return anthropic.Anthropic().beta.messages.create(
        betas=["prompt-caching-2024-07-31", "compact-2026-01-12"], model="claude-opus-5-5",
        max_tokens=300, messages=messages)
""",
            line=5,
            message="prompt caching",
            fixed="""
import anthropic
def ask(messages):
    return anthropic.Anthropic().beta.messages.create(
        betas=["compact-2026-01-12"], model="claude-opus-5-5",
        max_tokens=300, messages=messages)
""",
        ),
        Invalid(
            """
import anthropic
def ask(messages):
    return anthropic.Anthropic().beta.messages.create(
        betas=["extended-cache-ttl-2025-04-11"], model="claude-opus-5-5", max_tokens=300, messages=messages)
""",
            line=5,
            fixed="""
import anthropic
def ask(messages):
    return anthropic.Anthropic().beta.messages.create(
        betas=[], model="claude-opus-5-5", max_tokens=300, messages=messages)
""",
        ),
        Invalid(
            """
import anthropic
BETAS = "pdfs-2024-09-25,compact-2026-01-12"
def ask(messages):
    return anthropic.Anthropic().messages.create(
        model="claude-opus-5-5", max_tokens=300, messages=messages, extra_headers={"anthropic-beta": BETAS})
""",
            line=3,
            chain=(3, 5),
            fixed="""
import anthropic
BETAS = "compact-2026-01-12"
def ask(messages):
    return anthropic.Anthropic().messages.create(
        model="claude-opus-5-5", max_tokens=300, messages=messages, extra_headers={"anthropic-beta": BETAS})
""",
        ),
        Invalid(
            """
import anthropic
client = anthropic.Anthropic(default_headers={"anthropic-beta": "prompt-caching-2024-07-31"})
def ask(messages):
    return client.messages.create(model="claude-opus-5-5", max_tokens=300, messages=messages)
""",
            line=3,
            fixed="""
import anthropic
client = anthropic.Anthropic(default_headers={})
def ask(messages):
    return client.messages.create(model="claude-opus-5-5", max_tokens=300, messages=messages)
""",
        ),
        # A name for the header alone, which other code may use.
        Invalid(
            """
import anthropic
FLAG = "prompt-caching-2024-07-31"
def ask(messages):
    return anthropic.Anthropic().messages.create(
        model="claude-opus-5-5", max_tokens=300, messages=messages, extra_headers={"anthropic-beta": FLAG})
""",
            line=3,
        ),
    ),
)
