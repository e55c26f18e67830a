import uuid

import anthropic

client = anthropic.Anthropic()
HANDBOOK = open("handbook.md").read()
PROMPT_ID = uuid.uuid5(uuid.NAMESPACE_URL, "https://example.com/prompts/handbook")


def ask(question):
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=500,
        system=[
            {"type": "text", "text": f"Prompt {PROMPT_ID}\n{HANDBOOK}", "cache_control": {"type": "ephemeral"}}
        ],
        messages=[{"role": "user", "content": question}],
    )


def ask_again(question):
    tag = uuid.uuid3(uuid.NAMESPACE_DNS, "handbook.example.com")
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=500,
        system=[{"type": "text", "text": str(tag) + HANDBOOK, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}],
    )
