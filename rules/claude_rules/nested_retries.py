"""Retries around a client that retries by itself.

**What it finds.** A decorator of tenacity, backoff or the like, or a loop that catches errors of the API and calls
again, around a call of a client whose `max_retries` is not 0. Errors that the SDK does not retry are left alone: JSON
that does not parse, a validation that fails, a bad request. So is a loop that goes to another key, client or model in
each turn, and one that catches everything around more than the call and does not wait between its turns.

**Why it costs.** The SDK makes up to three attempts for each of yours: five of yours are fifteen. In an outage, and at
a rate limit above all, that is what keeps it going, and the caller waits through the product of both back-offs. A
request that timed out has been paid for.

**Example.**

```python
client = anthropic.Anthropic()

@tenacity.retry(stop=tenacity.stop_after_attempt(5))
def ask(messages):
    return client.messages.create(model="claude-haiku-5-5", max_tokens=300, messages=messages)
```

**Use instead.** One of the two. The SDK's knows `retry-after`:

```python
client = anthropic.Anthropic(max_retries=5)
```

or, where yours has to do it, `anthropic.Anthropic(max_retries=0)`.

**Fix safety.** There is no automatic fix: which of the two stays is for you to say.

**Suppression.** `# claude-lint: ignore[CL403]` on the reported line or the first line of the call.

**References.** [Retries of the SDK](https://platform.claude.com/docs/en/cli-sdks-libraries/sdks/python).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from claude_lint.findings import Confidence, Finding, Severity, Step
from claude_lint.request import ANSWERED, Presence
from claude_lint.rule import Invalid, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_lint.request import Request
    from claude_lint.rule import Context

CODE: Final = "CL403"
NAME: Final = "nested-retries"
DEFAULT_RETRIES: Final = 2
"""How often the SDK tries again. Source: anthropic 2.11, `_constants.DEFAULT_MAX_RETRIES`."""


def check(request: Request, context: Context) -> Iterator[Finding]:  # noqa: ARG001
    """One finding for each retry around the call, at the retry."""
    setting = request.setting("max_retries")
    if request.method not in ANSWERED or setting.value == 0:
        return
    if setting.open and setting.presence is Presence.GIVEN:
        return
    known = setting.presence is not Presence.UNKNOWN
    given = setting.value if isinstance(setting.value, int) else DEFAULT_RETRIES
    own = f"makes up to {given + 1} attempts" if known else "tries again by"
    unless = "" if known else ", unless its `max_retries` is 0"
    for retry in request.around.retries:
        yield Finding(
            CODE,
            NAME,
            Severity.WARNING,
            Confidence.HIGH if known else Confidence.MEDIUM,
            f"{retry.word[0].upper()}{retry.word[1:]} tries again around a client that {own} itself{unless}: the "
            "attempts multiply. Keep one of the two: `max_retries=0` on the client, or more of its own.",
            retry.place,
            request.call,
            (Step(retry.place, "this tries again"), Step(request.call, "what tries again by itself")),
        )


RULE: Final = Rule(
    code=CODE,
    name=NAME,
    summary="Retries around a client that retries by itself.",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    check=check,
    docs=__doc__ or "",
    valid=(
        # A generator runs after its decorator is done.
        """
import anthropic, tenacity
client = anthropic.AsyncAnthropic()
@tenacity.retry(stop=tenacity.stop_after_attempt(2))
async def answer(messages):
    async with client.messages.stream(model="claude-haiku-5-5", max_tokens=300, messages=messages) as stream:
        async for text in stream.text_stream:
            yield text
""",
        # Another function of the same name is tried again, and only a bad answer asks again.
        """
import anthropic, time
from shared import retry_call
client = anthropic.Anthropic()
def ask_other(service, messages):
    def send():
        return service.send(messages)
    return retry_call(send)
def ask(messages):
    def send():
        return client.messages.create(model="claude-haiku-5-5", max_tokens=300, messages=messages)
    for attempt in range(3):
        reply = send()
        try:
            return int(reply.content[0].text)
        except ValueError:
            time.sleep(1)
""",
        # A decorator that calls what it decorates once, and one for the errors of another service.
        """
import anthropic, redis, time
client = anthropic.Anthropic()
def timed(function):
    def wrapped(*args):
        start = time.monotonic()
        try:
            return function(*args)
        finally:
            print(time.monotonic() - start)
    return wrapped
def stored(function):
    def wrapped(*args):
        for turn in range(5):
            try:
                return function(*args)
            except redis.ConnectionError:
                time.sleep(turn)
    return wrapped
@timed
@stored
def ask(question):
    return client.messages.create(model="claude-haiku-5-5", max_tokens=300,
                                  messages=[{"role": "user", "content": question}])
""",
        # A caller gives the client, and its retries are off.
        """
import anthropic, backoff
@backoff.on_exception(backoff.expo, anthropic.APIError, max_tries=5)
def send(client: anthropic.Anthropic, messages):
    return client.messages.create(model="claude-haiku-5-5", max_tokens=300, messages=messages)
def ask(client: anthropic.Anthropic, messages):
    return send(client, messages)
def main(messages):
    return ask(anthropic.Anthropic(max_retries=0), messages)
""",
        # The next key, when one is used up.
        """
import anthropic
def ask(keys, messages):
    for attempt in range(3):
        key = keys.pop()
        try:
            return send(key, messages)
        except Exception as error:
            print(error)
def send(key, messages):
    client = anthropic.Anthropic(api_key=key)
    return client.messages.create(model="claude-haiku-5-5", max_tokens=300, messages=messages)
""",
        # A better answer is asked for, and errors of the API are caught on the way.
        """
import anthropic
client = anthropic.Anthropic()
def ask(messages):
    return client.messages.create(model="claude-haiku-5-5", max_tokens=300, messages=messages)
def ideas(messages, read):
    for attempt in range(5):
        try:
            answer = read(ask(messages))
            assert answer is not None, "no JSON"
            messages.append(answer)
            break
        except Exception as error:
            print(error)
""",
        # The client does not retry.
        """
import anthropic, tenacity
client = anthropic.Anthropic(max_retries=0)
@tenacity.retry(stop=tenacity.stop_after_attempt(5))
def ask(messages):
    return client.messages.create(model="claude-haiku-5-5", max_tokens=300, messages=messages)
""",
        """
import anthropic, backoff
class Helper:
    def __init__(self, client: anthropic.Anthropic):
        self.client = client
    @backoff.on_exception(backoff.expo, anthropic.RateLimitError, max_tries=5)
    def ask(self, messages):
        return self.client.with_options(max_retries=0).messages.create(
            model="claude-haiku-5-5", max_tokens=300, messages=messages)
""",
        # An answer that does not parse is no error of the API.
        """
import anthropic, json, tenacity
client = anthropic.Anthropic()
@tenacity.retry(retry=tenacity.retry_if_exception_type(json.JSONDecodeError))
def ask(messages):
    reply = client.messages.create(model="claude-haiku-5-5", max_tokens=300, messages=messages)
    return json.loads(reply.content[0].text)
def ask_again(messages):
    for attempt in range(3):
        try:
            reply = client.messages.create(model="claude-haiku-5-5", max_tokens=300, messages=messages)
            return json.loads(reply.content[0].text)
        except ValueError:
            messages.append({"role": "user", "content": "Again, please."})
""",
        # A loop over items that goes on after an error.
        """
import anthropic
client = anthropic.Anthropic()
def label_all(items):
    for item in items:
        try:
            item.label = client.messages.create(
                model="claude-haiku-5-5", max_tokens=5, messages=[{"role": "user", "content": item.text}])
        except anthropic.APIError as error:
            print(error)
""",
        # The error is passed on.
        """
import anthropic
client = anthropic.Anthropic()
def talk(read):
    for attempt in range(3):
        try:
            return client.messages.create(model="claude-haiku-5-5", max_tokens=5, messages=read())
        except Exception as error:
            print(error)
            raise
""",
    ),
    invalid=(
        # A decorator of the project's own.
        Invalid(
            """
import anthropic, functools, time
client = anthropic.Anthropic()
def patient(function):
    @functools.wraps(function)
    def wrapped(*args):
        for turn in range(5):
            try:
                return function(*args)
            except anthropic.APIError:
                time.sleep(turn)
    return wrapped
@patient
def ask(question):
    return client.messages.create(model="claude-haiku-5-5", max_tokens=300,
                                  messages=[{"role": "user", "content": question}])
""",
            line=13,
            message="`patient` tries again",
        ),
        # What a name stands for tells.
        Invalid(
            """
import anthropic, tenacity
client = anthropic.Anthropic()
patient = tenacity.retry(stop=tenacity.stop_after_attempt(5))
@patient
def ask(question):
    return client.messages.create(model="claude-haiku-5-5", max_tokens=300,
                                  messages=[{"role": "user", "content": question}])
""",
            line=5,
        ),
        # Passed to a function that tries again.
        Invalid(
            """
import anthropic, time
client = anthropic.Anthropic()
def retry(function):
    for attempt in range(3):
        try:
            return function()
        except Exception:
            time.sleep(1)
def ask(messages):
    return retry(lambda: client.messages.create(model="claude-haiku-5-5", max_tokens=300, messages=messages))
""",
            line=5,
        ),
        Invalid(
            """
import anthropic
from shared import with_retries, retry_call
async def ask(client: anthropic.AsyncAnthropic, messages):
    return await retry_call(client.messages.create, model="claude-haiku-5-5", max_tokens=300, messages=messages)
""",
            line=5,
            message="`retry_call`",
        ),
        Invalid(
            """
import anthropic, tenacity
client = anthropic.Anthropic()
@tenacity.retry(stop=tenacity.stop_after_attempt(5))
def ask(messages):
    return client.messages.create(model="claude-haiku-5-5", max_tokens=300, messages=messages)
""",
            line=4,
            chain=(4, 6),
            message="up to 3 attempts",
        ),
        Invalid(
            """
import anthropic, time
class Helper:
    def __init__(self):
        self.client = anthropic.Anthropic(max_retries=4)
    def ask(self, messages):
        for attempt in range(3):
            try:
                return self.client.messages.create(model="claude-haiku-5-5", max_tokens=300, messages=messages)
            except (anthropic.RateLimitError, anthropic.APIConnectionError):
                time.sleep(2**attempt)
        raise RuntimeError("no answer")
""",
            line=7,
            message="up to 5 attempts",
        ),
        Invalid(
            """
import anthropic, backoff
@backoff.on_exception(backoff.expo, (anthropic.APIError,), max_tries=5)
def safely(client, messages):
    return send(client, messages)
def send(client, messages):
    return client.messages.create(model="claude-haiku-5-5", max_tokens=300, messages=messages)
""",
            line=3,
            message="a client that tries again by itself, unless its `max_retries` is 0",
        ),
        Invalid(
            """
import anthropic, time
client = anthropic.Anthropic()
def ask(messages):
    retries = 0
    reply = None
    while reply is None and retries < 40:
        try:
            reply = client.messages.create(model="claude-haiku-5-5", max_tokens=300, messages=messages)
        except Exception as error:
            print(error)
            time.sleep(10)
            retries += 1
    return reply
""",
            line=7,
        ),
        # Tries again after a bad answer, and after a failed call too.
        Invalid(
            """
import anthropic, json, time
client = anthropic.Anthropic()
def ask(messages):
    for attempt in range(4):
        try:
            reply = client.messages.create(model="claude-haiku-5-5", max_tokens=300, messages=messages)
            fields = json.loads(reply.content[0].text)
            if fields:
                return fields
        except Exception as error:
            print(error)
            time.sleep(5 * (attempt + 1))
    return None
""",
            line=5,
        ),
        Invalid(
            """
import anthropic
from shared import backoff_on_generator
client = anthropic.Anthropic()
def ask(messages):
    def streamed():
        yield from client.messages.create(model="claude-haiku-5-5", max_tokens=300, messages=messages, stream=True)
    return backoff_on_generator(streamed, max_tries=4)()
""",
            line=8,
            message="`backoff_on_generator`",
        ),
        # A decorator of one's own that goes through a generator.
        Invalid(
            """
import anthropic
from shared import retry_generator
client = anthropic.Anthropic()
@retry_generator(attempts=5)
def answer(messages):
    with client.messages.stream(model="claude-haiku-5-5", max_tokens=300, messages=messages) as stream:
        yield from stream.text_stream
""",
            line=5,
        ),
    ),
)
