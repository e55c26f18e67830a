"""An argument that today's API answers with 400.

**What it finds.** Arguments that the model of the request refuses: `thinking` of type `enabled` or `disabled`, a
`tool_choice` that forces a tool, `inference_geo`, and for the models of today the beginning of an answer that is
written out as the last message (a prefill). And `temperature`, `top_p` and `top_k` for models that came out after
the SDK had dropped them. For older models these three are left alone: an older SDK sends an older API version, which
takes them.

**Why it costs.** Each such call fails, mostly on the day on which the model id was raised or the SDK was updated.

**Example.**

```python
client.messages.create(
    model="claude-opus-5-5", max_tokens=16000, thinking={"type": "enabled", "budget_tokens": 8000}, messages=messages
)
```

**Use instead.** What the model takes:

```python
client.messages.create(model="claude-opus-5-5", max_tokens=16000, thinking={"type": "adaptive"}, messages=messages)
```

**Fix safety.** There is no automatic fix: what takes the argument's place depends on what it was for.

**Suppression.** `# claude-lint: ignore[CL305]` on the reported line or the first line of the call.

**References.** [Adaptive thinking](https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking),
[API versions](https://platform.claude.com/docs/en/api/versioning).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from claude_lint.findings import Confidence, Finding, Severity, Step
from claude_lint.request import ANSWERED, Presence, Stability
from claude_lint.rule import Invalid, Rule

from claude_rules.replacement import models_in
from otel_claude.api_facts import SAMPLING, SDK_WITHOUT_SAMPLING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_lint.findings import Place
    from claude_lint.request import Request
    from claude_lint.rule import Context

    from otel_claude.models import Model, Rejection

CODE: Final = "CL305"
NAME: Final = "rejected-parameter"

ADVICE: Final[dict[Rejection, str]] = {
    "thinking.enabled": 'Use `{"type": "adaptive"}` and `effort`.',
    "thinking.disabled": "Leave `thinking` out, and lower the `effort`.",
    "tool_choice.forced": 'Use `{"type": "auto"}` and say in the prompt which tool to call, or use structured output.',
    "inference_geo": "Leave it out.",
}

WITHOUT_PREFILL: Final = frozenset(
    {"claude-fable-5-2", "claude-mythos-5-2", "claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"}
)
"""The models of 2026-11-20, which answer a prefill with 400. Of older ones it is not said for each."""


def check(request: Request, context: Context) -> Iterator[Finding]:  # noqa: ARG001
    """One finding for each argument that the models of the request refuse, where it is given."""
    models = [model for _, model in models_in(request)]
    if request.method not in ANSWERED or not models or request.model.open:
        return
    for rejection, place, what in _refusable(request):
        refusing = [model for model in models if rejection in model.rejects]
        if len(refusing) == len(models):
            message = f"{refusing[0].name} answers {what} with 400. {ADVICE[rejection]}"
            yield _finding(request, place, message, Confidence.HIGH)
    prefill = _prefill(request)
    if prefill is not None and all(model.id in WITHOUT_PREFILL for model in models):
        message = (
            f"{models[0].name} answers a last message of the assistant with 400. Say in the prompt how the answer "
            "begins, or use structured output."
        )
        yield _finding(request, prefill, message, Confidence.MEDIUM)
    for name in SAMPLING:
        argument = request.argument(name)
        if (
            argument.presence is Presence.GIVEN
            and argument.place is not None
            and all(map(_is_recent, models))
        ):
            message = (
                f"The API answers `{name}` with 400 since version 2026-10-21, which SDK 2.0 sends; from SDK 1.0 on the "
                "argument is gone. Leave it out."
            )
            yield _finding(request, argument.place, message, Confidence.MEDIUM)


def _refusable(request: Request) -> Iterator[tuple[Rejection, Place, str]]:
    """What the request says that some models refuse."""
    thinking, choice = request.field("thinking.type"), request.field("tool_choice.type")
    geo = request.argument("inference_geo")
    if thinking.place is not None and thinking.value == "enabled":
        yield "thinking.enabled", thinking.place, "`thinking` of type `enabled`"
    if thinking.place is not None and thinking.value == "disabled":
        yield "thinking.disabled", thinking.place, "`thinking` of type `disabled`"
    if choice.place is not None and choice.value in {"any", "tool"}:
        yield "tool_choice.forced", choice.place, "a `tool_choice` that forces a tool"
    if geo.place is not None and isinstance(geo.value, str):
        yield "inference_geo", geo.place, "`inference_geo`"


def _prefill(request: Request) -> Place | None:
    """Where the beginning of the answer is written out, if the last message is one of the assistant."""
    newest = [piece for piece in request.pieces if piece.newest]
    written = all(
        piece.role == "assistant"
        and piece.certain
        and piece.segments
        and all(segment.stability is Stability.CONSTANT for segment in piece.segments)
        for piece in newest
    )
    return newest[0].place if newest and written else None


def _is_recent(model: Model) -> bool:
    return model.released is not None and model.released >= SDK_WITHOUT_SAMPLING


def _finding(request: Request, place: Place, message: str, confidence: Confidence) -> Finding:
    chain = (Step(place, "it is given here"), Step(request.call, "and sent here"))
    return Finding(CODE, NAME, Severity.ERROR, confidence, message, place, request.call, chain)


RULE: Final = Rule(
    code=CODE,
    name=NAME,
    summary="An argument that today's API answers with 400.",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    check=check,
    docs=__doc__ or "",
    valid=(
        # What the model takes.
        """
import anthropic
def ask(messages, tools):
    return anthropic.Anthropic().messages.create(
        model="claude-opus-5-5", max_tokens=9000, thinking={"type": "adaptive"}, tools=tools,
        tool_choice={"type": "auto"}, inference_geo="us", messages=messages)
""",
        # A model that takes it.
        """
import anthropic
def ask(messages, tools):
    return anthropic.Anthropic().messages.create(
        model="claude-haiku-4-5", max_tokens=9000, thinking={"type": "enabled", "budget_tokens": 2000}, tools=tools,
        tool_choice={"type": "any"}, temperature=0, messages=messages)
""",
        # Forced on one model, left alone on the other.
        """
import anthropic
def ask(messages, tools, cheap=False):
    model = "claude-haiku-4-5" if cheap else "claude-opus-5-5"
    return anthropic.Anthropic().messages.create(
        model=model, max_tokens=9000, tools=tools, tool_choice={"type": "any"}, messages=messages)
""",
        # The assistant's words are an example, or what it said before.
        """
import anthropic
def ask(messages, said, question):
    shots = [{"role": "user", "content": "A?"}, {"role": "assistant", "content": "a"}]
    anthropic.Anthropic().messages.create(
        model="claude-opus-5-5", max_tokens=900, messages=[*shots, {"role": "user", "content": question}])
    anthropic.Anthropic().messages.create(
        model="claude-opus-5-5", max_tokens=900, messages=[*shots, {"role": "assistant", "content": said}])
""",
        # A prefill, for a model that may take it.
        """
import anthropic
def ask(question):
    return anthropic.Anthropic().messages.create(
        model="claude-haiku-4-5", max_tokens=900,
        messages=[{"role": "user", "content": question}, {"role": "assistant", "content": "{"}])
""",
        # The model is not known.
        """
import anthropic
def ask(model, messages):
    return anthropic.Anthropic().messages.create(
        model=model, max_tokens=9000, thinking={"type": "enabled", "budget_tokens": 2000}, messages=messages)
""",
        # On some paths only.
        """
import anthropic
def ask(messages, temperature=None):
    params = {"model": "claude-opus-5-5", "max_tokens": 100, "messages": messages}
    if temperature is not None:
        params["temperature"] = temperature
    return anthropic.Anthropic().messages.create(**params)
""",
    ),
    invalid=(
        Invalid(
            """
import anthropic
def ask(question):
    messages = [{"role": "user", "content": question}]
    messages.append({"role": "assistant", "content": "{"})
    return anthropic.Anthropic().messages.create(model="claude-sonnet-5-5", max_tokens=900, messages=messages)
""",
            line=5,
            message="last message of the assistant",
        ),
        Invalid(
            """
import anthropic
def ask(messages):
    return anthropic.Anthropic().messages.create(
        model="claude-opus-5-5", max_tokens=9000, messages=messages,
        thinking={"type": "enabled", "budget_tokens": 2000})
""",
            line=6,
            message="adaptive",
        ),
        Invalid(
            """
import anthropic
MODEL = "claude-sonnet-5-5"
FORCED = {"type": "tool", "name": "save"}
def save(client: anthropic.Anthropic, tool, text):
    return client.messages.create(
        model=MODEL, max_tokens=900, tools=[tool], tool_choice=FORCED, messages=[{"role": "user", "content": text}])
""",
            line=4,
            chain=(4, 6),
            message="Claude Sonnet 5.5",
        ),
        Invalid(
            """
import anthropic
def ask(messages):
    return anthropic.Anthropic().messages.create(
        model="claude-haiku-5-5", max_tokens=900, temperature=0, messages=messages)
""",
            line=5,
            message="2026-10-21",
        ),
        Invalid(
            """
import anthropic
def ask(messages):
    return anthropic.Anthropic().messages.create(
        model="claude-sonnet-4-5", max_tokens=900, inference_geo="us", messages=messages)
""",
            line=5,
            message="Leave it out",
        ),
    ),
)
