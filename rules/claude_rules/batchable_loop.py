"""One call for each item of a collection, one after the other, where nobody waits.

**What it finds.** A `for` loop or a comprehension in a script, a notebook or a job that makes one call for each item,
in the loop or in a function of the file that it calls; in a function of another file, where a progress bar or the name
of a data set says that there are many items. Silent where a turn uses what an earlier one made or decides about the
next, where the loop has a handful of turns, where the answer is streamed, where calls run side by side, in web
handlers, bots, functions that are given one question and the like, with tools that the model may call, and on Bedrock
and Vertex, whose batches are others.

**Why it costs.** The Message Batches API does the same work for half the price, input, output and cache alike, mostly
within the hour and at most within a day.

**Example.**

```python
for ticket in tickets:
    reply = client.messages.create(
        model="claude-haiku-5-5", max_tokens=10, messages=[{"role": "user", "content": ticket.text}]
    )
    labels.append(reply.content[0].text)
```

**Use instead.** One batch, and its results by `custom_id` when it has ended:

```python
batch = client.messages.batches.create(requests=[
    {"custom_id": ticket.id, "params": {"model": "claude-haiku-5-5", "max_tokens": 10, "messages": messages(ticket)}}
    for ticket in tickets
])
```

**Fix safety.** There is no automatic fix: results come later, and in any order.

**Suppression.** `# claude-lint: ignore[CL401]` on the reported line or the first line of the call.

**References.** [Batch processing](https://platform.claude.com/docs/en/build-with-claude/batch-processing).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from claude_lint.findings import Confidence, Finding, Severity, Step
from claude_lint.request import Presence
from claude_lint.rule import Invalid, Rule

from claude_rules.replacement import is_cloud

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_lint.request import Request
    from claude_lint.rule import Context

CODE: Final = "CL401"
NAME: Final = "batchable-loop"


def check(request: Request, context: Context) -> Iterator[Finding]:  # noqa: ARG001
    """At most one finding, at the call."""
    around, loop = request.around, request.around.loop
    if request.method not in {"create", "parse"} or loop is None or loop.kind == "while":
        return
    if is_cloud(request) or (loop.place.path != request.call.path and not loop.many):
        return
    if loop.carried or loop.few or loop.asks or around.served or around.gathered or not around.script:
        return
    if (
        request.argument("stream").presence is not Presence.ABSENT
        and request.argument("stream").value is not False
    ):
        return
    if request.max_tokens.value == 0 or _uses_tools(request):
        return
    yield Finding(
        CODE,
        NAME,
        Severity.INFO,
        Confidence.MEDIUM,
        "One call for each turn of the loop, and no turn needs the one before: in a batch the same calls cost half. "
        "`messages.batches.create` takes up to 100,000 of them.",
        request.call,
        request.call,
        (Step(loop.place, "for each item"), Step(request.call, "one call")),
    )


def _uses_tools(request: Request) -> bool:
    """Whether the answer may ask for a tool, so that one item takes several calls."""
    return request.argument("tools").presence is not Presence.ABSENT and request.output is None


RULE: Final = Rule(
    code=CODE,
    name=NAME,
    summary="One call for each item of a collection, where a batch would do for half the price.",
    severity=Severity.INFO,
    confidence=Confidence.MEDIUM,
    check=check,
    docs=__doc__ or "",
    valid=(
        # Each turn needs the one before.
        """
import anthropic
client = anthropic.Anthropic()
def main(chapters):
    summary = ""
    for chapter in chapters:
        reply = client.messages.create(
            model="claude-haiku-5-5", max_tokens=300,
            messages=[{"role": "user", "content": f"So far: {summary}. Now: {chapter}"}])
        summary = reply.content[0].text
if __name__ == "__main__":
    main(open("book.txt").read().split("#"))
""",
        # Somebody waits.
        """
import anthropic
from fastapi import FastAPI
app, client = FastAPI(), anthropic.Anthropic()
@app.post("/label")
def label(items: list[str]):
    return [client.messages.create(model="claude-haiku-5-5", max_tokens=5, messages=[{"role": "user", "content": item}])
            for item in items]
if __name__ == "__main__":
    app.run()
""",
        # An item takes as many calls as the model wants.
        """
import anthropic
client = anthropic.Anthropic()
def solve(task, tools, call):
    messages = [{"role": "user", "content": task}]
    reply = client.messages.create(model="claude-opus-5-5", max_tokens=300, tools=tools, messages=messages)
    while reply.stop_reason == "tool_use":
        messages += call(reply)
        reply = client.messages.create(model="claude-opus-5-5", max_tokens=300, tools=tools, messages=messages)
def main(tasks, tools, call):
    for task in tasks:
        solve(task, tools, call)
if __name__ == "__main__":
    main(load(), TOOLS, print)
""",
        # Two lists of a few, one after the other, as the cells of a notebook write them.
        """
import anthropic
client = anthropic.Anthropic()
def answer(text):
    return client.messages.create(
        model="claude-haiku-5-5", max_tokens=5, messages=[{"role": "user", "content": text}])
questions = ["When does the lease end?", "Who signed it?"]
for question in questions:
    print(answer(question))
questions = ["What is the rent?", "Is there a garden?", "Are dogs allowed?"]
for number, question in enumerate(questions):
    print(number, answer(question))
""",
        # No such batches there.
        """
import anthropic
client = anthropic.AnthropicBedrock()
def main(rows):
    for row in rows:
        row.label = client.messages.create(
            model="anthropic.claude-haiku-4-5-20251001-v1:0", max_tokens=5,
            messages=[{"role": "user", "content": row.text}])
if __name__ == "__main__":
    main(load())
""",
        # Two rows show how it is done.
        """
import anthropic
client = anthropic.Anthropic()
eval_data = [{"text": "What a film!", "answer": "praise"}, {"text": "I fell asleep.", "answer": "blame"}]
def label(text):
    return client.messages.create(
        model="claude-haiku-5-5", max_tokens=5, messages=[{"role": "user", "content": text}])
print([label(row["text"]) for row in eval_data])
""",
        # A list that is written out, of a few.
        """
import anthropic
client = anthropic.Anthropic()
EXAMPLES = ["What a great film!", "I want my money back."]
def label(text):
    return client.messages.create(
        model="claude-haiku-5-5", max_tokens=5, messages=[{"role": "user", "content": text}])
for example in EXAMPLES:
    print(label(example))
""",
        # Side by side.
        """
import anthropic, asyncio
client = anthropic.AsyncAnthropic()
async def main(items):
    return await asyncio.gather(*[
        client.messages.create(model="claude-haiku-5-5", max_tokens=5, messages=[{"role": "user", "content": item}])
        for item in items])
if __name__ == "__main__":
    asyncio.run(main(["a"]))
""",
        # Somebody asks, and waits for all of them.
        """
import anthropic
client = anthropic.Anthropic()
def rank(summaries, query):
    return [client.messages.create(
        model="claude-haiku-5-5", max_tokens=5, messages=[{"role": "user", "content": f"{query}: {summary}"}])
        for summary in summaries]
if __name__ == "__main__":
    print(rank(load(), "When does the lease end?"))
""",
        # A helper that makes calls side by side for whoever calls it.
        """
import anthropic
from concurrent.futures import ThreadPoolExecutor
client = anthropic.Anthropic()
def ask(prompt):
    return client.messages.create(
        model="claude-haiku-5-5", max_tokens=5, messages=[{"role": "user", "content": prompt}])
def parallel(prompts):
    with ThreadPoolExecutor() as pool:
        futures = [pool.submit(ask, prompt) for prompt in prompts]
    return [future.result() for future in futures]
if __name__ == "__main__":
    print(parallel(load()))
""",
        # It ends when it has found one.
        """
import anthropic
client = anthropic.Anthropic()
def main(items):
    for item in items:
        reply = client.messages.create(
            model="claude-haiku-5-5", max_tokens=5, messages=[{"role": "user", "content": item}])
        if reply.content[0].text == "yes":
            return item
if __name__ == "__main__":
    main(["a"])
""",
        # A library: nobody can tell who waits.
        """
import anthropic
def label_all(client: anthropic.Anthropic, items):
    return [client.messages.create(model="claude-haiku-5-5", max_tokens=5, messages=[{"role": "user", "content": item}])
            for item in items]
""",
        # A handful, and a chat.
        """
import anthropic
client = anthropic.Anthropic()
def main():
    for name in ("Ann", "Bob"):
        client.messages.create(model="claude-haiku-5-5", max_tokens=5, messages=[{"role": "user", "content": name}])
    while True:
        client.messages.create(model="claude-haiku-5-5", max_tokens=5, messages=[{"role": "user", "content": input()}])
if __name__ == "__main__":
    main()
""",
        # A loop that tries again.
        """
import anthropic, time
client = anthropic.Anthropic(max_retries=0)
def main(text):
    for attempt in range(12):
        try:
            return client.messages.create(
                model="claude-haiku-5-5", max_tokens=5, messages=[{"role": "user", "content": text}])
        except anthropic.APIError:
            time.sleep(1)
if __name__ == "__main__":
    main("a")
""",
    ),
    invalid=(
        Invalid(
            """
import anthropic
client = anthropic.Anthropic()
def main(tickets):
    labels = []
    for ticket in tickets:
        reply = client.messages.create(
            model="claude-haiku-5-5", max_tokens=10, messages=[{"role": "user", "content": ticket.text}]
        )
        labels.append(reply.content[0].text)
    return labels
if __name__ == "__main__":
    main(load())
""",
            line=7,
            chain=(6, 7),
            message="cost half",
        ),
        Invalid(
            """
import anthropic
client = anthropic.Anthropic()
def label(ticket):
    reply = client.messages.create(
        model="claude-haiku-5-5", max_tokens=10, messages=[{"role": "user", "content": ticket}])
    return reply.content[0].text
def main(path):
    labels = [label(line) for line in path.read_text().splitlines()]
    print(labels)
if __name__ == "__main__":
    main(PATH)
""",
            line=5,
            chain=(9, 5),
        ),
        # By a pool of workers: nobody waits for a single one.
        Invalid(
            """
import anthropic
from concurrent.futures import ThreadPoolExecutor
client = anthropic.Anthropic()
def label(ticket):
    return client.messages.create(
        model="claude-haiku-5-5", max_tokens=10, messages=[{"role": "user", "content": ticket}])
if __name__ == "__main__":
    with ThreadPoolExecutor() as pool:
        print(list(pool.map(label, load())))
""",
            line=6,
            chain=(10, 6),
        ),
        Invalid(
            """
import anthropic
client = anthropic.Anthropic()
def main(tickets, done):
    for index, ticket in enumerate(tickets):
        if ticket.id in done:
            continue
        try:
            reply = client.messages.create(
                model="claude-haiku-5-5", max_tokens=10, messages=[{"role": "user", "content": ticket.text}])
        except anthropic.APIError as error:
            print(index, error)
            continue
        ticket.label = reply.content[0].text
        print(ticket)
if __name__ == "__main__":
    main(load(), set())
""",
            line=9,
        ),
    ),
)
