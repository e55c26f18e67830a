"""A `max_tokens` that the SDK refuses without streaming.

**What it finds.** `messages.create` or `parse` without `stream=True` and without a `timeout`, of the call or of the
client, and with a `max_tokens` of 21,334 or more. Where an unresolved `**` may bring `stream` or `timeout`, and
where the client comes from elsewhere, the rule is silent, as where there may be another limit and nothing tells whose.

**Why it costs.** The SDK reckons that the answer could take longer than ten minutes and raises `ValueError` before the
call.

**Example.**

```python
client.messages.create(model="claude-opus-5-5", max_tokens=64_000, messages=messages)
```

**Use instead.** Streaming, which gives the same message in the end:

```python
with client.messages.stream(model="claude-opus-5-5", max_tokens=64_000, messages=messages) as stream:
    message = stream.get_final_message()
```

**Fix safety.** There is no automatic fix: what reads the answer changes too.

**Suppression.** `# claude-lint: ignore[CL203]` on the reported line or the first line of the call.

**References.** [Long requests](https://platform.claude.com/docs/en/cli-sdks-libraries/sdks/python#long-requests).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from claude_lint.findings import Confidence, Finding, Severity
from claude_lint.request import Presence
from claude_lint.rule import Invalid, Rule

from otel_claude.models import find

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_lint.request import Request
    from claude_lint.rule import Context

    from otel_claude.models import Model

CODE: Final = "CL203"
NAME: Final = "nonstreaming-max-tokens"
LIMIT: Final = 21_333
"""The highest `max_tokens` without streaming. Source: anthropic 2.11, `_calculate_nonstreaming_timeout`."""


def check(request: Request, context: Context) -> Iterator[Finding]:
    """At most one finding, where the limit is written."""
    if request.method not in {"create", "parse"} or _streams(request):
        return
    models = [find(known.value) if isinstance(known.value, str) else None for known in request.model.known]
    limits = [
        model.max_nonstreaming_tokens
        for model in models
        if model is not None and not _is_gone(model, context)
    ]
    limit = max(limits) if len(limits) == len(models) and limits and not request.model.open else LIMIT
    timeouts = (request.argument("timeout"), request.setting("timeout"))
    if any(one.presence is not Presence.ABSENT for one in timeouts):
        return
    known = next((one for one in request.max_tokens.known if _is_over(one.value, limit)), None)
    if known is None or (request.max_tokens.open and not request.max_tokens.because):
        return
    is_sure = request.max_tokens.value is not None
    yield Finding(
        CODE,
        NAME,
        Severity.ERROR if is_sure else Severity.WARNING,
        Confidence.HIGH if is_sure else Confidence.LOW,
        f"`max_tokens` {'is' if is_sure else 'can be'} {known.value:,} without streaming, and the SDK takes {limit:,}: "
        f"it {'' if is_sure else 'then '}raises ValueError. Stream the answer, or give a `timeout`.",
        known.place,
        request.call,
        known.chain,
    )


def _is_over(value: object, limit: int) -> bool:
    return isinstance(value, int) and value > limit


def _is_gone(model: Model, context: Context) -> bool:
    """Whether the model is retired, so that its calls fail anyway."""
    return model.retires is not None and model.retires <= context.as_of


def _streams(request: Request) -> bool:
    """Whether the answer is streamed, or may be."""
    stream = request.argument("stream")
    return stream.presence is not Presence.ABSENT and stream.value is not False


RULE: Final = Rule(
    code=CODE,
    name=NAME,
    summary="A `max_tokens` that the SDK refuses without streaming.",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    check=check,
    docs=__doc__ or "",
    valid=(
        # What a model can write at most, for those who set no limit, which nobody does.
        """
import anthropic
MOST = {"claude-opus-5-5": 64000, "claude-haiku-4-5": 8192}
class Writer:
    def __init__(self, config):
        self.client, self.model, self.limit = anthropic.Anthropic(), config.model, config.limit
    def ask(self, messages):
        limit = self.limit if self.limit is not None else MOST.get(self.model, 4096)
        return self.client.messages.create(model=self.model, max_tokens=limit, messages=messages)
""",
        # Streamed.
        """
import anthropic
client = anthropic.Anthropic()
with client.messages.stream(model="claude-opus-5-5", max_tokens=64000, messages=[]) as stream:
    print(stream.get_final_text())
for event in client.messages.create(model="claude-opus-5-5", max_tokens=64000, messages=[], stream=True):
    print(event)
""",
        # A timeout, of the call or of the client.
        """
import anthropic
client = anthropic.Anthropic(timeout=1800)
def ask(messages):
    client.messages.create(model="claude-opus-5-5", max_tokens=64000, messages=messages)
    patient = anthropic.Anthropic().with_options(timeout=1800)
    patient.messages.create(model="claude-opus-5-5", max_tokens=64000, messages=messages)
    anthropic.Anthropic().messages.create(model="claude-opus-5-5", max_tokens=64000, messages=messages, timeout=900)
""",
        # The highest that the SDK takes.
        """
import anthropic
anthropic.Anthropic().messages.create(model="claude-opus-5-5", max_tokens=21333, messages=[])
""",
        # Something unresolved may bring `stream`.
        """
import anthropic
def ask(messages, **options):
    return anthropic.Anthropic().messages.create(
        model="claude-opus-5-5", max_tokens=64000, messages=messages, **options)
""",
        # The client comes from elsewhere, and may have a timeout.
        """
import anthropic
def ask(client: anthropic.Anthropic, messages):
    return client.messages.create(model="claude-sonnet-5-5", max_tokens=21334, messages=messages)
""",
        # A batch does not stream.
        """
import anthropic
def submit(messages):
    anthropic.Anthropic().messages.batches.create(requests=[
        {"custom_id": "1", "params": {"model": "claude-opus-5-5", "max_tokens": 64000, "messages": messages}}])
""",
    ),
    invalid=(
        Invalid(
            """
import anthropic
client = anthropic.Anthropic()
def ask(messages):
    return client.messages.create(model="claude-opus-5-5", max_tokens=64_000, messages=messages)
""",
            line=5,
            message="raises ValueError",
        ),
        # The default of a parameter.
        Invalid(
            """
import anthropic
client = anthropic.Anthropic()
def ask(messages, max_tokens=60_000):
    return client.messages.create(model="claude-opus-5-5", max_tokens=max_tokens, messages=messages)
""",
            line=4,
            chain=(4, 5),
        ),
        Invalid(
            """
from anthropic import AsyncAnthropic
MAX_TOKENS = 1024 * 32
class Writer:
    def __init__(self):
        self.client = AsyncAnthropic(max_retries=4)
    async def write(self, messages):
        params = dict(model="claude-sonnet-5-5", max_tokens=MAX_TOKENS, stream=False)
        return await self.client.messages.create(messages=messages, **params)
""",
            line=3,
            message="32,768",
        ),
        Invalid(
            """
import anthropic
def ask(messages):
    with anthropic.Anthropic() as client:
        return client.messages.parse(model="claude-sonnet-5-5", max_tokens=21334, messages=messages)
""",
            line=5,
            message="21,333",
        ),
    ),
)
