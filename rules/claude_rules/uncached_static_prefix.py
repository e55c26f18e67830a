"""A long prompt that is the same in every call, with no cache breakpoint.

**What it finds.** Tools and a system prompt whose text can be read, are clearly longer than what the model caches, and
are sent by a function or a loop without any `cache_control`; in a loop also what stands at the head of the first turn.
An estimate of a token for five characters keeps prompts near the limit out. A program that makes one call and ends is
not reported, nor is text that cannot be read.

**Why it costs.** Each call pays the full input price for the prefix. Cached, the first call pays 1.25 times as much for
it, and every call within five minutes of another a tenth or less.

**Example.**

```python
def answer(question):
    return client.messages.create(
        model="claude-sonnet-5-5", max_tokens=1024, system=HANDBOOK, messages=[{"role": "user", "content": question}]
    )
```

**Use instead.** A breakpoint at the end of what stays the same:

```python
system = [{"type": "text", "text": HANDBOOK, "cache_control": {"type": "ephemeral"}}]
```

**Fix safety.** Unsafe: the fix marks a system prompt that is a text at the call. Calls that are further apart than the
cache lives would pay 1.25 times the price instead.

**Suppression.** `# claude-lint: ignore[CL103]` on the reported line or the first line of the call.

**References.** [Prompt caching](https://platform.claude.com/docs/en/build-with-claude/prompt-caching).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from claude_lint.findings import Confidence, Edit, Finding, Fix, Severity, Step
from claude_lint.request import ANSWERED, Presence, Stability
from claude_lint.rule import Invalid, Rule

from claude_rules.tokens import LARGEST_MINIMUM, at_least, minimums, static_text
from otel_claude.rates import rates_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_lint.findings import Place
    from claude_lint.request import Request
    from claude_lint.rule import Context

CODE: Final = "CL103"
NAME: Final = "uncached-static-prefix"


def check(request: Request, context: Context) -> Iterator[Finding]:
    """At most one finding, at the system prompt, or at the first tool where there is none."""
    if request.method not in ANSWERED or request.breakpoints or not is_sent_again(request):
        return
    if not request.complete or request.argument("cache_control").presence is not Presence.ABSENT:
        return
    loop = request.around.loop
    talks = loop is not None and loop.carried
    repeats = loop is not None and not talks and not loop.few
    tokens = at_least(_first_turn(request) if talks else _instructions(request, repeats))
    if tokens < max(minimums(request) or (LARGEST_MINIMUM,)):
        return
    piece = (*request.part("system"), *request.pieces)[0]
    what = "tools, system prompt and first turn" if talks or repeats else "tools and system prompt"
    place = request.argument(piece.part).place or piece.place
    yield Finding(
        CODE,
        NAME,
        Severity.WARNING,
        Confidence.MEDIUM,
        f"At least {tokens:,} tokens of {what} are the same in every call, and nothing caches them: "
        f"each call pays the full input price{_saving(request, context, tokens)}. Mark the end of what stays the same.",
        place,
        request.call,
        (Step(piece.place, "the text is given here"), Step(request.call, "and sent here")),
        _marking(place) if piece.path == "system" and piece.segments[-1].text else None,
    )


def _instructions(request: Request, repeats: bool) -> str:
    """The text that calls have in common: tools and system prompt, and in a loop that `repeats` the call with other
    items the head of the first turn, up to what may change.
    """
    return static_text(
        piece for piece in request.pieces if piece.part != "messages" or (repeats and piece.turn == 0)
    )


def _first_turn(request: Request) -> str:
    """The text that the turns of a conversation have in common: all up to its first turn, unless it changes."""
    found = []
    for piece in request.pieces:
        if piece.turn > 0 or not piece.certain or piece.varies:
            break
        if any(segment.stability is Stability.PER_CALL for segment in piece.segments):
            break
        found.append(piece.text)
    return "".join(found)


def is_sent_again(request: Request) -> bool:
    """Whether there is reason to think that the request is made more than once."""
    if request.around.loop is not None and not request.around.loop.few:
        return True
    last = request.function.rpartition(".")[2]
    return bool(request.function) and last not in {"main", "run", "demo", "example"}


def _saving(request: Request, context: Context, tokens: int) -> str:
    """What a read of the prefix saves, at the rates of the day."""
    model = request.model.value
    quote = rates_at(model, context.as_of, prompt_tokens=tokens) if isinstance(model, str) else None
    read = quote.row.rates.cache_read if quote is not None else None
    if quote is None or read is None:
        return ""
    return (
        f", {tokens * quote.row.rates.input / 1e6:.4f} USD; a cache read costs {tokens * read / 1e6:.4f} USD"
    )


def _marking(place: Place) -> Fix:
    """Makes a marked block of the text at `place`."""
    start = replace(place, end_line=place.line, end_column=place.column)
    end = replace(place, line=place.end_line, column=place.end_column)
    return Fix(
        "Mark the system prompt as cached",
        "unsafe",
        (Edit(end, ', "cache_control": {"type": "ephemeral"}}]'), Edit(start, '[{"type": "text", "text": ')),
    )


RULE: Final = Rule(
    code=CODE,
    name=NAME,
    summary="A long prompt that is the same in every call, with no cache breakpoint.",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    check=check,
    docs=__doc__ or "",
    valid=(
        # A short prompt.
        """
import anthropic
client = anthropic.Anthropic()
def ask(question):
    return client.messages.create(model="claude-sonnet-5-5", max_tokens=300, system="Be kind and brief.",
                                  messages=[{"role": "user", "content": question}])
""",
        # Cached, by a mark on the request.
        f'''
import anthropic
client = anthropic.Anthropic()
HANDBOOK = """{"Answer politely, and from this handbook only. " * 80}"""
def ask(messages):
    return client.messages.create(model="claude-sonnet-5-5", max_tokens=300, system=HANDBOOK, messages=messages,
                                  cache_control={{"type": "ephemeral"}})
''',
        # The item comes first.
        f'''
import anthropic
client = anthropic.Anthropic()
TERMS = """{"Answer politely, and from these terms only. " * 80}"""
def ask_all(letters):
    for letter in letters:
        client.messages.create(model="claude-haiku-4-5", max_tokens=300,
                               messages=[{{"role": "user", "content": f"{{letter}} {{TERMS}}"}}])
''',
        # One call, and the program ends.
        f'''
import anthropic
client = anthropic.Anthropic()
HANDBOOK = """{"Answer politely, and from this handbook only. " * 80}"""
def main():
    print(client.messages.create(model="claude-sonnet-5-5", max_tokens=300, system=HANDBOOK,
                                 messages=[{{"role": "user", "content": "Hi"}}]))
main()
''',
        # The text is not known, and may be marked elsewhere.
        """
import anthropic
client = anthropic.Anthropic()
def ask(system, question):
    return client.messages.create(model="claude-sonnet-5-5", max_tokens=300, system=system,
                                  messages=[{"role": "user", "content": question}])
""",
        # Too short for this model.
        f'''
import anthropic
client = anthropic.Anthropic()
HANDBOOK = """{"Answer politely, and from this handbook only. " * 80}"""
def ask(question):
    return client.messages.create(model="claude-haiku-4-5", max_tokens=300, system=HANDBOOK,
                                  messages=[{{"role": "user", "content": question}}])
''',
    ),
    invalid=(
        # What each question of a loop begins with.
        Invalid(
            f'''
import anthropic
client = anthropic.Anthropic()
TERMS = """{"Answer politely, and from these terms only. " * 80}"""
def ask(question):
    prompt = f"<terms>{{TERMS}}</terms> {{question}}"
    return client.messages.create(model="claude-sonnet-5-5", max_tokens=300,
                                  messages=[{{"role": "user", "content": prompt}}])
def ask_all(questions):
    for question in questions:
        print(ask(question))
''',
            line=8,
            message="first turn are the same",
        ),
        # A conversation sends its first turn again with every turn.
        Invalid(
            f'''
import anthropic
PROMPT = """{"Work on the task with the tools that you have. " * 80}"""
def run(client: anthropic.Anthropic, task, tools, call):
    messages = [{{"role": "user", "content": PROMPT + task}}]
    for _ in range(30):
        reply = client.messages.create(model="claude-opus-5-5", max_tokens=300, tools=tools, messages=messages)
        messages.append({{"role": "assistant", "content": reply.content}})
        messages.append({{"role": "user", "content": call(reply)}})
''',
            line=7,
            message="first turn are the same",
        ),
        Invalid(
            f'''
import anthropic
client = anthropic.Anthropic()
HANDBOOK = """{"Answer politely, and from this handbook only. " * 80}"""
def ask(question):
    return client.messages.create(model="claude-sonnet-5-5", max_tokens=300, system=HANDBOOK,
                                  messages=[{{"role": "user", "content": question}}])
''',
            line=6,
            message="736 tokens",
            fixed=f'''
import anthropic
client = anthropic.Anthropic()
HANDBOOK = """{"Answer politely, and from this handbook only. " * 80}"""
def ask(question):
    return client.messages.create(model="claude-sonnet-5-5", max_tokens=300, \
system=[{{"type": "text", "text": HANDBOOK, "cache_control": {{"type": "ephemeral"}}}}],
                                  messages=[{{"role": "user", "content": question}}])
''',
        ),
        Invalid(
            f'''
import anthropic
client = anthropic.Anthropic()
TOOLS = [{{"name": "search", "description": """{"Searches the book. " * 150}""", "input_schema": {{"type": "object"}}}}]
def run(read):
    messages = []
    while True:
        messages.append({{"role": "user", "content": read()}})
        reply = client.messages.create(model="claude-opus-5-5", max_tokens=300, tools=TOOLS, messages=messages)
        messages.append({{"role": "assistant", "content": reply.content}})
''',
            line=9,
            message="tokens of tools",
        ),
        Invalid(
            f'''
from anthropic import AsyncAnthropic
class Helper:
    RULES = """{"Answer politely, and from this handbook only. " * 80}"""
    def __init__(self):
        self.client = AsyncAnthropic()
    async def ask(self, question):
        params = {{"model": "claude-sonnet-5", "max_tokens": 300, "system": self.RULES + self.RULES}}
        return await self.client.messages.create(**params, messages=[{{"role": "user", "content": question}}])
''',
            line=8,
            message="1,472 tokens",
        ),
    ),
)
