import anthropic

client = anthropic.Anthropic()
PLAYBOOK = open("playbook.md").read()


def respond(history: list[dict]) -> str:
    latest = history[-1]["content"]
    system = [
        {"type": "text", "text": "The customer just said: " + latest},
        {"type": "text", "text": PLAYBOOK, "cache_control": {"type": "ephemeral"}},
    ]
    result = client.messages.create(model="claude-sonnet-5-5", max_tokens=600, system=system, messages=history)
    return result.content[0].text
