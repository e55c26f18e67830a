"""Text in no fixed order at or before a cache breakpoint.

**What it finds.** Text that is made from a set, or from a listing of a directory (`os.listdir`, `glob`,
`Path.iterdir`), in the tools, the system prompt or an earlier message, in front of a `cache_control` mark or in the
marked block itself, without `sorted`; and tools that `random.shuffle` puts in another order. Random values, and
shuffled text, are another rule's, CL101. The order of a dict is the order of its
insertion, so `json.dumps` of one is not reported.

**Why it costs.** The order of a set of strings differs from process to process, that of a listing from machine to
machine. Each worker, each deployment and each run then writes a cache of its own, 1.25 times the input price of the
prefix, or 2 times for the 1-hour cache, where it could read the cache of the others.

**Example.**

```python
topics = ", ".join({topic for article in articles for topic in article.topics})
system = [{"type": "text", "text": f"Topics: {topics}", "cache_control": {"type": "ephemeral"}}]
```

**Use instead.** An order:

```python
topics = ", ".join(sorted({topic for article in articles for topic in article.topics}))
```

**Fix safety.** Safe for a listing of a directory: the fix puts `sorted(…)` around it. Unsafe for a set, which becomes a
list: what else uses it may need a set, and items of different types cannot be sorted.

**Suppression.** `# claude-lint: ignore[CL102]` on the reported line or the first line of the call.

**References.** [Prompt caching](https://platform.claude.com/docs/en/build-with-claude/prompt-caching).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from claude_lint.findings import Confidence, Edit, Finding, Fix, Severity, Step
from claude_lint.rule import Invalid, Rule

from otel_claude.api_facts import WRITE_MULTIPLIER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_lint.findings import Place
    from claude_lint.request import Breakpoint, Piece, Request, Segment
    from claude_lint.rule import Context

CODE: Final = "CL102"
NAME: Final = "nondeterministic-prefix"
SHUFFLED: Final = "a random order"
"""What `claude_lint` calls the source of what is shuffled."""


def check(request: Request, context: Context) -> Iterator[Finding]:  # noqa: ARG001
    """One finding for each unordered source in front of a breakpoint, at the source."""
    if not request.breakpoints:
        return
    last = request.breakpoints[-1]
    seen = set()
    for piece in request.pieces[: last.piece + 1]:
        if piece.part == "messages" and piece.newest:
            continue
        for segment in piece.segments:
            shuffled = is_shuffled(piece, segment)
            if not (segment.unordered or shuffled) or segment.place in seen:
                continue
            seen.add(segment.place)
            if shuffled:
                yield _shuffled(segment, last, request)
                return
            yield Finding(
                CODE,
                NAME,
                Severity.WARNING,
                Confidence.MEDIUM,
                f"`{piece.path}` depends on {segment.source}, at or before the breakpoint on "
                f"`{request.pieces[last.piece].path}`: another process writes the prefix again, at "
                f"{WRITE_MULTIPLIER[last.ttl]} times the input price. Sort it.",
                segment.place,
                request.call,
                (
                    *segment.chain,
                    Step(last.place, "the prefix up to here is cached"),
                    Step(request.call, "and sent here"),
                ),
                sorting(segment.place, safe="listing" in segment.source),
            )


def is_shuffled(piece: Piece, segment: Segment) -> bool:
    """Whether a segment of a tool says that the tools are shuffled."""
    return piece.part == "tools" and segment.source == SHUFFLED and bool(segment.chain)


def _shuffled(segment: Segment, last: Breakpoint, request: Request) -> Finding:
    return Finding(
        CODE,
        NAME,
        Severity.WARNING,
        Confidence.MEDIUM,
        f"The tools come in {SHUFFLED}, before the breakpoint on `{request.pieces[last.piece].path}`: calls write the "
        f"prefix again, at {WRITE_MULTIPLIER[last.ttl]} times the input price. Keep one order.",
        segment.chain[0].place,
        request.call,
        (
            *segment.chain,
            Step(last.place, "the prefix up to here is cached"),
            Step(request.call, "and sent here"),
        ),
    )


def sorting(place: Place, safe: bool) -> Fix:
    """Puts `sorted(…)` around what is at `place`."""
    start = replace(place, end_line=place.line, end_column=place.column)
    end = replace(place, line=place.end_line, column=place.end_column)
    return Fix("Sort it", "safe" if safe else "unsafe", (Edit(end, ")"), Edit(start, "sorted(")))


RULE: Final = Rule(
    code=CODE,
    name=NAME,
    summary="Text in no fixed order (a set, a directory listing) at or before a cache breakpoint.",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    check=check,
    docs=__doc__ or "",
    valid=(
        # Sorted.
        """
import anthropic
client = anthropic.Anthropic()
def ask(articles, question):
    topics = ", ".join(sorted({topic for article in articles for topic in article.topics}))
    return client.messages.create(
        model="claude-sonnet-5-5", max_tokens=1024,
        system=[{"type": "text", "text": f"Topics: {topics}", "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}])
""",
        # Behind the last breakpoint.
        """
import anthropic, os
client = anthropic.Anthropic()
def ask(handbook, folder):
    return client.messages.create(
        model="claude-sonnet-5-5", max_tokens=1024,
        system=[{"type": "text", "text": handbook, "cache_control": {"type": "ephemeral"}},
                {"type": "text", "text": "Files: " + ", ".join(os.listdir(folder))}],
        messages=[{"role": "user", "content": "Which file is about holidays?"}])
""",
        # Put in order behind the loop, and by the dump.
        """
import anthropic, json, os
client = anthropic.Anthropic()
def pages():
    texts = []
    for name in os.listdir("pages"):
        texts.append(name)
    texts.sort()
    return texts
def ask(question):
    sizes = {name: os.path.getsize(name) for name in os.listdir("pages")}
    return client.messages.create(
        model="claude-sonnet-5-5", max_tokens=1024,
        system=[{"type": "text", "text": "".join(pages()) + json.dumps(sizes, sort_keys=True),
                 "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}])
""",
        # A dict keeps the order in which it was filled.
        """
import anthropic, json
client = anthropic.Anthropic()
def ask(question, settings: dict):
    return client.messages.create(
        model="claude-sonnet-5-5", max_tokens=1024,
        system=[{"type": "text", "text": json.dumps(settings), "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}])
""",
        # Used as a set only, and a set of one.
        """
import anthropic
client = anthropic.Anthropic()
SEEN = {"a", "b"}
def ask(words, question):
    text = " ".join(word for word in words if word not in SEEN) + " ".join({"only"})
    return client.messages.create(
        model="claude-sonnet-5-5", max_tokens=1024,
        system=[{"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}])
""",
    ),
    invalid=(
        # A list and a dict that are filled from a listing.
        Invalid(
            """
import anthropic, os
client = anthropic.Anthropic()
def pages():
    texts = []
    for name in os.listdir("pages"):
        texts.append(open(name).read())
    return texts
def ask(question):
    return client.messages.create(
        model="claude-sonnet-5-5", max_tokens=1024,
        system=[{"type": "text", "text": "".join(pages()), "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}])
""",
            line=6,
            fixed="""
import anthropic, os
client = anthropic.Anthropic()
def pages():
    texts = []
    for name in sorted(os.listdir("pages")):
        texts.append(open(name).read())
    return texts
def ask(question):
    return client.messages.create(
        model="claude-sonnet-5-5", max_tokens=1024,
        system=[{"type": "text", "text": "".join(pages()), "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}])
""",
        ),
        Invalid(
            """
import anthropic, json
from pathlib import Path
client = anthropic.Anthropic()
def ask(question):
    terms = {path.stem: path.read_text() for path in Path("terms").iterdir()}
    return client.messages.create(
        model="claude-sonnet-5-5", max_tokens=1024,
        system=[{"type": "text", "text": json.dumps(terms), "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}])
""",
            line=6,
            message="a directory listing",
        ),
        Invalid(
            """
import anthropic, random
client = anthropic.Anthropic()
TOOLS = [
    {"name": "search", "description": "Searches the manuals.", "input_schema": {"type": "object"}},
    {"name": "read", "description": "Reads a manual.", "input_schema": {"type": "object"}},
]
def ask(question):
    tools = list(TOOLS)
    random.shuffle(tools)
    tools[-1]["cache_control"] = {"type": "ephemeral"}
    return client.messages.create(
        model="claude-sonnet-5-5", max_tokens=1024, tools=tools, messages=[{"role": "user", "content": question}])
""",
            line=10,
            message="come in a random order",
        ),
        Invalid(
            """
import anthropic
client = anthropic.Anthropic()
def ask(articles, question):
    topics = ", ".join({topic for article in articles for topic in article.topics})
    return client.messages.create(
        model="claude-sonnet-5-5", max_tokens=1024,
        system=[{"type": "text", "text": f"Topics: {topics}", "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}])
""",
            line=5,
            chain=(5, 8, 6),
            message="the order of a set",
            fixed="""
import anthropic
client = anthropic.Anthropic()
def ask(articles, question):
    topics = ", ".join(sorted({topic for article in articles for topic in article.topics}))
    return client.messages.create(
        model="claude-sonnet-5-5", max_tokens=1024,
        system=[{"type": "text", "text": f"Topics: {topics}", "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}])
""",
        ),
        Invalid(
            """
import anthropic
from pathlib import Path
client = anthropic.Anthropic()
DOCS = Path("docs")
def ask(question):
    pages = "\\n\\n".join(page.read_text() for page in DOCS.glob("*.md"))
    return client.messages.create(
        model="claude-sonnet-5-5", max_tokens=1024,
        system=[{"type": "text", "text": pages, "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
        messages=[{"role": "user", "content": question}])
""",
            line=7,
            message="2 times the input price",
            fixed="""
import anthropic
from pathlib import Path
client = anthropic.Anthropic()
DOCS = Path("docs")
def ask(question):
    pages = "\\n\\n".join(page.read_text() for page in sorted(DOCS.glob("*.md")))
    return client.messages.create(
        model="claude-sonnet-5-5", max_tokens=1024,
        system=[{"type": "text", "text": pages, "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
        messages=[{"role": "user", "content": question}])
""",
        ),
        Invalid(
            """
import anthropic
client = anthropic.Anthropic()
def ask(wanted, question, make):
    tools = [make(name) for name in set(wanted)]
    return client.messages.create(
        model="claude-sonnet-5-5", max_tokens=1024, tools=tools,
        system=[{"type": "text", "text": "Use the tools.", "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}])
""",
            line=5,
            message="`tools[0]`",
        ),
    ),
)
