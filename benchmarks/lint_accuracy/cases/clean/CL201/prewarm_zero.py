import anthropic

client = anthropic.Anthropic()
MANUAL = open("manual.md").read()
SYSTEM = [{"type": "text", "text": MANUAL, "cache_control": {"type": "ephemeral"}}]


def prewarm():
    client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=0,
        system=SYSTEM,
        messages=[{"role": "user", "content": "warm"}],
    )
