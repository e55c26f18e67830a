import uuid

import anthropic
from anthropic import beta_tool

client = anthropic.Anthropic()


@beta_tool
def lookup(sku: str) -> str:
    """Look up a part by its stock number."""
    return open(f"parts/{sku}.txt").read()


def assist(question):
    system = f"<run id='{uuid.uuid4()}'/>\n" + open("parts_manual.md").read()
    runner = client.beta.messages.tool_runner(
        model="claude-sonnet-5-5",
        max_tokens=2048,
        tools=[lookup],
        system=[{"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}],
    )
    return runner.until_done()
