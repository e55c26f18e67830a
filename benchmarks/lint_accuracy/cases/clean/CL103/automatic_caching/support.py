import anthropic

from policy import POLICY

client = anthropic.Anthropic()
AUTOMATIC = {"cache_control": {"type": "ephemeral"}}


def support(messages):
    return client.messages.create(
        model="claude-sonnet-5-5", max_tokens=500, system=POLICY, messages=messages[-30:], **AUTOMATIC
    )
