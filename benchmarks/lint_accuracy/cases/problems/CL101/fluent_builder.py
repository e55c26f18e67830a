import uuid

import anthropic


class PromptBuilder:
    def __init__(self):
        self.parts = []

    def add(self, text):
        self.parts.append(text)
        return self

    def build(self):
        return "\n".join(self.parts)


client = anthropic.AsyncAnthropic()


async def review(diff):
    system = (
        PromptBuilder()
        .add(open("guide.md").read())
        .add(f"Review id {uuid.uuid4()}")
        .build()
    )
    return await client.messages.create(
        model="claude-opus-5-5",
        max_tokens=4000,
        system=[{"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": diff}],
    )
