import anthropic

# Until 2025 caching needed the header prompt-caching-2024-07-31.
REMOVED = frozenset({"prompt-caching-2024-07-31", "extended-cache-ttl-2025-04-11"})
client = anthropic.Anthropic()


def ask(question, betas):
    kept = [beta for beta in betas if beta not in REMOVED]
    return client.beta.messages.create(
        model="claude-haiku-5-5", max_tokens=200, betas=kept, messages=[{"role": "user", "content": question}]
    )
