import anthropic

client = anthropic.Anthropic()


def complete(prompt, limit=8192):
    reply = client.messages.create(
        model="claude-haiku-5-5", max_tokens=limit, messages=[{"role": "user", "content": prompt}]
    )
    return reply.content[0].text.strip()


def is_spam(mail):
    return complete(f"{mail}\n\nIs this spam? Answer with one word: yes or no.") == "yes"
