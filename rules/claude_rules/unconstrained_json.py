"""JSON that is asked for in words and parsed, with nothing that makes the answer be JSON.

**What it finds.** A prompt that asks for JSON in a function that parses JSON text, on a request without structured
output, without a tool that is forced, without a stop sequence and without the beginning of the answer. Only models that
have structured output are reported.

**Why it costs.** Now and then the answer has a sentence or a fence around the JSON, or ends in the middle. Each such
answer is paid for, fails to parse, and is paid for again by the retry.

**Example.**

```python
reply = client.messages.create(
    model="claude-haiku-5-5", max_tokens=1024, system="Return JSON with the keys name and born.", messages=messages
)
person = json.loads(reply.content[0].text)
```

**Use instead.** A schema, which the answer then follows:

```python
reply = client.messages.parse(model="claude-haiku-5-5", max_tokens=1024, output_format=Person, messages=messages)
person = reply.parsed_output
```

**Fix safety.** There is no automatic fix: the schema is yours to write.

**Suppression.** `# claude-lint: ignore[CL205]` on the reported line or the first line of the call.

**References.** [Structured outputs](https://platform.claude.com/docs/en/build-with-claude/structured-outputs).
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final

from claude_lint.findings import Confidence, Finding, Severity, Step
from claude_lint.request import Presence
from claude_lint.rule import Invalid, Rule

from otel_claude.models import find

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_lint.request import Piece, Request
    from claude_lint.rule import Context

CODE: Final = "CL205"
NAME: Final = "unconstrained-json"
ASKS: Final = (
    r"(?i)\b(return|respond|reply|answer|output|produce|provide|format|generate)\b[^.\n]{0,60}\bJSON\b"
    r"|\b(valid|only|strict) JSON\b|\bJSON (object|array|format|only)\b"
)
STRUCTURED_SINCE: Final = date(2025, 9, 29)
"""Models from this day on have structured output. Source: platform.claude.com, structured outputs, 2026-08-22."""

CONSTRAINING: Final = ("output_config", "output_format", "stop_sequences", "tool_choice")


def check(request: Request, context: Context) -> Iterator[Finding]:  # noqa: ARG001
    """At most one finding, where the prompt asks."""
    if request.method not in {"create", "stream"} or not request.around.parses_json or request.output:
        return
    if any(
        request.argument(name).presence is not Presence.ABSENT
        for name in (*CONSTRAINING, "tools", "extra_body")
    ):
        return
    if not _has_structured_output(request) or _begins_the_answer(request.pieces):
        return
    for piece in request.pieces:
        asking = next(
            (s for s in piece.segments if piece.role != "assistant" and re.search(ASKS, s.text or "")), None
        )
        if asking is None:
            continue
        yield Finding(
            CODE,
            NAME,
            Severity.INFO,
            Confidence.MEDIUM,
            f"`{piece.path}` asks for JSON in words, and nothing makes the answer be JSON: one that does not parse is "
            "paid for twice. Give a schema (`output_config`, or `messages.parse`).",
            asking.place,
            request.call,
            (
                Step(asking.place, "JSON is asked for here"),
                Step(request.call, "and the request is sent here"),
            ),
        )
        return


def _has_structured_output(request: Request) -> bool:
    models = [find(known.value) if isinstance(known.value, str) else None for known in request.model.known]
    return bool(models) and all(
        model is not None and model.released is not None and model.released >= STRUCTURED_SINCE
        for model in models
    )


def _begins_the_answer(pieces: tuple[Piece, ...]) -> bool:
    """Whether the last message is the assistant's, so that the answer goes on from it, or may be."""
    newest = [piece for piece in pieces if piece.newest]
    return not newest or any(piece.role != "user" for piece in newest)


RULE: Final = Rule(
    code=CODE,
    name=NAME,
    summary="JSON that is asked for in words and parsed, with nothing that makes the answer be JSON.",
    severity=Severity.INFO,
    confidence=Confidence.MEDIUM,
    check=check,
    docs=__doc__ or "",
    valid=(
        # A schema.
        """
import anthropic, json
def read(text, schema):
    reply = anthropic.Anthropic().messages.create(
        model="claude-haiku-5-5", max_tokens=300, system="Return JSON.",
        messages=[{"role": "user", "content": text}],
        output_config={"format": {"type": "json_schema", "schema": schema}})
    return json.loads(reply.content[0].text)
""",
        # The answer is not parsed here.
        """
import anthropic
def read(text):
    return anthropic.Anthropic().messages.create(
        model="claude-haiku-5-5", max_tokens=300, system="Return JSON.", messages=[{"role": "user", "content": text}])
""",
        # The beginning of the answer.
        """
import anthropic, json
def read(text):
    reply = anthropic.Anthropic().messages.create(
        model="claude-haiku-4-5", max_tokens=300, system="Return JSON.",
        messages=[{"role": "user", "content": text}, {"role": "assistant", "content": "{"}])
    return json.loads("{" + reply.content[0].text)
""",
        # An old model has no structured output.
        """
import anthropic, json
def read(text):
    reply = anthropic.Anthropic().messages.create(
        model="claude-3-haiku-20240307", max_tokens=300, system="Return JSON.",
        messages=[{"role": "user", "content": text}])
    return json.loads(reply.content[0].text)
""",
        # JSON goes in, not out.
        """
import anthropic, json
def read(path):
    data = json.loads(path.read_text())
    return anthropic.Anthropic().messages.create(
        model="claude-haiku-5-5", max_tokens=300, system="You get a record as JSON. Tell a story about it.",
        messages=[{"role": "user", "content": str(data)}])
""",
    ),
    invalid=(
        Invalid(
            """
import anthropic, json
def read(text):
    reply = anthropic.Anthropic().messages.create(
        model="claude-haiku-5-5", max_tokens=300, messages=[{"role": "user", "content": text}],
        system="Extract the person. Return JSON with the keys name and born.")
    return json.loads(reply.content[0].text)
""",
            line=6,
            message="paid for twice",
        ),
        Invalid(
            """
import anthropic, json
PROMPT = "Extract the person from the text. Respond with valid JSON only.\\n\\n{text}"
client = anthropic.AsyncAnthropic()
async def read(text):
    reply = await client.messages.create(
        model="claude-sonnet-5-5", max_tokens=300, messages=[{"role": "user", "content": PROMPT.format(text=text)}])
    try:
        return json.loads(reply.content[0].text)
    except json.JSONDecodeError:
        return None
""",
            line=3,
            chain=(3, 6),
        ),
        Invalid(
            """
import anthropic
from people import Person
class Reader:
    def __init__(self):
        self.client = anthropic.Anthropic()
    def read(self, text):
        system = [{"type": "text", "text": "Output a JSON object that fits the schema."}]
        reply = self.client.messages.create(
            model="claude-opus-5", max_tokens=300, system=system, messages=[{"role": "user", "content": text}])
        return Person.model_validate_json(reply.content[0].text)
""",
            line=8,
        ),
    ),
)
