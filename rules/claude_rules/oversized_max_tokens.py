"""A `max_tokens` far above what the task can use.

**What it finds.** A large `max_tokens` where the answer is known to be short: one label, yes or no, a title, one
sentence by the words of the prompt, or a schema of a few flat fields. A request that thinks is not reported, for
thinking counts, nor a limit below 2,000 tokens, nor one with tools that it may call: a tool has to be forced, or to be
the only one and asked for by the prompt, by its name or in the words of its name.

**Why it costs.** A good answer costs the same. `max_tokens` is what bounds a bad one: an answer that runs away is paid
for up to the limit, at the output price, which is the highest there is.

**Example.**

```python
client.messages.create(
    model="claude-haiku-5-5", max_tokens=4096, messages=messages, system="Answer with one word: bug or praise."
)
```

**Use instead.** A few times what a good answer needs:

```python
client.messages.create(
    model="claude-haiku-5-5", max_tokens=16, messages=messages, system="Answer with one word: bug or praise."
)
```

**Fix safety.** There is no automatic fix: only you know how long an answer may be.

**Suppression.** `# claude-lint: ignore[CL202]` on the reported line or the first line of the call.

**References.** [Messages API](https://platform.claude.com/docs/en/api/messages).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from claude_lint.findings import Confidence, Finding, Severity
from claude_lint.request import ANSWERED, Presence
from claude_lint.rule import Invalid, Rule

from claude_rules.wording import flat_fields, instructions
from otel_claude.models import find
from otel_claude.rates import rates_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_lint.request import Output, Request
    from claude_lint.rule import Context

CODE: Final = "CL202"
NAME: Final = "oversized-max-tokens"

SHORT_ANSWERS: Final = (
    (
        (
            r"(?i)(only|just|nothing but|exactly) (with )?(the |a |one )?(category |class )?"
            r"(label|category|word|title|number)\b"
        ),
        30,
    ),
    (r"(?i)\b(only|just) (output|return|give) the (label|category|word|title|number)\b", 30),
    (r"(?i)\b(with|in|as) (one|a single) word\b", 30),
    (
        r"(?i)\b(answer|respond|reply)( only)?( with)?( only)? [\"'`]?(yes|true)[\"'`]? or [\"'`]?(no|false)\b",
        30,
    ),
    (r"(?i)\bin (one|a single) (short )?sentence\b", 100),
    (r"(?i)\bin (two|2) (short )?sentences\b", 150),
    (r"(?i)\b(only|just) (output|return|give|write) the sql( query)?\b", 200),
)
"""Words of a prompt that bound its answer, with the tokens that such an answer has at most."""

LONG_WORDS: Final = (
    r"(?i)\b(step by step|think|reason(ing)?|explain|scratchpad|rationale|justif|first,|essay|list|each)"
)
"""Words of a prompt that asks for more than the short answer."""

TOKENS_A_FIELD: Final = 60
MOST_FIELDS: Final = 8
MARGIN: Final = 10
"""How many times the longest good answer a limit may be."""

LEAST: Final = 2000
"""Tokens. A lower limit is too cheap to speak of, whatever the answer."""


def check(request: Request, context: Context) -> Iterator[Finding]:
    """At most one finding, where the limit is written."""
    limit = request.max_tokens.value
    if request.method not in ANSWERED or not isinstance(limit, int) or _may_think(request):
        return
    longest, why = _longest_answer(request)
    if not longest or limit < max(MARGIN * longest, LEAST):
        return
    known = request.max_tokens.known[0]
    yield Finding(
        CODE,
        NAME,
        Severity.INFO,
        Confidence.MEDIUM,
        f"`max_tokens` is {limit:,}, and {why}: about {longest} tokens. An answer that runs away is paid for up to the "
        f"limit{_price(request, context, limit)}. Give a few times what a good answer needs.",
        known.place,
        request.call,
        known.chain,
    )


def _longest_answer(request: Request) -> tuple[int, str]:
    """The tokens of the longest good answer, with what tells; 0 where nothing does."""
    shape = request.output
    if (
        shape is not None
        and _takes_the_answer(shape, request)
        and shape.flat
        and 0 < shape.fields <= MOST_FIELDS
    ):
        tokens = shape.fields * (TOKENS_A_FIELD // 3 if shape.choices else TOKENS_A_FIELD)
        return tokens, f"the answer has {flat_fields(shape.fields)}"
    if request.argument("tools").presence is not Presence.ABSENT:
        return 0, ""
    texts = [] if request.shared else instructions(request)
    if any(re.search(LONG_WORDS, text) for text in texts):
        return 0, ""
    for pattern, tokens in SHORT_ANSWERS:
        found = next((match for text in texts if (match := re.search(pattern, text))), None)
        if found is not None:
            return tokens, f'the prompt asks for "{" ".join(found[0].split())}"'
    return 0, ""


def _takes_the_answer(shape: Output, request: Request) -> bool:
    """Whether the answer has this shape and no other: by a schema, a forced tool, or one that the prompt asks for."""
    if shape.kind == "schema" or request.argument("tool_choice").presence is Presence.GIVEN:
        return True
    words = shape.tool.lower().replace("-", "_").split("_")
    texts = [text.lower() for text in instructions(request)]
    return bool(shape.tool) and any(
        shape.tool.lower() in text or all(re.search(rf"\b{re.escape(word)}", text) for word in words)
        for text in texts
    )


def _may_think(request: Request) -> bool:
    """Whether thinking may take its part of the limit: asked for, or the model's own habit, or not known.

    A forced tool and thinking exclude each other.
    """
    if request.argument("thinking").presence is not Presence.ABSENT:
        return request.field("thinking.type").value != "disabled"
    models = [find(known.value) if isinstance(known.value, str) else None for known in request.model.known]
    forced = request.output is not None and request.output.kind == "tool"
    unknown = not models or request.model.open or None in models
    thinks = any(model is not None and "thinking.disabled" in model.rejects for model in models)
    return not forced and (unknown or thinks)


def _price(request: Request, context: Context, limit: int) -> str:
    model = request.model.value
    quote = rates_at(model, context.as_of, prompt_tokens=1_000) if isinstance(model, str) else None
    return f", {limit * quote.row.rates.output / 1e6:.4f} USD" if quote is not None else ""


RULE: Final = Rule(
    code=CODE,
    name=NAME,
    summary="A `max_tokens` far above what the task can use.",
    severity=Severity.INFO,
    confidence=Confidence.MEDIUM,
    check=check,
    docs=__doc__ or "",
    valid=(
        # A limit that fits.
        """
import anthropic
def sort(text):
    return anthropic.Anthropic().messages.create(
        model="claude-haiku-5-5", max_tokens=50, system="Answer only with the label: bug, question or praise.",
        messages=[{"role": "user", "content": text}])
""",
        # Asked to explain.
        """
import anthropic
def sort(text):
    return anthropic.Anthropic().messages.create(
        model="claude-haiku-5-5", max_tokens=4096, messages=[{"role": "user", "content": text}],
        system="Explain your reasoning in a scratchpad. Then answer only with the label.")
""",
        # Thinking counts.
        """
import anthropic
def sort(text):
    return anthropic.Anthropic().messages.create(
        model="claude-haiku-5-5", max_tokens=4096, thinking={"type": "adaptive"},
        system="Answer only with the label: bug, question or praise.", messages=[{"role": "user", "content": text}])
""",
        # A model that always thinks.
        """
import anthropic
def sort(text):
    return anthropic.Anthropic().messages.create(
        model="claude-opus-5-5", max_tokens=4096, messages=[{"role": "user", "content": text}],
        system="Answer only with the label: bug, question or praise.")
""",
        # A helper whose other callers need more.
        """
import anthropic
client = anthropic.Anthropic()
def complete(prompt):
    return client.messages.create(
        model="claude-haiku-5-5", max_tokens=4096, messages=[{"role": "user", "content": prompt}])
complete("Say in a single sentence what a whale is.")
complete("Write a chapter about whales.")
""",
        # Nobody knows whether the model thinks.
        """
import anthropic
def sort(text, model):
    return anthropic.Anthropic().messages.create(
        model=model, max_tokens=4096, messages=[{"role": "user", "content": text}],
        system="Answer only with the label: bug, question or praise.")
""",
        # A tool that it may call, after some words.
        """
import anthropic
TOOLS = [{"name": "print_mood", "input_schema": {"type": "object", "properties": {"mood": {"type": "string"}}}}]
def read(text):
    return anthropic.Anthropic().messages.create(
        model="claude-haiku-4-5", max_tokens=4096, tools=TOOLS, messages=[{"role": "user", "content": text}])
""",
        # A tool that it may call, and words that ask for something else.
        """
import anthropic
TOOLS = [{"name": "print_mood", "input_schema": {"type": "object", "properties": {"mood": {"type": "string"}}}}]
def read(text):
    return anthropic.Anthropic().messages.create(
        model="claude-haiku-4-5", max_tokens=4096, tools=TOOLS, system="Print a letter that lifts the reader's spirit.",
        messages=[{"role": "user", "content": text}])
""",
        # A query among other things.
        """
import anthropic
def answer(question):
    return anthropic.Anthropic().messages.create(
        model="claude-haiku-4-5", max_tokens=4096, messages=[{"role": "user", "content": question}],
        system="Write the SQL query that answers the question, and a report on what it finds.")
""",
        # A field can be long.
        """
import anthropic
def read(text):
    schema = {"type": "object", "properties": {"sections": {"type": "array", "items": {"type": "object"}}}}
    return anthropic.Anthropic().messages.create(
        model="claude-haiku-5-5", max_tokens=4096, messages=[{"role": "user", "content": text}],
        output_config={"format": {"type": "json_schema", "schema": schema}})
""",
    ),
    invalid=(
        Invalid(
            """
import anthropic
def sort(text):
    return anthropic.Anthropic().messages.create(
        model="claude-haiku-5-5", max_tokens=4096, messages=[{"role": "user", "content": text}],
        system="You sort tickets. Answer only with the label: bug, question or praise.")
""",
            line=5,
            message="about 30 tokens",
        ),
        Invalid(
            """
import anthropic
LIMIT = 8192
SCHEMA = {"type": "object", "properties": {
    "city": {"type": "string"}, "urgent": {"type": "boolean"}, "score": {"type": "number"}}}
def read(text):
    return anthropic.Anthropic().messages.create(
        model="claude-haiku-5-5", max_tokens=LIMIT, messages=[{"role": "user", "content": text}],
        output_config={"format": {"type": "json_schema", "schema": SCHEMA}})
""",
            line=3,
            chain=(3, 8, 7),
            message="3 flat fields",
        ),
        # A tool that it must call.
        Invalid(
            """
import anthropic
TOOLS = [{"name": "print_mood", "input_schema": {"type": "object", "properties": {"mood": {"type": "string"}}}}]
def read(text):
    return anthropic.Anthropic().messages.create(
        model="claude-haiku-4-5", max_tokens=4096, tools=TOOLS, tool_choice={"type": "tool", "name": "print_mood"},
        messages=[{"role": "user", "content": text}])
""",
            line=6,
            message="1 flat field:",
        ),
        Invalid(
            """
import anthropic
async def is_spam(client: anthropic.AsyncAnthropic, text):
    return await client.messages.create(
        model="claude-haiku-4-5", max_tokens=4000,
        messages=[{"role": "user", "content": f"Is this spam? Answer yes or no.\\n\\n{text}"}])
""",
            line=5,
            message="0.0200 USD",
        ),
        # A tool that the prompt asks for in the words of its name.
        Invalid(
            """
import anthropic
TOOLS = [{"name": "print_mood_info", "input_schema": {"type": "object", "properties": {"mood": {"type": "string"}}}}]
def read(text):
    return anthropic.Anthropic().messages.create(
        model="claude-haiku-4-5", max_tokens=4096, tools=TOOLS, system="Print information on the mood of the letter.",
        messages=[{"role": "user", "content": text}])
""",
            line=6,
            message="1 flat field:",
        ),
        Invalid(
            """
import anthropic
def answer(question, schema):
    return anthropic.Anthropic().messages.create(
        model="claude-haiku-4-5", max_tokens=2048, system=f"{schema}\\nOnly output the SQL query and nothing else.",
        messages=[{"role": "user", "content": question}])
""",
            line=5,
            message="about 200 tokens",
        ),
        Invalid(
            """
import anthropic
def describe(image):
    return anthropic.Anthropic().messages.create(
        model="claude-haiku-4-5", max_tokens=2048,
        messages=[{"role": "user", "content": [image, {"type": "text", "text": "Describe it in two sentences."}]}])
""",
            line=5,
            message="about 150 tokens",
        ),
    ),
)
