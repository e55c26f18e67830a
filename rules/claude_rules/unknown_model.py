"""A model id that the Claude API never had.

**What it finds.** An id that resembles one of the Claude API and is none: a date that was never given out
(`claude-opus-4-6-20260205`), an alias that never existed (`claude-sonnet-4-5-latest`), words in another order, a dot
for a dash, a typing error. Only what reaches a call counts. Newer versions than this linter knows, ids of Bedrock,
Vertex and Foundry, and clients with a `base_url` of their own are left alone.

**Why it costs.** Every such call fails with 404.

**Example.**

```python
client.messages.create(model="claude-4.5-sonnet", max_tokens=1024, messages=messages)
```

**Use instead.** The id as the API spells it:

```python
client.messages.create(model="claude-sonnet-4-5", max_tokens=1024, messages=messages)
```

**Fix safety.** Unsafe: the fix writes the id that was most likely meant.

**Suppression.** `# claude-lint: ignore[CL304]` on the reported line or the first line of the call.

**References.** [Model ids](https://platform.claude.com/docs/en/about-claude/models/model-ids).
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from claude_lint.findings import Confidence, Edit, Finding, Fix, Severity
from claude_lint.request import Presence
from claude_lint.rule import Invalid, Rule

from claude_rules.replacement import is_cloud
from otel_claude.models import MODELS, find, parse_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_lint.request import Request
    from claude_lint.rule import Context

    from otel_claude.models import Model

CODE: Final = "CL304"
NAME: Final = "unknown-model"
IDS: Final = {model_id: model for model in MODELS for model_id in model.ids}
_WORD: Final = r"[a-z]+|\d+"
_SUFFIX: Final = r"-(latest|20\d{6})$"


def _words(base: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The letters and the digits of an id, each in order, without a date."""
    words = re.findall(_WORD, re.sub(_SUFFIX, "", base))
    return tuple(sorted(one for one in words if not one.isdigit())), tuple(
        one for one in words if one.isdigit()
    )


@cache
def _by_words() -> dict[tuple[tuple[str, ...], tuple[str, ...]], Model]:
    return {_words(model_id): model for model_id, model in IDS.items()}


def check(request: Request, context: Context) -> Iterator[Finding]:
    """One finding for each such id, where it is written."""
    if is_cloud(request) or request.setting("base_url").presence is Presence.GIVEN:
        return
    for known in request.model.known:
        if not isinstance(known.value, str):
            continue
        meant = meant_by(known.value)
        retires = IDS[meant].retires if meant is not None else None
        if meant is None or (retires is not None and retires <= context.as_of):
            continue
        fix = None
        if known.value in known.token:
            edit = Edit(known.place, known.token.replace(known.value, meant))
            fix = Fix(f"Replace `{known.value}` with `{meant}`", "unsafe", (edit,))
        yield Finding(
            CODE,
            NAME,
            Severity.ERROR,
            Confidence.HIGH if request.constructed and request.model.value is not None else Confidence.MEDIUM,
            f"`{known.value}` is no id of the Claude API, which answers with 404. Most likely `{meant}` is meant.",
            known.place,
            request.call,
            known.chain,
            fix,
        )


def meant_by(text: str) -> str | None:
    """The id that `text` most likely means, or `None` where it is one, or where nobody can tell."""
    parsed = parse_id(text)
    base = text.strip().removesuffix("[1m]")
    if (
        parsed.platform != "claude_api"
        or "/" in base
        or not base.lower().startswith("claude")
        or base.lower() in IDS
    ):
        return None
    letters, digits = _words(base.lower())
    model = find(text) or _by_words().get((letters, digits))
    if model is not None:
        return model.id
    from difflib import get_close_matches

    similar = ["-".join(words) for words, own in _by_words() if own == digits]
    close = get_close_matches("-".join(letters), similar, 1, 0.85)
    return _by_words()[(tuple(close[0].split("-")), digits)].id if close else None


RULE: Final = Rule(
    code=CODE,
    name=NAME,
    summary="A model id that the Claude API never had.",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    check=check,
    docs=__doc__ or "",
    valid=(
        """
import anthropic
client = anthropic.Anthropic()
client.messages.create(model="claude-opus-4-5-20251101", max_tokens=10, messages=[])
client.messages.create(model="claude-3-5-sonnet-latest", max_tokens=10, messages=[])
""",
        # A version that came out later.
        """
import anthropic
anthropic.Anthropic().messages.create(model="claude-opus-6", max_tokens=10, messages=[])
""",
        # A gateway has ids of its own.
        """
import anthropic
client = anthropic.Anthropic(base_url="https://gateway.example.com")
client.messages.create(model="claude-4.5-sonnet", max_tokens=10, messages=[])
""",
        # Bedrock.
        """
import anthropic
client = anthropic.AnthropicBedrock()
client.messages.create(model="us.anthropic.claude-sonnet-4-5-20250929-v1:0", max_tokens=10, messages=[])
client.messages.create(model="claude-4.5-sonnet", max_tokens=10, messages=[])
""",
        # Retired under its own id too: another rule's.
        """
import anthropic
anthropic.Anthropic().messages.create(model="claude-3-opus", max_tokens=10, messages=[])
""",
        # Another company's model, by way of a proxy.
        """
import anthropic
anthropic.Anthropic().messages.create(model="glm-4.6", max_tokens=10, messages=[])
""",
    ),
    invalid=(
        Invalid(
            """
import anthropic
client = anthropic.Anthropic()
MODEL = "claude-opus-4-6-20260205"
def ask(messages):
    return client.messages.create(model=MODEL, max_tokens=10, messages=messages)
""",
            line=4,
            chain=(4, 6),
            message="`claude-opus-4-6` is meant",
            fixed="""
import anthropic
client = anthropic.Anthropic()
MODEL = "claude-opus-4-6"
def ask(messages):
    return client.messages.create(model=MODEL, max_tokens=10, messages=messages)
""",
        ),
        Invalid(
            """
import anthropic
def ask(client: anthropic.Anthropic, messages, model="claude-4.5-sonnet"):
    return client.messages.create(model=model, max_tokens=10, messages=messages)
""",
            line=3,
            fixed="""
import anthropic
def ask(client: anthropic.Anthropic, messages, model="claude-sonnet-4-5"):
    return client.messages.create(model=model, max_tokens=10, messages=messages)
""",
        ),
        Invalid(
            """
import anthropic
anthropic.Anthropic().messages.create(model="claude-sonet-4-6", max_tokens=10, messages=[])
""",
            line=3,
            message="404",
        ),
        Invalid(
            """
import anthropic
anthropic.Anthropic().messages.create(model="claude-sonnet-4-5-latest", max_tokens=10, messages=[])
""",
            line=3,
        ),
    ),
)
