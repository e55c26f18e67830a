"""The results of a batch, read as if every request had succeeded.

**What it finds.** A loop over `messages.batches.results` that reads `result.message` and never looks at the result's
`type`.

**Why it costs.** A request of a batch can also end as `errored`, `canceled` or `expired`, and then has no message: the
loop stops with `AttributeError` at the first such record. The batch has been paid for, and the results behind that
record are not read.

**Example.**

```python
for entry in client.messages.batches.results(batch.id):
    save(entry.custom_id, entry.result.message)
```

**Use instead.** A look at the type:

```python
for entry in client.messages.batches.results(batch.id):
    if entry.result.type == "succeeded":
        save(entry.custom_id, entry.result.message)
    else:
        failed.append(entry.custom_id)
```

**Fix safety.** There is no automatic fix: what to do with a request that failed is for you to say.

**Suppression.** `# claude-lint: ignore[CL406]` on the reported line or the first line of the call.

**References.** [Batch processing](https://platform.claude.com/docs/en/build-with-claude/batch-processing).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from claude_lint.findings import Confidence, Finding, Severity, Step
from claude_lint.rule import Invalid, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_lint.request import Request
    from claude_lint.rule import Context

CODE: Final = "CL406"
NAME: Final = "unchecked-batch-result"


def check(request: Request, context: Context) -> Iterator[Finding]:  # noqa: ARG001
    """At most one finding, where the message is read."""
    place = request.around.unchecked
    if request.method != "batch_results" or place is None:
        return
    yield Finding(
        CODE,
        NAME,
        Severity.WARNING,
        Confidence.HIGH,
        "`.message` is read without a look at the result's `type`: a request that errored, expired or was canceled has "
        "none, and the loop stops there. Check for `succeeded` first.",
        place,
        request.call,
        (Step(request.call, "the results"), Step(place, "are read here")),
    )


RULE: Final = Rule(
    code=CODE,
    name=NAME,
    summary="The results of a batch, read as if every request had succeeded.",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    check=check,
    docs=__doc__ or "",
    valid=(
        """
import anthropic
client = anthropic.Anthropic()
def collect(batch_id):
    return {entry.custom_id: entry.result.message for entry in client.messages.batches.results(batch_id)
            if entry.result.type == "succeeded"}
""",
        """
import anthropic
client = anthropic.Anthropic()
def collect(batch_id, save):
    for entry in client.messages.batches.results(batch_id):
        match entry.result.type:
            case "succeeded":
                save(entry.result.message)
            case _:
                print(entry.custom_id)
""",
        # Something else looks at it.
        """
import anthropic
client = anthropic.Anthropic()
def collect(batch_id, is_good):
    for entry in client.messages.batches.results(batch_id):
        if is_good(entry.result):
            print(entry.result.message)
""",
        """
import anthropic
client = anthropic.Anthropic()
def collect(batch_id):
    return list(client.messages.batches.results(batch_id))
""",
    ),
    invalid=(
        Invalid(
            """
import anthropic
client = anthropic.Anthropic()
def collect(batch_id, save):
    for entry in client.messages.batches.results(batch_id):
        save(entry.custom_id, entry.result.message)
""",
            line=6,
            chain=(5, 6),
            message="`succeeded`",
        ),
        Invalid(
            """
import anthropic
client = anthropic.Anthropic()
def collect(batch_id):
    return {entry.custom_id: entry.result.message.content[0].text
            for entry in client.messages.batches.results(batch_id)}
""",
            line=5,
        ),
        Invalid(
            """
import anthropic
async def collect(client: anthropic.AsyncAnthropic, batch_id):
    results = await client.messages.batches.results(batch_id)
    async for entry in results:
        print(entry.result.message.usage)
""",
            line=6,
        ),
    ),
)
