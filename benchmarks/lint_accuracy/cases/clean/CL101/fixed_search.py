import anthropic

client = anthropic.Anthropic()


def answer(question, retriever, store):
    rules = store.similarity_search("house rules", k=20)
    text = "\n".join(rule.page_content for rule in rules)
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=900,
        system=[{"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}],
    )
