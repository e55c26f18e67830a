"""A prompt that asks for a short answer without saying how short.

**What it finds.** "Be concise", "keep it short" and the like in the instructions of a prompt that gives no number of
words, sentences, lines or items. Off by default: many prompts say so for the tone, and it does no harm.

**Why it costs.** Output tokens cost five times as much as input tokens, and a model that is told to be brief decides
for itself what that is. A number is followed closely enough to plan with.

**Example.**

```python
system = "Answer the question. Be concise."
```

**Use instead.** A number, and a `max_tokens` that fits it:

```python
system = "Answer the question in at most three sentences."
```

**Fix safety.** There is no automatic fix: only you know how long an answer may be.

**Suppression.** `# claude-lint: ignore[CL204]` on the reported line or the first line of the call.

**References.** [Reducing latency](https://platform.claude.com/docs/en/test-and-evaluate/strengthen-guardrails/reduce-latency).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from claude_lint.findings import Confidence, Finding, Severity, Step
from claude_lint.request import ANSWERED, Stability
from claude_lint.rule import Invalid, Rule

from claude_rules.wording import instructions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_lint.request import Request
    from claude_lint.rule import Context

CODE: Final = "CL204"
NAME: Final = "vague-length-instruction"
VAGUE: Final = (
    r"(?i)\b(be|stay|remain) (very |as )?(concise|brief|short|succinct)\b"
    r"|\bkeep (it|your (answer|answers|response|responses|reply|replies)) (very )?(concise|brief|short|succinct)\b"
    r"|\bas (short|brief|concise) as (possible|you can)\b"
    r"|\b(answer|respond|reply) (concisely|briefly|succinctly)\b"
)
LIMIT: Final = (
    r"(?i)\b(\d+|one|two|three|four|five|six|ten|a single|a few)( \w+)? "
    r"(words?|sentences?|lines?|paragraphs?|bullets?|items?|characters?|tokens?)\b"
)


def check(request: Request, context: Context) -> Iterator[Finding]:  # noqa: ARG001
    """At most one finding, where the words stand."""
    if request.method not in ANSWERED or any(re.search(LIMIT, text) for text in instructions(request)):
        return
    for piece in request.pieces:
        if piece.part == "tools" or piece.role == "assistant":
            continue
        for segment in piece.segments:
            found = re.search(VAGUE, segment.text or "") if segment.stability is Stability.CONSTANT else None
            if found is None:
                continue
            yield Finding(
                CODE,
                NAME,
                Severity.INFO,
                Confidence.MEDIUM,
                f'"{found[0]}" leaves the length to the model. Give a number of words or sentences: output tokens are '
                "the dearest.",
                segment.place,
                request.call,
                (Step(segment.place, "it is asked for here"), Step(request.call, "and sent here")),
            )
            return


RULE: Final = Rule(
    code=CODE,
    name=NAME,
    summary="A prompt that asks for a short answer without saying how short.",
    severity=Severity.INFO,
    confidence=Confidence.MEDIUM,
    check=check,
    docs=__doc__ or "",
    default=False,
    valid=(
        """
import anthropic
def ask(question):
    return anthropic.Anthropic().messages.create(
        model="claude-haiku-5-5", max_tokens=300, system="Be concise: at most three sentences.",
        messages=[{"role": "user", "content": question}])
""",
        # In the material, not in the instructions.
        """
import anthropic
def ask(question):
    return anthropic.Anthropic().messages.create(
        model="claude-haiku-5-5", max_tokens=300, system="You are a kind teacher.",
        messages=[{"role": "user", "content": question}, {"role": "assistant", "content": "I will be concise."}])
""",
        """
import anthropic
def ask(system, question):
    return anthropic.Anthropic().messages.create(
        model="claude-haiku-5-5", max_tokens=300, system=system, messages=[{"role": "user", "content": question}])
""",
    ),
    invalid=(
        Invalid(
            """
import anthropic
def tip(plant):
    return anthropic.Anthropic().messages.create(
        model="claude-haiku-5-5", max_tokens=2000,
        messages=[{"role": "user", "content": f"How do I water a {plant}? Keep it as short as possible."}])
""",
            line=6,
            message='"as short as possible"',
        ),
        Invalid(
            """
import anthropic
def ask(question):
    return anthropic.Anthropic().messages.create(
        model="claude-haiku-5-5", max_tokens=300, system="You are a kind teacher. Be concise.",
        messages=[{"role": "user", "content": question}])
""",
            line=5,
            message='"Be concise"',
        ),
        Invalid(
            """
import anthropic
TONE = "Keep your answers short."
def ask(client: anthropic.Anthropic, question):
    return client.messages.create(
        model="claude-haiku-5-5", max_tokens=300, system=[{"type": "text", "text": "You teach. " + TONE}],
        messages=[{"role": "user", "content": question}])
""",
            line=3,
            chain=(3, 5),
        ),
        Invalid(
            """
import anthropic
def ask(text):
    return anthropic.Anthropic().messages.create(
        model="claude-haiku-5-5", max_tokens=300,
        messages=[{"role": "user", "content": f"Answer briefly: what is this about?\\n{text}"}])
""",
            line=6,
        ),
    ),
)
