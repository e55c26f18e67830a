"""A call outside any `feature` or `task`.

**What it finds.** A call with neither `otel_claude.feature` nor `otel_claude.task` around it, as a decorator or a
`with` block, in its function or in the functions of the file that lead to it. Off by default: it is for projects that
tag all their calls, and a tag that is set in another file is not seen.

**Why it costs.** What the call costs shows up in the report under no feature.

**Example.**

```python
def answer(question):
    return client.messages.create(model=MODEL, max_tokens=300, messages=messages(question))
```

**Use instead.** A tag:

```python
@feature("support-answer")
def answer(question):
    return client.messages.create(model=MODEL, max_tokens=300, messages=messages(question))
```

**Fix safety.** There is no automatic fix: the name is yours to give.

**Suppression.** `# claude-lint: ignore[CL501]` on the reported line or the first line of the call.

**References.** [Attributes](https://opentelemetry.io/docs/specs/semconv/gen-ai/).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from claude_lint.findings import Confidence, Finding, Severity
from claude_lint.request import ANSWERED
from claude_lint.rule import Invalid, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_lint.request import Request
    from claude_lint.rule import Context

CODE: Final = "CL501"
NAME: Final = "untagged-call"


def check(request: Request, context: Context) -> Iterator[Finding]:  # noqa: ARG001
    """At most one finding, at the call."""
    if request.method in ANSWERED and not request.around.tagged:
        message = "No `feature` or `task` is around this call: its cost is reported under none. Tag it."
        yield Finding(CODE, NAME, Severity.INFO, Confidence.LOW, message, request.call, request.call)


RULE: Final = Rule(
    code=CODE,
    name=NAME,
    summary="A call outside any `feature` or `task`.",
    severity=Severity.INFO,
    confidence=Confidence.LOW,
    check=check,
    docs=__doc__ or "",
    default=False,
    valid=(
        """
import anthropic
from otel_claude import feature
@feature("answer")
def ask(question):
    return anthropic.Anthropic().messages.create(model="claude-haiku-5-5", max_tokens=10, messages=[])
""",
        """
import anthropic, otel_claude
def ask(question):
    with otel_claude.feature("answer"), otel_claude.task("draft"):
        return anthropic.Anthropic().messages.create(model="claude-haiku-5-5", max_tokens=10, messages=[])
""",
        # In the function that leads to it.
        """
import anthropic, otel_claude
def answer(question):
    with otel_claude.feature("answer"):
        return send(question)
def send(question):
    return anthropic.Anthropic().messages.create(model="claude-haiku-5-5", max_tokens=10, messages=[])
""",
        # Counting is free.
        """
import anthropic
def count(messages):
    return anthropic.Anthropic().messages.count_tokens(model="claude-haiku-5-5", messages=messages)
""",
    ),
    invalid=(
        Invalid(
            """
import anthropic
def ask(question):
    return anthropic.Anthropic().messages.create(model="claude-haiku-5-5", max_tokens=10, messages=[])
""",
            line=4,
        ),
        Invalid(
            """
import anthropic
from otel_claude import feature
@feature("answer")
def ask(question):
    return question
def other(client: anthropic.Anthropic, messages):
    with open("log") as log:
        return client.messages.create(model="claude-haiku-5-5", max_tokens=10, messages=messages)
""",
            line=9,
        ),
        Invalid(
            """
import anthropic
client = anthropic.AsyncAnthropic()
async def ask(messages):
    async with client.messages.stream(model="claude-haiku-5-5", max_tokens=10, messages=messages) as stream:
        return await stream.get_final_message()
""",
            line=5,
        ),
    ),
)
