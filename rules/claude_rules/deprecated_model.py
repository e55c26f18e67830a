"""A model that the Claude API will stop serving on a known day.

**What it finds.** A request whose model, found through constants, defaults, parameters and attributes of the file,
is deprecated on the day of the check but still served. Only a model that reaches a call counts. Ids and clients of
Bedrock, Vertex and Foundry are left alone, for these retire models on other days.

**Why it costs.** From the day of its retirement on every call fails. Newer models of the line are mostly cheaper too.

**Example.**

```python
client.messages.create(model="claude-sonnet-4-5", max_tokens=1024, messages=messages)
```

**Use instead.** The current model of the line, after a run of your evaluations:

```python
client.messages.create(model="claude-sonnet-5-5", max_tokens=1024, messages=messages)
```

**Fix safety.** Unsafe: the fix replaces the id where it is written. Another model answers differently, counts tokens
differently and may refuse parameters that the old one took.

**Suppression.** `# claude-lint: ignore[CL303]` on the reported line or the first line of the call.

**References.** [Model deprecations](https://platform.claude.com/docs/en/about-claude/model-deprecations).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from claude_lint.findings import Confidence, Finding, Severity
from claude_lint.rule import Invalid, Rule

from claude_rules.replacement import default_of, models_in, replacement_fix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_lint.request import Request
    from claude_lint.rule import Context

CODE: Final = "CL303"
NAME: Final = "deprecated-model"


def check(request: Request, context: Context) -> Iterator[Finding]:
    """One finding for each deprecated model that the request can use, at the place where its id is written."""
    for known, model in models_in(request):
        announced = model.deprecated is not None and model.deprecated <= context.as_of
        if not announced or (model.retires is not None and model.retires <= context.as_of):
            continue
        end = f"is retired on {model.retires}" if model.retires else "will be retired"
        advice = f" Move to `{model.replacement}` before." if model.replacement else ""
        yield Finding(
            CODE,
            NAME,
            Severity.WARNING,
            Confidence.HIGH if request.model.value is not None else Confidence.MEDIUM,
            f"{model.name} (`{known.value}`) is deprecated and {end}: from then on the call fails.{advice}",
            known.place,
            request.call,
            known.chain,
            replacement_fix(known, model),
            default=default_of(known, request),
        )


RULE: Final = Rule(
    code=CODE,
    name=NAME,
    summary="A model that the Claude API will stop serving on a known day.",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    check=check,
    ways=frozenset({"sdk", "http", "framework"}),
    docs=__doc__ or "",
    valid=(
        """
import anthropic
anthropic.Anthropic().messages.create(model="claude-sonnet-5-5", max_tokens=10, messages=[])
""",
        # Retired already: another rule's.
        """
import anthropic
anthropic.Anthropic().messages.create(model="claude-3-opus-20240229", max_tokens=10, messages=[])
""",
        # A price list.
        """
import anthropic
PRICES = {"claude-sonnet-4-5": 3.0, "claude-sonnet-5-5": 2.0}
def ask(model: str):
    print(PRICES[model])
    return anthropic.Anthropic().messages.create(model=model, max_tokens=10, messages=[])
""",
    ),
    invalid=(
        Invalid(
            """
import anthropic
client = anthropic.AsyncAnthropic()
async def ask(question, model="claude-sonnet-4-5-20250929"):
    return await client.messages.create(
        model=model, max_tokens=10, messages=[{"role": "user", "content": question}])
""",
            line=4,
            message="retired on 2026-11-30",
            fixed="""
import anthropic
client = anthropic.AsyncAnthropic()
async def ask(question, model="claude-sonnet-5-5"):
    return await client.messages.create(
        model=model, max_tokens=10, messages=[{"role": "user", "content": question}])
""",
        ),
        Invalid(
            """
import anthropic
client = anthropic.Anthropic()
with client.messages.stream(model="claude-sonnet-4-5", max_tokens=10, messages=[]) as stream:
    stream.get_final_text()
""",
            line=4,
        ),
    ),
)
