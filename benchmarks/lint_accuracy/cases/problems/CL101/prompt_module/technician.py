import anthropic

from prompts import technician_prompt

client = anthropic.Anthropic()


def diagnose(symptoms: str):
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=1200,
        system=[
            {"type": "text", "text": technician_prompt(), "cache_control": {"type": "ephemeral"}},
        ],
        messages=[{"role": "user", "content": symptoms}],
    )
