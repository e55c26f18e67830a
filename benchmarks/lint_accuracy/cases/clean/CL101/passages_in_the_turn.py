import anthropic

client = anthropic.Anthropic()
GUIDELINES = open("guidelines.md").read()


def answer(question, store):
    hits = store.similarity_search(question, k=5)
    context = "\n---\n".join(h.page_content for h in hits)
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=900,
        system=[{"type": "text", "text": GUIDELINES, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": f"<context>{context}</context>\n{question}"}],
    )
