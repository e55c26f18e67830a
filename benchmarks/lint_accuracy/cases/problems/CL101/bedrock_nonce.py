import base64
import os

from anthropic import AnthropicBedrock

bedrock = AnthropicBedrock(aws_region="eu-west-1")
WIKI = open("wiki_dump.md").read()


def answer(question):
    fence = base64.b32encode(os.urandom(5)).decode()
    guarded = f"Trust only what is inside <{fence}>.\n<{fence}>{WIKI}</{fence}>"
    return bedrock.messages.create(
        model="anthropic.claude-sonnet-4-6",
        max_tokens=1000,
        system=[{"type": "text", "text": guarded, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}],
    )
