"""Text that changes from call to call at or before a cache breakpoint.

**What it finds.** A value that is different in every call (the clock, a UUID, a random value, data of the incoming
request, what a search finds, what the newest turn says too) in the tools, the system prompt or the messages, in front
of a `cache_control` mark or in the marked block itself, however it got there: f-string, `format`, `%`, `+`, `join`, a
local, a helper of the file, an attribute, a `**params` dict, what the one method that sets the head of a conversation
writes there. A value that changes by the day, or once per process, is not reported, nor is the newest turn of a
conversation.

**Why it costs.** The API finds a cached prefix by its exact bytes, in the order tools, system, messages. One changed
character makes every breakpoint behind it miss. Each call then pays to write the prefix again, 1.25 times the input
price for the 5-minute cache and 2 times for the 1-hour cache, instead of reading it at a tenth of the price or less.

**Example.**

```python
system = [{
    "type": "text",
    "text": f"{HANDBOOK} The time is {datetime.now().isoformat()}.",
    "cache_control": {"type": "ephemeral"},
}]
```

**Use instead.** Put what changes behind the last breakpoint.

```python
system = [
    {"type": "text", "text": HANDBOOK, "cache_control": {"type": "ephemeral"}},
    {"type": "text", "text": f"The time is {datetime.now().isoformat()}."},
]
```

Where the model needs the day only, `date.today()` keeps the prefix for a day.

**Fix safety.** There is no automatic fix: what to move, and whether the prompt still reads well, is for you to judge.

**Suppression.** `# claude-lint: ignore[CL101]` on the reported line or the first line of the call.

**References.** [Prompt caching](https://platform.claude.com/docs/en/build-with-claude/prompt-caching).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from claude_lint.findings import Confidence, Finding, Severity, Step
from claude_lint.request import Stability
from claude_lint.rule import Invalid, Rule

from claude_rules.nondeterministic_prefix import is_shuffled
from otel_claude.api_facts import WRITE_MULTIPLIER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_lint.request import Breakpoint, Piece, Request, Segment
    from claude_lint.rule import Context

CODE: Final = "CL101"
NAME: Final = "dynamic-cached-prefix"


def check(request: Request, context: Context) -> Iterator[Finding]:  # noqa: ARG001
    """One finding for each changing value that breaks a breakpoint, at the place where it enters the text."""
    if request.method == "count_tokens":
        return
    seen = set()
    for index, piece in enumerate(request.pieces):
        broken = [
            mark for mark in request.breakpoints if mark.piece >= index and _counts(mark, piece, request)
        ]
        if not broken:
            continue
        for segment in piece.segments:
            changing = (
                segment.stability is Stability.PER_CALL
                or _per_turn(segment, piece)
                or _per_object(segment, piece, request)
            )
            if changing and segment.place not in seen and not is_shuffled(piece, segment):
                seen.add(segment.place)
                yield _finding(segment, piece, broken, request)


def _counts(mark: Breakpoint, piece: Piece, request: Request) -> bool:
    """Whether a change in `piece` makes `mark` miss in a way that could be avoided.

    What changes in the newest turn is meant to: a mark at its end rolls along with the conversation. A mark in the
    middle of the only turn is meant to be read again. Earlier turns are kept as they were sent, unless they are
    written anew for this call.
    """
    if piece.part != "messages":
        return True
    if not piece.newest:
        return piece.certain
    return piece.turn == 0 and mark.piece < len(request.pieces) - 1


def _per_object(segment: Segment, piece: Piece, request: Request) -> bool:
    """A value that one object keeps, where nothing shows that the object makes several calls."""
    return (
        segment.stability is Stability.PER_SESSION
        and piece.part != "messages"
        and not request.loops
        and not request.reuses
    )


def _per_turn(segment: Segment, piece: Piece) -> bool:
    """A value at the head of a conversation that goes on, which a method writes there anew."""
    return bool(segment.renewed) and segment.stability is Stability.PER_SESSION and piece.part != "messages"


def _finding(segment: Segment, piece: Piece, broken: list[Breakpoint], request: Request) -> Finding:
    first = broken[0]
    intact = len(request.breakpoints) - len(broken)
    per_call = segment.stability is Stability.PER_CALL
    where = f"the breakpoint on `{request.pieces[first.piece].path}`"
    what = f"{segment.source or 'A value'} is part of `{piece.path}`, at or before {where}"
    if len(broken) > 1:
        what += f" and {len(broken) - 1} later one{'s' if len(broken) > 2 else ''}"
    price = f"{WRITE_MULTIPLIER[first.ttl]} times the input price to write it again"
    if per_call:
        effect = f"no call reads what the call before it cached, each pays {price}. Move it behind the last breakpoint"
    elif segment.renewed:
        effect = (
            f"`{segment.renewed}()` writes it anew while the conversation goes on, and the next call reads nothing of "
            f"what is cached but pays {price}. Move it behind the last breakpoint"
        )
    else:
        effect = "each object starts a cache of its own. Move it behind the last breakpoint to share one"
    kept = (
        f"; the {intact} earlier breakpoints still hit"
        if intact > 1
        else "; the earlier one still hits" * intact
    )
    message = f"{what[0].upper()}{what[1:]}: {effect}{kept}."
    sure = first.certain and piece.certain
    severity, confidence = Severity.INFO, Confidence.LOW
    if per_call:
        severity, confidence = Severity.ERROR, Confidence.HIGH if sure else Confidence.MEDIUM
    elif segment.renewed:
        severity, confidence = Severity.WARNING, Confidence.MEDIUM
    return Finding(
        CODE,
        NAME,
        severity,
        confidence,
        message,
        segment.place,
        request.call,
        (
            *segment.chain,
            Step(first.place, "the prefix up to here is cached"),
            Step(request.call, "and sent here"),
        ),
    )


RULE: Final = Rule(
    code=CODE,
    name=NAME,
    summary="Text that changes from call to call at or before a cache breakpoint.",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    check=check,
    ways=frozenset({"sdk", "http", "bedrock"}),
    docs=__doc__ or "",
    valid=(
        # The day, not the clock: the prefix holds for a day.
        """
from datetime import date, datetime
import anthropic
client = anthropic.Anthropic()
HANDBOOK = open("handbook.md").read()
def ask(question):
    today = datetime.now().strftime("%A, %d %B %Y")
    system = [{"type": "text", "text": f"{HANDBOOK} Today is {today} ({date.today()}).",
               "cache_control": {"type": "ephemeral"}}]
    return client.messages.create(model="claude-sonnet-5-5", max_tokens=1024, system=system,
                                  messages=[{"role": "user", "content": question}])
""",
        # The breakpoint rolls on the newest turn.
        """
import anthropic, time
client = anthropic.Anthropic()
def chat(read):
    messages = []
    while True:
        text = f"[{time.time()}] {read()}"
        messages.append({"role": "user", "content": [
            {"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}]})
        reply = client.messages.create(model="claude-sonnet-5-5", max_tokens=1024, messages=messages)
        messages.append({"role": "assistant", "content": reply.content})
""",
        # The changing block stands behind the last breakpoint.
        """
from datetime import datetime
from anthropic import AsyncAnthropic
client = AsyncAnthropic()
async def ask(handbook: str, question: str):
    return await client.messages.create(
        model="claude-sonnet-5-5", max_tokens=1024,
        system=[{"type": "text", "text": handbook, "cache_control": {"type": "ephemeral", "ttl": "1h"}},
                {"type": "text", "text": f"It is {datetime.now()}."}],
        messages=[{"role": "user", "content": question}])
""",
        # One document a call, reused by several calls.
        """
import anthropic
client = anthropic.Anthropic()
def ask_all(document, questions):
    for question in questions:
        client.messages.create(
            model="claude-haiku-5-5", max_tokens=300,
            messages=[{"role": "user", "content": [
                {"type": "text", "text": f"<document>{document}</document>", "cache_control": {"type": "ephemeral"}},
                {"type": "text", "text": question}]}])
""",
        # A value made once, before the loop.
        """
import anthropic, uuid
def run(items):
    client = anthropic.Anthropic()
    run_id = uuid.uuid4().hex
    system = [{"type": "text", "text": "Run " + run_id, "cache_control": {"type": "ephemeral"}}]
    for item in items:
        client.messages.create(model="claude-haiku-5-5", max_tokens=300, system=system,
                               messages=[{"role": "user", "content": item}])
""",
        # Evaluated once per process.
        """
import anthropic, datetime
STARTED = datetime.datetime.now()
client = anthropic.Anthropic()
def ask(question):
    return client.messages.create(
        model="claude-haiku-5-5", max_tokens=300,
        system=[{"type": "text", "text": f"Up since {STARTED}.", "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}])
""",
        # A parameter is not a changing value by itself.
        """
import anthropic
def ask(client: anthropic.Anthropic, now: str, question: str):
    return client.messages.create(
        model="claude-haiku-5-5", max_tokens=300,
        system=[{"type": "text", "text": f"It is {now}.", "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}])
""",
        # What the newest turn says together with something else may stay the same while that changes.
        """
import anthropic
client = anthropic.Anthropic()
def ask(topic, question):
    return client.messages.create(
        model="claude-haiku-5-5", max_tokens=300,
        system=[{"type": "text", "text": f"You know all of {topic}.", "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": f"On {topic}: {question}"}])
""",
        # The same task in every turn of its loop.
        """
import anthropic
client = anthropic.Anthropic()
def run(task, done):
    while not done():
        client.messages.create(
            model="claude-haiku-5-5", max_tokens=300,
            system=[{"type": "text", "text": f"Your task: {task}", "cache_control": {"type": "ephemeral"}}],
            messages=[{"role": "user", "content": task}])
""",
        # One search for several questions.
        """
import anthropic
client = anthropic.Anthropic()
def ask_all(store, topic, questions):
    pages = store.similarity_search(topic)
    for question in questions:
        client.messages.create(
            model="claude-haiku-5-5", max_tokens=300,
            system=[{"type": "text", "text": f"Use {pages}", "cache_control": {"type": "ephemeral"}}],
            messages=[{"role": "user", "content": question}])
""",
        # No breakpoint, no cache to break.
        """
import anthropic, time
client = anthropic.Anthropic()
def ask(question):
    return client.messages.create(model="claude-haiku-5-5", max_tokens=300, system=f"It is {time.ctime()}.",
                                  messages=[{"role": "user", "content": question}])
""",
    ),
    invalid=(
        Invalid(
            """
import anthropic
from datetime import datetime
client = anthropic.Anthropic()
HANDBOOK = open("handbook.md").read()
def ask(question):
    system = [{
        "type": "text",
        "text": f"{HANDBOOK} The time is {datetime.now().isoformat()}.",
        "cache_control": {"type": "ephemeral"},
    }]
    return client.messages.create(model="claude-sonnet-5-5", max_tokens=1024, system=system,
                                  messages=[{"role": "user", "content": question}])
""",
            line=9,
            chain=(9, 10, 12),
            message="The clock is part of `system[0]`",
        ),
        Invalid(
            """
import uuid
from anthropic import Anthropic
class Agent:
    def __init__(self):
        self.client = Anthropic()
    def _system(self):
        trace = uuid.uuid4()
        return "Trace: %s. Answer briefly." % trace
    def _params(self, history):
        params = {"model": "claude-sonnet-5-5", "max_tokens": 1024, "messages": history}
        params["system"] = [{"type": "text", "text": self._system()}]
        params["system"][-1]["cache_control"] = {"type": "ephemeral", "ttl": "1h"}
        return params
    def ask(self, history):
        return self.client.messages.create(**self._params(history))
""",
            line=9,
            chain=(8, 9, 13, 16),
            message="2 times the input price",
        ),
        Invalid(
            """
import anthropic, time
client = anthropic.Anthropic()
TOOLS = [{"name": "search", "description": "Search.", "input_schema": {"type": "object"}}]
def ask(question):
    block = {"type": "text", "text": "Clock: " + time.strftime("%H:%M:%S")}
    return client.messages.create(
        model="claude-opus-5-5", max_tokens=1024,
        tools=[*TOOLS[:-1], {**TOOLS[-1], "cache_control": {"type": "ephemeral"}}],
        system=[{**block, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}])
""",
            line=6,
            message="the earlier one still hits",
        ),
        Invalid(
            """
import random
import anthropic
from anthropic.types import TextBlockParam
EXAMPLES = ["a", "b", "c"]
def build(shots):
    return "\\n".join(["Examples:", *shots])
async def ask(client: anthropic.AsyncAnthropic, question):
    shots = random.sample(EXAMPLES, 2)
    async with client.messages.stream(
        model="claude-sonnet-5-5", max_tokens=1024,
        system=[TextBlockParam(type="text", text=build(shots), cache_control={"type": "ephemeral"})],
        messages=[{"role": "user", "content": question}],
    ) as stream:
        return await stream.get_final_message()
""",
            line=7,
            message="A random value",
        ),
        Invalid(
            """
import anthropic, datetime
client = anthropic.Anthropic()
def context():
    return {"type": "text", "text": "Now: {}".format(datetime.datetime.now()), "cache_control": {"type": "ephemeral"}}
def ask(book, question):
    return client.messages.create(
        model="claude-sonnet-5-5", max_tokens=1024,
        messages=[{"role": "user", "content": [context(), {"type": "text", "text": question}]}])
""",
            line=5,
            message="messages[0].content[0]",
        ),
        # What a search finds for the question.
        Invalid(
            """
import anthropic
client = anthropic.Anthropic()
def ask(store, question):
    pages = "\\n".join(hit.page_content for hit in store.similarity_search(question, k=4))
    return client.messages.create(
        model="claude-haiku-5-5", max_tokens=300,
        system=[{"type": "text", "text": f"Use {pages}", "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}])
""",
            line=5,
            message="What a search finds",
        ),
        # The head of a conversation, written anew while it goes on.
        Invalid(
            """
import anthropic
from datetime import datetime
class Talk:
    def __init__(self):
        self.turns = [""]
    def add(self, turn):
        self.turns.append(turn)
    def instruct(self, guest):
        self.turns[0] = f"You answer {guest}. It is {datetime.now()}."
def answer(client: anthropic.Anthropic, talk: Talk):
    return client.messages.create(
        model="claude-sonnet-5-5", max_tokens=1024, messages=talk.turns[1:],
        system=[{"type": "text", "text": talk.turns[0], "cache_control": {"type": "ephemeral"}}])
""",
            line=10,
            message="`instruct()` writes it anew",
        ),
        # What the newest turn says, quoted in the system prompt.
        Invalid(
            """
import anthropic
client = anthropic.Anthropic()
def ask(handbook, history):
    latest = history[-1]["content"]
    return client.messages.create(
        model="claude-haiku-5-5", max_tokens=300,
        system=[{"type": "text", "text": f"They ask: {latest}"},
                {"type": "text", "text": handbook, "cache_control": {"type": "ephemeral"}}],
        messages=history)
""",
            line=8,
            message="What the newest turn says",
        ),
        # A loop that tries again is no conversation: each success is one call.
        Invalid(
            """
import anthropic, time
client = anthropic.Anthropic()
def ask(question):
    block = {"type": "text", "text": f"Now: {time.time()}", "cache_control": {"type": "ephemeral"}}
    for attempt in range(3):
        try:
            reply = client.messages.create(model="claude-sonnet-5-5", max_tokens=99, system=[block],
                                           messages=[{"role": "user", "content": question}])
            break
        except anthropic.APIError:
            time.sleep(2**attempt)
    return reply
""",
            line=5,
        ),
    ),
)
