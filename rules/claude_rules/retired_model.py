"""A model that the Claude API no longer serves.

**What it finds.** A request whose model, found through constants, defaults, parameters and attributes of the file,
is retired on the day of the check. Only a model that reaches a call counts: an id in a migration table or a price
list does not. Ids and clients of Bedrock, Vertex and Foundry are left alone, for these retire models on other days.

**Why it costs.** Every such call fails with 404, often after retries.

**Example.**

```python
client.messages.create(model="claude-3-opus-20240229", max_tokens=1024, messages=messages)
```

**Use instead.** The current model of the line, after a run of your evaluations:

```python
client.messages.create(model="claude-opus-5-5", max_tokens=1024, messages=messages)
```

**Fix safety.** Unsafe: the fix replaces the id where it is written. Another model answers differently, counts tokens
differently and may refuse parameters that the old one took.

**Suppression.** `# claude-lint: ignore[CL302]` on the reported line or the first line of the call.

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

CODE: Final = "CL302"
NAME: Final = "retired-model"


def check(request: Request, context: Context) -> Iterator[Finding]:
    """One finding for each retired model that the request can use, at the place where its id is written."""
    for known, model in models_in(request):
        if model.retires is None or model.retires > context.as_of:
            continue
        sure = request.model.value is not None
        other = f", unless {request.model.because} says otherwise" if request.model.because else ""
        advice = f" Use `{model.replacement}`." if model.replacement else ""
        yield Finding(
            CODE,
            NAME,
            Severity.ERROR,
            Confidence.HIGH if sure else Confidence.MEDIUM,
            f"{model.name} (`{known.value}`) was retired on {model.retires}: the call fails{other}.{advice}",
            known.place,
            request.call,
            known.chain,
            replacement_fix(known, model),
            default=default_of(known, request),
        )


RULE: Final = Rule(
    code=CODE,
    name=NAME,
    summary="A model that the Claude API no longer serves.",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    check=check,
    ways=frozenset({"sdk", "http", "framework"}),
    docs=__doc__ or "",
    valid=(
        """
import anthropic
client = anthropic.Anthropic()
client.messages.create(model="claude-opus-5-5", max_tokens=1024, messages=[])
""",
        # A migration table.
        """
import anthropic
REPLACED = {"claude-3-opus-20240229": "claude-opus-5-5", "claude-2.1": "claude-sonnet-5-5"}
def ask(model, messages):
    model = REPLACED.get(model, model)
    return anthropic.Anthropic().messages.create(model=model, max_tokens=1024, messages=messages)
""",
        # Bedrock has days of its own.
        """
from anthropic import AnthropicBedrock
client = AnthropicBedrock(aws_region="us-east-1")
client.messages.create(model="anthropic.claude-3-haiku-20240307-v1:0", max_tokens=10, messages=[])
""",
        # Deprecated, but still served.
        """
import anthropic
anthropic.Anthropic().messages.create(model="claude-sonnet-4-5", max_tokens=10, messages=[])
""",
        # Rejected before it reaches the call.
        """
import anthropic
def ask(model, messages):
    if model == "claude-3-opus-20240229":
        raise ValueError(model)
    return anthropic.Anthropic().messages.create(model=model, max_tokens=10, messages=messages)
""",
    ),
    invalid=(
        Invalid(
            """
import anthropic
MODEL = "claude-3-opus-20240229"
client = anthropic.Anthropic()
def ask(question):
    return client.messages.create(model=MODEL, max_tokens=10, messages=[{"role": "user", "content": question}])
""",
            line=3,
            chain=(3, 6),
            message="retired on 2026-01-05",
            fixed="""
import anthropic
MODEL = "claude-opus-5-5"
client = anthropic.Anthropic()
def ask(question):
    return client.messages.create(model=MODEL, max_tokens=10, messages=[{"role": "user", "content": question}])
""",
        ),
        Invalid(
            """
import os
from anthropic import Anthropic
class Bot:
    def __init__(self, model: str = os.environ.get("MODEL", 'claude-3-5-sonnet-latest')):
        self.client, self.model = Anthropic(), model
    def ask(self, question):
        return self.client.messages.create(
            model=self.model, max_tokens=10, messages=[{"role": "user", "content": question}])
""",
            line=5,
            message="unless the environment variable MODEL says otherwise",
            fixed="""
import os
from anthropic import Anthropic
class Bot:
    def __init__(self, model: str = os.environ.get("MODEL", 'claude-sonnet-5-5')):
        self.client, self.model = Anthropic(), model
    def ask(self, question):
        return self.client.messages.create(
            model=self.model, max_tokens=10, messages=[{"role": "user", "content": question}])
""",
        ),
        Invalid(
            """
import anthropic
from dataclasses import dataclass
@dataclass
class Settings:
    model: str = "claude-3-7-sonnet-20250219"
    max_tokens: int = 1024
def ask(settings: Settings, question):
    client = anthropic.Anthropic()
    args = {"model": settings.model, "max_tokens": settings.max_tokens}
    return client.beta.messages.create(**args, messages=[{"role": "user", "content": question}])
""",
            line=6,
        ),
    ),
)
