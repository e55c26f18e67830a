import anthropic

client = anthropic.Anthropic()
CHECKS = ["Does it name both parties?", "Is there a notice period?", "Which law governs it?"]


def audit(contract_text):
    content = [{"type": "text", "text": contract_text, "cache_control": {"type": "ephemeral"}}]
    for check in CHECKS:
        yield client.messages.create(
            model="claude-sonnet-5-5",
            max_tokens=200,
            messages=[{"role": "user", "content": [*content, {"type": "text", "text": check}]}],
        )
