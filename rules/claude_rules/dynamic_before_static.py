"""Changing text in front of a long text that stays the same, in a prompt without a cache breakpoint.

**What it finds.** A request without `cache_control` in which something that differs in every call (the clock, a UUID,
data of the incoming request, an image or a document of the item at hand, the item of a loop) stands in front of text
that can be read, is always the same, and is clearly longer than what the model caches.

**Why it costs.** The API caches from the first byte on. In this order nothing can be cached: each call pays the full
input price for the long text, where a cache read costs a tenth or less.

**Example.**

```python
content = [{"type": "image", "source": image}, {"type": "text", "text": INSTRUCTIONS}]
```

**Use instead.** What stays the same first, with a mark at its end:

```python
content = [
    {"type": "text", "text": INSTRUCTIONS, "cache_control": {"type": "ephemeral"}},
    {"type": "image", "source": image},
]
```

**Fix safety.** There is no automatic fix: the order of a prompt changes the answers.

**Suppression.** `# claude-lint: ignore[CL104]` on the reported line or the first line of the call.

**References.** [Prompt caching](https://platform.claude.com/docs/en/build-with-claude/prompt-caching).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from claude_lint.findings import Confidence, Finding, Severity, Step
from claude_lint.request import ANSWERED, Presence, Stability
from claude_lint.rule import Invalid, Rule

from claude_rules.tokens import LARGEST_MINIMUM, at_least, minimums
from claude_rules.uncached_static_prefix import is_sent_again

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_lint.request import Piece, Request, Segment
    from claude_lint.rule import Context

CODE: Final = "CL104"
NAME: Final = "dynamic-before-static"
MATERIAL: Final = frozenset({"image", "document"})
"""Types of blocks that hold what a call is about."""


def check(request: Request, context: Context) -> Iterator[Finding]:  # noqa: ARG001
    """At most one finding, at the first thing that changes."""
    if request.method not in ANSWERED or request.breakpoints or not is_sent_again(request):
        return
    if not request.complete or request.argument("cache_control").presence is not Presence.ABSENT:
        return
    changing: tuple[Piece, Segment] | None = None
    after = ""
    for piece in request.pieces:
        if piece.turn > 0:
            break
        for segment in piece.segments:
            if changing is None:
                changing = (piece, segment) if _changes(piece, segment, request) else None
            elif segment.stability is Stability.CONSTANT and piece.certain:
                after += segment.text or ""
    tokens = at_least(after)
    if changing is None or tokens < max(minimums(request) or (LARGEST_MINIMUM,)):
        return
    piece, segment = changing
    material = f"The {piece.kind}" if piece.kind in MATERIAL else "What each turn of the loop sends"
    what = segment.source or material
    yield Finding(
        CODE,
        NAME,
        Severity.WARNING,
        Confidence.MEDIUM,
        f"{what[0].upper()}{what[1:]} in `{piece.path}` stands in front of at least {tokens:,} tokens that are the "
        "same in every call: in this order nothing can be cached. Put what stays the same first, and mark its end.",
        segment.place,
        request.call,
        (*segment.chain, Step(request.call, "and is sent here")),
    )


def _changes(piece: Piece, segment: Segment, request: Request) -> bool:
    loop = request.around.loop
    if segment.differs(request.loops) and loop is not None and not loop.carried:
        return True
    material = piece.kind in MATERIAL and segment.stability is Stability.UNKNOWN and piece.varies is not False
    return segment.stability is Stability.PER_CALL or (material and piece.part == "messages")


TEXT: Final = "Look at each part, and say what is wrong with it. " * 60

RULE: Final = Rule(
    code=CODE,
    name=NAME,
    summary="Changing text in front of a long text that stays the same, in a prompt without a cache breakpoint.",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    check=check,
    docs=__doc__ or "",
    valid=(
        # What stays the same comes first.
        f'''
import anthropic, time
client = anthropic.Anthropic()
RULES = """{TEXT}"""
def ask(text):
    return client.messages.create(model="claude-opus-5-5", max_tokens=300, system=f"{{RULES}} It is {{time.ctime()}}.",
                                  messages=[{{"role": "user", "content": text}}])
''',
        # Nothing shows that the text differs from call to call.
        f'''
import anthropic
client = anthropic.Anthropic()
TEMPLATE = """You work for {{team}}.
{TEXT}"""
def ask(team, question):
    return client.messages.create(model="claude-sonnet-5-5", max_tokens=300, messages=[
        {{"role": "user", "content": TEMPLATE.format(team=team) + question}}])
def ask_all(team, questions):
    return [ask(team, question) for question in questions]
''',
        # Little text behind it.
        """
import anthropic
client = anthropic.Anthropic()
def look(image):
    return client.messages.create(model="claude-sonnet-5-5", max_tokens=300, messages=[{"role": "user", "content": [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": image}},
        {"type": "text", "text": "What is this?"}]}])
""",
        # Cached already.
        f'''
import anthropic
client = anthropic.Anthropic()
RULES = """{TEXT}"""
def look(image):
    return client.messages.create(model="claude-sonnet-5-5", max_tokens=300, messages=[{{"role": "user", "content": [
        {{"type": "image", "source": {{"type": "base64", "media_type": "image/png", "data": image}}}},
        {{"type": "text", "text": RULES, "cache_control": {{"type": "ephemeral"}}}}]}}])
''',
        # A parameter is not a changing value by itself.
        f'''
import anthropic
client = anthropic.Anthropic()
RULES = """{TEXT}"""
def ask(name, question):
    return client.messages.create(model="claude-sonnet-5-5", max_tokens=300, system=f"You are {{name}}. {{RULES}}",
                                  messages=[{{"role": "user", "content": text}}])
''',
    ),
    invalid=(
        Invalid(
            f'''
import anthropic, time
client = anthropic.Anthropic()
RULES = """{TEXT}"""
def ask(text):
    return client.messages.create(model="claude-opus-5-5", max_tokens=300, system=f"It is {{time.ctime()}}. {{RULES}}",
                                  messages=[{{"role": "user", "content": text}}])
''',
            line=6,
            message="The clock in `system`",
        ),
        # A template that is filled for each item of a loop, here of a caller's.
        Invalid(
            f'''
import anthropic
client = anthropic.Anthropic()
TEMPLATE = """Text: {{text}}
{TEXT}"""
def rate(text):
    return client.messages.create(model="claude-sonnet-5-5", max_tokens=300, messages=[
        {{"role": "user", "content": TEMPLATE.format(text=text)}}])
def rate_all(texts):
    return [rate(text) for text in texts]
''',
            line=8,
            message="What each turn of the loop sends in `messages[0].content`",
        ),
        Invalid(
            f'''
import anthropic
client = anthropic.Anthropic()
RULES = """{TEXT}"""
def look(image):
    return client.messages.create(
        model="claude-sonnet-5-5", max_tokens=300,
        messages=[{{"role": "user", "content": [
            {{"type": "image", "source": {{"type": "base64", "media_type": "image/png", "data": image}}}},
            {{"type": "text", "text": RULES}}]}}])
''',
            line=9,
            message="The image in `messages[0].content[0]`",
        ),
        Invalid(
            f'''
import anthropic, uuid
client = anthropic.Anthropic()
RULES = """{TEXT}"""
def ask(question):
    run = uuid.uuid4()
    return client.messages.create(
        model="claude-opus-5-5", max_tokens=300,
        system=[{{"type": "text", "text": "Run " + str(run)}}, {{"type": "text", "text": RULES}}],
        messages=[{{"role": "user", "content": question}}])
''',
            line=9,
            chain=(6, 9, 7),
            message="A fresh UUID",
        ),
    ),
)
