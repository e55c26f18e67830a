"""A batch that is asked after without a pause.

**What it finds.** A loop that calls `messages.batches.retrieve` and does not sleep, or sleeps less than ten seconds
each time. A pause that grows, and one that cannot be read, are left alone.

**Why it costs.** A batch takes minutes to hours. Asking is free but counts towards the rate limit of the Batches API,
which the next batch needs, and it keeps a process busy.

**Example.**

```python
while client.messages.batches.retrieve(batch.id).processing_status != "ended":
    pass
```

**Use instead.** A minute between questions:

```python
while client.messages.batches.retrieve(batch.id).processing_status != "ended":
    time.sleep(60)
```

**Fix safety.** There is no automatic fix: how long you can wait is for you to say.

**Suppression.** `# claude-lint: ignore[CL402]` on the reported line or the first line of the call.

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

CODE: Final = "CL402"
NAME: Final = "batch-poll-storm"
SHORTEST: Final = 10.0
"""Seconds between two questions that no batch makes too long."""


def check(request: Request, context: Context) -> Iterator[Finding]:  # noqa: ARG001
    """At most one finding, at the call."""
    loop = request.around.loop
    if request.method != "batch_retrieve" or loop is None or loop.kind != "while" or loop.pauses is None:
        return
    pause = sum(loop.pauses)
    if pause >= SHORTEST:
        return
    how = f"every {pause:g} s" if pause else "without a pause"
    yield Finding(
        CODE,
        NAME,
        Severity.INFO if pause else Severity.WARNING,
        Confidence.MEDIUM,
        f"The batch is asked after {how}, and takes minutes to hours: questions count towards the rate limit of the "
        "Batches API. Sleep a minute.",
        request.call,
        request.call,
        (Step(loop.place, "each turn"), Step(request.call, "asks")),
    )


RULE: Final = Rule(
    code=CODE,
    name=NAME,
    summary="A batch that is asked after without a pause.",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    check=check,
    docs=__doc__ or "",
    valid=(
        """
import anthropic, time
client = anthropic.Anthropic()
def wait(batch_id):
    while client.messages.batches.retrieve(batch_id).processing_status != "ended":
        time.sleep(60)
""",
        # It asks less and less often.
        """
import anthropic, time
client = anthropic.Anthropic()
def wait(batch_id):
    pause = 1
    while True:
        batch = client.messages.batches.retrieve(batch_id)
        if batch.processing_status == "ended":
            return batch
        time.sleep(pause)
        pause = min(pause * 2, 300)
""",
        # Each batch once.
        """
import anthropic
def show(client: anthropic.Anthropic, batch_ids):
    for batch_id in batch_ids:
        print(client.messages.batches.retrieve(batch_id).processing_status)
""",
        # Nobody knows how long it sleeps.
        """
import anthropic, asyncio
async def wait(client: anthropic.AsyncAnthropic, batch_id, pause):
    while True:
        batch = await client.messages.batches.retrieve(batch_id)
        if batch.processing_status == "ended":
            return batch
        await asyncio.sleep(pause)
""",
    ),
    invalid=(
        Invalid(
            """
import anthropic
client = anthropic.Anthropic()
def wait(batch_id):
    while client.messages.batches.retrieve(batch_id).processing_status != "ended":
        pass
""",
            line=5,
            message="without a pause",
        ),
        Invalid(
            """
import anthropic, time
def wait(client: anthropic.Anthropic, batch_id, pause=5):
    while True:
        batch = client.messages.batches.retrieve(batch_id)
        if batch.processing_status == "ended":
            return batch
        time.sleep(pause)
""",
            line=5,
            chain=(4, 5),
            message="every 5 s",
        ),
        Invalid(
            """
import anthropic, asyncio
async def wait(client: anthropic.AsyncAnthropic, batch):
    while batch.processing_status == "in_progress":
        await asyncio.sleep(0.5)
        batch = await client.beta.messages.batches.retrieve(batch.id)
""",
            line=6,
        ),
    ),
)
