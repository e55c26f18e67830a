"""The most expensive models for extraction, classification and the like.

**What it finds.** Opus, Fable or Mythos in a request that looks like a small task. The evidence is weighed: words of
the prompt and of the names around the call (classify, extract, transcribe, yes or no), a small `max_tokens`, an answer
of a few flat fields; against it, thinking, a high effort, tools, a large `max_tokens`, and words of hard work (reason,
step by step, write code). The finding lists its evidence.

**Why it costs.** Anthropic recommends Haiku 5.5 for high-volume tasks such as classification, extraction and routing.
Its tokens cost a fortieth of those of Opus 5.5, for prompts of up to 100,000 tokens.

**Example.**

```python
client.messages.create(
    model="claude-opus-5-5", max_tokens=5, system="Classify the ticket. Answer with one label only.", messages=messages
)
```

**Use instead.** A smaller model, after a run of your evaluations on your own data:

```python
client.messages.create(
    model="claude-haiku-5-5", max_tokens=5, system="Classify the ticket. Answer with one label only.", messages=messages
)
```

If the smaller model is not good enough, a lower effort on the same model may save as much.

**Fix safety.** There is no automatic fix: this is advice, and only an evaluation can tell.

**Suppression.** `# claude-lint: ignore[CL301]` on the reported line or the first line of the call.

**References.** [Choosing a model](https://platform.claude.com/docs/en/about-claude/models/choosing-a-model),
[Pricing](https://platform.claude.com/docs/en/about-claude/pricing).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from claude_lint.dataclass import dataclass
from claude_lint.findings import Confidence, Finding, Severity
from claude_lint.request import Presence, Stability
from claude_lint.rule import Invalid, Rule

from claude_rules.wording import flat_fields, instructions, listed
from otel_claude.models import find
from otel_claude.rates import rates_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from claude_lint.request import Request
    from claude_lint.rule import Context

    from otel_claude.models import Model

CODE: Final = "CL301"
NAME: Final = "opus-for-extraction"
FAMILIES: Final = frozenset({"opus", "fable", "mythos"})
SMALLER: Final = "claude-haiku-5-5"
THRESHOLD: Final = 3
"""The weight of evidence from which a request is reported."""


@dataclass(frozen=True, slots=True)
class Sign:
    """Words that speak for a small task, or with a negative weight against one."""

    pattern: str
    weight: int
    word: str

    def shows_in(self, text: str) -> bool:
        """Whether the words are in a text."""
        return re.search(self.pattern, text, re.IGNORECASE) is not None


PROMPT_SIGNS: Final = (
    Sign(r"\b(classif(y|ies|ication)|categori[sz](e|ation))\b", 2, "classification"),
    Sign(r"\b(which|what|the) (category|intent|label|sentiment)\b|\bsentiment\b", 2, "labelling"),
    Sign(r"\bextract(s|ing|ion)?\b", 2, "extraction"),
    Sign(
        r"\b(read|print|list|record) the (\w+ ){1,4}(from|in|on) (this|the) (\w+ ){0,3}"
        r"(image|photo|picture|scan|label|receipt|invoice|form)\b",
        1,
        "what is written in an image or form",
    ),
    Sign(r"\btranscri(be|ption)\b", 3, "transcription"),
    Sign(r"\b(yes or no|true or false|yes/no|true/false)\b", 2, "a yes-or-no answer"),
    Sign(
        r"\b(answer|respond|reply) (with )?(yes or no|true or false|yes/no|true/false)\b", 1, "a bare answer"
    ),
    Sign(r"\b(with )?(one|a single) (word|label)\b", 1, "a one-word answer"),
    Sign(r"\broute (the|this|each|it|to)\b", 2, "routing"),
    Sign(r"\bextract the \w+, (\w+, ){0,6}(and )?\w+", 1, "fields by name"),
    Sign(r"\b(which|what) language (is|was)\b|\bdetect the language\b", 2, "language detection"),
    Sign(r"\b(pick|choose|select|assign) the (tag|label|categor|topic|keyword)\w*\b", 2, "labelling"),
    Sign(
        r"\b(summari[sz]e\b.{0,60}\b(in|as) a|(write|give|suggest) a) (short )?(title|headline|subject line)\b",
        3,
        "a title",
    ),
    Sign(
        r"\b(describe|summari[sz]e)\b.{0,60}\bin (a|one|two|1|2) (short )?sentences?\b", 3, "a short summary"
    ),
    Sign(
        r"\b(only|just) (output|return|respond|reply|answer)\b|\bnothing else\b"
        r"|\b(output|return|respond|reply|answer) (with )?(only|just)\b|\b(label|team|category|name|id|code) only\b"
        r"|\breply with the \w+ (code|label|name|id)\b|\bdo not change any\b",
        1,
        "a bare answer",
    ),
    Sign(r"\bconvert\b.{0,40}\b(to|into) (a |an )?(json|csv|yaml|xml)\b", 2, "format conversion"),
    Sign(r"\b(step by step|think (carefully|hard|through)|reason(ing)? (about|through|step))\b", -3, ""),
    Sign(
        r"\b(write|generate|refactor|implement|debug|review|fix) (the |a |an |some )?(\w+ )?"
        r"(code|program|function|class|script|test|sql|quer(y|ies))",
        -3,
        "",
    ),
    Sign(
        r"\b(essay|story|poem|novel|proof|prove|in[- ]depth|comprehensive|research|strategy|architect)",
        -3,
        "",
    ),
    Sign(r"\b(write|generate|create) (a |an |the )?(\w+ )?prompts?\b", -3, ""),
    Sign(r"\b(coding agent|autonomous|you have access to (the following )?tools)\b", -3, ""),
)
NAME_SIGNS: Final = (
    Sign(r"classif|categori[sz]|sentiment|intent(?!ional)|label", 2, "classification"),
    Sign(r"extract|transcri|ocr\b|parse_(?!args)", 2, "extraction"),
    Sign(r"(^|_)rout(e|er|ing)(_|$)|moderat|is_spam|triage", 2, "routing"),
    Sign(r"agent|plan|reason|code|research|write|review", -2, ""),
)
SMALL_LIMITS: Final = ((10, 3), (128, 2), (300, 1))
"""A `max_tokens` up to the first number has the weight of the second. 0 and 1 warm a cache or test a connection."""

LARGE_LIMIT: Final = 8_000


@dataclass(slots=True)
class Evidence:
    """What speaks for a small task, in words, and how much after what speaks against it."""

    weight: int = 0
    asked: tuple[str, ...] = ()
    """What the prompt asks for."""

    seen: tuple[str, ...] = ()
    """What else speaks for it."""

    def add(self, weight: int, word: str) -> None:
        self.weight += weight
        if weight > 0 and word not in self.seen:
            self.seen = (*self.seen, word)

    def ask(self, weight: int, word: str) -> None:
        self.weight += weight
        if weight > 0 and word not in self.asked:
            self.asked = (*self.asked, word)

    @property
    def said(self) -> str:
        asked = (f"the prompt asks for {listed(self.asked)}",) if self.asked else ()
        return ", ".join((*asked, *self.seen))


def check(request: Request, context: Context) -> Iterator[Finding]:
    """At most one finding, at the place where the model's id is written."""
    if request.method == "count_tokens":
        return
    for known in request.model.known:
        model = find(known.value) if isinstance(known.value, str) else None
        if model is None or model.family not in FAMILIES:
            continue
        evidence = _evidence(request)
        if evidence.weight < THRESHOLD:
            return
        yield Finding(
            CODE,
            NAME,
            Severity.WARNING,
            Confidence.MEDIUM if request.model.value is not None else Confidence.LOW,
            f"{model.name} for what looks like a small task ({evidence.said}). "
            f"{_ratio(model, context.as_of)}: evaluate it on your own data, and move if it holds.",
            known.place,
            request.call,
            known.chain,
        )
        return


def _evidence(request: Request) -> Evidence:
    evidence = Evidence()
    for sign in PROMPT_SIGNS:
        if any(sign.shows_in(text) for text in instructions(request)):
            evidence.ask(sign.weight, sign.word)
    names = (request.function.rpartition(".")[2], *request.names)
    for sign in NAME_SIGNS:
        name = next((name for name in names if sign.shows_in(name.lower())), None)
        if name is not None:
            evidence.add(sign.weight, f"`{name}` speaks of {sign.word}")
    limit = request.max_tokens.value
    if isinstance(limit, int) and limit > 1:
        weight = next((weight for most, weight in SMALL_LIMITS if limit <= most), 0)
        if _prompt_is_known(request):
            weight = min(weight, 2)
        evidence.add(weight, f"`max_tokens` is {limit}")
        evidence.add(-3 if limit > LARGE_LIMIT else 0, "")
    if request.output is not None and request.output.flat and 0 <= request.output.fields <= 8:
        evidence.add(
            3 if request.output.choices else 2, f"the answer has {flat_fields(request.output.fields)}"
        )
    if _works_hard(request):
        evidence.add(-4, "")
    return evidence


def _prompt_is_known(request: Request) -> bool:
    """Whether all of the prompt can be read, so that its words say enough."""
    segments = [segment for piece in request.pieces for segment in piece.segments]
    return bool(segments) and all(one.stability is not Stability.UNKNOWN for one in segments)


def _works_hard(request: Request) -> bool:
    """Thinking, a tool loop, or a raised effort."""
    tools = request.argument("tools").presence is Presence.GIVEN and request.output is None
    return (
        tools
        or request.argument("thinking").presence is Presence.GIVEN
        or request.argument("speed").value == "fast"
    )


def _ratio(model: Model, day: date) -> str:
    """How much cheaper the smaller model is, from the rates of the day."""
    ours = rates_at(model.id, day, prompt_tokens=1_000)
    smaller = rates_at(SMALLER, day, prompt_tokens=1_000)
    if ours is None or smaller is None:
        return "Claude Haiku 5.5 costs a fraction"
    on_input = ours.row.rates.input / smaller.row.rates.input
    on_output = ours.row.rates.output / smaller.row.rates.output
    times = f"{on_input:.0f}" if round(on_input) == round(on_output) else f"{on_input:.0f} to {on_output:.0f}"
    return f"Its tokens cost {times} times those of Claude Haiku 5.5 for prompts of up to 100,000 tokens"


RULE: Final = Rule(
    code=CODE,
    name=NAME,
    summary="The most expensive models for extraction, classification and the like.",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    check=check,
    ways=frozenset({"sdk", "http", "bedrock"}),
    docs=__doc__ or "",
    valid=(
        # A cheap model for a small task.
        """
import anthropic
def classify(text):
    return anthropic.Anthropic().messages.create(
        model="claude-haiku-5-5", max_tokens=5, system="Classify the ticket. Answer only with a label.",
        messages=[{"role": "user", "content": text}])
""",
        # Hard work.
        """
import anthropic
def review(diff):
    return anthropic.Anthropic().messages.create(
        model="claude-opus-5-5", max_tokens=16000, thinking={"type": "adaptive"},
        system="Review the code. Think step by step, then classify each problem by severity.",
        messages=[{"role": "user", "content": diff}])
""",
        # An agent with tools.
        """
import anthropic
TOOLS = [{"name": "extract_page", "input_schema": {"type": "object"}}, {"name": "shell", "input_schema": {}}]
def run(messages):
    return anthropic.Anthropic().messages.create(
        model="claude-opus-5-5", max_tokens=4096, tools=TOOLS, messages=messages,
        system="Extract what you need with your tools until the task is done.")
""",
        # A word of a small task on the way to a large one.
        """
import anthropic
def advise(notes):
    return anthropic.Anthropic().messages.create(
        model="claude-opus-5-5", max_tokens=4000, messages=[{"role": "user", "content": notes}],
        system="Extract the main arguments and write a comprehensive reply. One word of caution: be polite.")
""",
        # A small answer alone says too little.
        """
import anthropic
def ask(question):
    return anthropic.Anthropic().messages.create(
        model="claude-opus-5-5", max_tokens=256, messages=[{"role": "user", "content": question}])
""",
        # A test of the connection.
        """
import anthropic
def ping():
    anthropic.Anthropic().messages.create(
        model="claude-opus-5-5", max_tokens=5, messages=[{"role": "user", "content": "Hi"}])
""",
        # The model is not known.
        """
import anthropic
def classify(model, text):
    return anthropic.Anthropic().messages.create(
        model=model, max_tokens=5, system="Classify.", messages=[{"role": "user", "content": text}])
""",
    ),
    invalid=(
        # The default of an option of the command line.
        Invalid(
            """
import anthropic, argparse
def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-m", "--label-model", default="claude-opus-5-5")
    args = parser.parse_args()
    anthropic.Anthropic().messages.create(
        model=args.label_model, max_tokens=5, messages=[
            {"role": "user", "content": "Classify the mail. Answer only with a label.\\n" + open("mail").read()}])
""",
            line=5,
        ),
        Invalid(
            """
import anthropic
def title(conversation):
    return anthropic.Anthropic().messages.create(
        model="claude-fable-5-2", max_tokens=30,
        system="Summarize the conversation in a title of at most six words.",
        messages=[{"role": "user", "content": conversation}])
""",
            line=5,
            message="a title",
        ),
        # The words of the task say enough without a small limit.
        Invalid(
            """
import anthropic
def read(letter):
    return anthropic.Anthropic().messages.create(
        model="claude-opus-5-5", max_tokens=2000, system="Extract the names, dates and amounts.",
        messages=[{"role": "user", "content": letter}])
""",
            line=5,
            message="fields by name",
        ),
        Invalid(
            """
import anthropic
def ask(text):
    return anthropic.Anthropic().messages.create(
        model="claude-opus-5-5", max_tokens=1024, system="Is this mail urgent? Answer yes or no.",
        messages=[{"role": "user", "content": text}])
""",
            line=5,
            message="a yes-or-no answer",
        ),
        Invalid(
            """
import anthropic
MODEL = "claude-opus-5-5"
client = anthropic.Anthropic()
def classify_ticket(text):
    return client.messages.create(
        model=MODEL,
        max_tokens=10,
        system="Classify the ticket as bug, question or praise. Answer only with the label.",
        messages=[{"role": "user", "content": text}],
    )
""",
            line=3,
            chain=(3, 7, 6),
            message="40 times",
        ),
        Invalid(
            """
import anthropic
client = anthropic.Anthropic()
PROMPT = "Extract the name and the date of birth from the form below.\\n\\n{form}"
SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}, "born": {"type": "string"}}}
def read_form(form):
    return client.messages.create(
        model="claude-fable-5-2", max_tokens=1024,
        messages=[{"role": "user", "content": PROMPT.format(form=form)}],
        output_config={"format": {"type": "json_schema", "schema": SCHEMA}})
""",
            line=8,
            message="2 flat fields",
        ),
        Invalid(
            """
import anthropic
class Router:
    def __init__(self, model="claude-opus-4-8"):
        self.client, self.model = anthropic.Anthropic(), model
    def route(self, message):
        tool = {"name": "route", "input_schema": {"type": "object", "properties": {
            "team": {"type": "string", "enum": ["sales", "support"]}, "urgent": {"type": "boolean"}}}}
        return self.client.messages.create(
            model=self.model, max_tokens=200, tools=[tool], tool_choice={"type": "tool", "name": "route"},
            messages=[{"role": "user", "content": message}])
""",
            line=4,
        ),
    ),
)
