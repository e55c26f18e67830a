"""Cache lifetimes that do not fit: the order of TTLs, or the time between calls.

**What it finds.** A 1-hour breakpoint behind a 5-minute one. And a 5-minute breakpoint in a loop that sleeps longer
than that between its calls, or a 1-hour one where it sleeps longer than an hour, by sleeps that can be read; the same
in a function that a schedule runs.

**Why it costs.** The API wants longer TTLs first and answers the wrong order with 400. An entry that expires before the
next call is written again each time, at 1.25 or 2 times the input price, and never read.

**Example.**

```python
while True:
    client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=300,
        system=[{"type": "text", "text": HANDBOOK, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": report()}],
    )
    time.sleep(900)
```

**Use instead.** The TTL that outlives the pause, or no mark where none does:

```python
cache_control = {"type": "ephemeral", "ttl": "1h"}
```

**Fix safety.** There is no automatic fix: the pause may be what is wrong.

**Suppression.** `# claude-lint: ignore[CL107]` on the reported line or the first line of the call.

**References.** [Prompt caching](https://platform.claude.com/docs/en/build-with-claude/prompt-caching).
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from claude_lint.findings import Confidence, Finding, Severity, Step
from claude_lint.rule import Invalid, Rule

from otel_claude.api_facts import CACHE_SECONDS, WRITE_MULTIPLIER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_lint.request import Breakpoint, Request
    from claude_lint.rule import Context

CODE: Final = "CL107"
NAME: Final = "ttl-mismatch"


def check(request: Request, context: Context) -> Iterator[Finding]:  # noqa: ARG001
    """One finding for a wrong order, else one for a pause that is too long."""
    marks = [mark for mark in request.breakpoints if mark.certain]
    for before, mark in pairwise(marks):
        if (before.ttl, mark.ttl) == ("5m", "1h"):
            message = (
                "A 1-hour breakpoint behind a 5-minute one: the API wants longer TTLs first and answers with 400. "
                "Give the earlier one an hour too, or the later one 5 minutes."
            )
            yield _finding(request, mark, message, Severity.ERROR, Confidence.HIGH)
            return
    loop, schedule = request.around.loop, request.around.schedule
    if loop is not None and loop.pauses:
        pause, waits = sum(loop.pauses), f"The loop sleeps {sum(loop.pauses):,.0f} s between its calls"
    elif loop is None and schedule is not None:
        pause, waits = schedule.seconds, f"The schedule makes one call each {schedule.seconds:,.0f} s"
    else:
        return
    late = next((mark for mark in marks if pause >= CACHE_SECONDS[mark.ttl]), None)
    if late is not None:
        advice = (
            "A TTL of 1h outlives it."
            if pause < CACHE_SECONDS["1h"]
            else "No TTL outlives it: drop the mark."
        )
        message = (
            f"{waits}, and the cache lives {CACHE_SECONDS[late.ttl]:,} s: "
            f"each call pays {WRITE_MULTIPLIER[late.ttl]} times the input price to write it again. {advice}"
        )
        yield _finding(request, late, message, Severity.WARNING, Confidence.MEDIUM)


def _finding(
    request: Request, mark: Breakpoint, message: str, severity: Severity, confidence: Confidence
) -> Finding:
    chain = (Step(mark.place, "the TTL is set here"), Step(request.call, "and sent here"))
    return Finding(CODE, NAME, severity, confidence, message, mark.place, request.call, chain)


RULE: Final = Rule(
    code=CODE,
    name=NAME,
    summary="Cache lifetimes in the wrong order, or shorter than the time between calls.",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    check=check,
    docs=__doc__ or "",
    valid=(
        # Longer first.
        """
import anthropic
def ask(book, question):
    return anthropic.Anthropic().messages.create(
        model="claude-opus-5-5", max_tokens=300,
        system=[{"type": "text", "text": book, "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
        messages=[{"role": "user", "content": [
            {"type": "text", "text": question, "cache_control": {"type": "ephemeral"}}]}])
""",
        # The TTL of one is not known.
        """
import anthropic
def ask(book, question, ttl):
    return anthropic.Anthropic().messages.create(
        model="claude-opus-5-5", max_tokens=300,
        system=[{"type": "text", "text": book, "cache_control": {"type": "ephemeral", "ttl": ttl}}],
        messages=[{"role": "user", "content": [
            {"type": "text", "text": question, "cache_control": {"type": "ephemeral", "ttl": "1h"}}]}])
""",
        # Set on some paths only.
        """
import anthropic
def ask(book, question, tools, long):
    mark = {"type": "ephemeral"}
    if long:
        mark["ttl"] = "1h"
    return anthropic.Anthropic().messages.create(
        model="claude-opus-5-5", max_tokens=300, messages=[{"role": "user", "content": question}],
        tools=[{"name": "look_up", "input_schema": tools, "cache_control": {"type": "ephemeral"}}],
        system=[{"type": "text", "text": book, "cache_control": mark}])
""",
        # A pause that the cache outlives.
        """
import anthropic, time
def watch(book, read):
    client = anthropic.Anthropic()
    while True:
        client.messages.create(
            model="claude-opus-5-5", max_tokens=300,
            system=[{"type": "text", "text": book, "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
            messages=[{"role": "user", "content": read()}])
        time.sleep(900)
""",
        # Each run of the schedule makes several calls.
        """
import anthropic
from discord.ext import tasks
client = anthropic.Anthropic()
BOOK = open("book.md").read()
@tasks.loop(minutes=30)
async def report():
    for line in open("new.txt"):
        client.messages.create(
            model="claude-opus-5-5", max_tokens=300,
            system=[{"type": "text", "text": BOOK, "cache_control": {"type": "ephemeral"}}],
            messages=[{"role": "user", "content": line}])
""",
        # A schedule that the cache outlives.
        """
import anthropic, schedule
client = anthropic.Anthropic()
BOOK = open("book.md").read()
def report():
    client.messages.create(
        model="claude-opus-5-5", max_tokens=300,
        system=[{"type": "text", "text": BOOK, "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
        messages=[{"role": "user", "content": open("new.txt").read()}])
schedule.every(30).minutes.do(report)
""",
        # Nobody knows how long it sleeps.
        """
import anthropic, time
def watch(book, read, pause):
    client = anthropic.Anthropic()
    while True:
        client.messages.create(
            model="claude-opus-5-5", max_tokens=300,
            system=[{"type": "text", "text": book, "cache_control": {"type": "ephemeral"}}],
            messages=[{"role": "user", "content": read()}])
        time.sleep(pause)
""",
    ),
    invalid=(
        # A job of a scheduler.
        Invalid(
            """
import anthropic
from apscheduler.schedulers.blocking import BlockingScheduler
client = anthropic.Anthropic()
BOOK = open("book.md").read()
def report():
    client.messages.create(
        model="claude-opus-5-5", max_tokens=300,
        system=[{"type": "text", "text": BOOK, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": open("new.txt").read()}])
scheduler = BlockingScheduler()
scheduler.add_job(report, "interval", minutes=20)
""",
            line=9,
            message="one call each 1,200 s",
        ),
        # Marks set on what a caller gives.
        Invalid(
            """
import anthropic
client = anthropic.Anthropic()
def ask(book, question, tools):
    tools[-1]["cache_control"] = {"type": "ephemeral"}
    return client.messages.create(
        model="claude-opus-5-5", max_tokens=300, tools=tools,
        system=[{"type": "text", "text": book, "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
        messages=[{"role": "user", "content": question}])
""",
            line=8,
            message="answers with 400",
        ),
        Invalid(
            """
import anthropic
def ask(book, question):
    return anthropic.Anthropic().messages.create(
        model="claude-opus-5-5", max_tokens=300,
        tools=[{"name": "look_up", "input_schema": {"type": "object"}, "cache_control": {"type": "ephemeral"}}],
        system=[{"type": "text", "text": book, "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
        messages=[{"role": "user", "content": question}])
""",
            line=7,
            message="answers with 400",
        ),
        Invalid(
            """
import anthropic, time
def watch(book, read):
    client = anthropic.Anthropic()
    while True:
        client.messages.create(
            model="claude-opus-5-5", max_tokens=300,
            system=[{"type": "text", "text": book, "cache_control": {"type": "ephemeral"}}],
            messages=[{"role": "user", "content": read()}])
        time.sleep(15 * 60)
""",
            line=8,
            chain=(8, 6),
            message="sleeps 900 s",
        ),
        Invalid(
            """
import anthropic, asyncio
PAUSE = 7200
async def watch(client: anthropic.AsyncAnthropic, book, feed):
    async for item in feed:
        await client.messages.create(
            model="claude-opus-5-5", max_tokens=300,
            system=[{"type": "text", "text": book, "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
            messages=[{"role": "user", "content": item}])
        await asyncio.sleep(PAUSE)
""",
            line=8,
            message="No TTL outlives it",
        ),
    ),
)
