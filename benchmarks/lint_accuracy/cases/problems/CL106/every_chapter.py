import anthropic

client = anthropic.Anthropic()
FILES = ["intro.md", "methods.md", "results.md", "limits.md", "appendix.md", "glossary.md"]


def ask(question):
    system = []
    for name in FILES:
        system.append(
            {"type": "text", "text": open(name).read(), "cache_control": {"type": "ephemeral"}}
        )
    return client.messages.create(
        model="claude-opus-5-5", max_tokens=800, system=system, messages=[{"role": "user", "content": question}]
    )
