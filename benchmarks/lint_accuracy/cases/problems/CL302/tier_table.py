import anthropic

client = anthropic.Anthropic()
TIERS = {
    "deep": "claude-3-opus-20240229",
    "fast": "claude-haiku-5-5",
}


def ask(question, tier="fast"):
    model = TIERS.get(tier, TIERS["fast"])
    return client.messages.create(
        model=model, max_tokens=1000, messages=[{"role": "user", "content": question}]
    )


def research(question):
    return ask(question, tier="deep")
