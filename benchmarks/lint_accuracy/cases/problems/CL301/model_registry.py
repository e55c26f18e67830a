import anthropic

MODELS = {"fast": "claude-haiku-5-5", "smart": "claude-opus-5-5"}
client = anthropic.Anthropic()


def toxicity(comment):
    return client.messages.create(
        model=MODELS["smart"],
        max_tokens=3,
        system="Rate the toxicity of the comment from 0 to 5. Output the number only.",
        messages=[{"role": "user", "content": comment}],
    )
