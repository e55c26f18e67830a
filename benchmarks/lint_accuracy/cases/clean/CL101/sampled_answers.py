from collections import Counter

import anthropic

client = anthropic.Anthropic()


def vote(question: str, rules: str) -> str:
    votes = Counter()
    for _ in range(7):
        reply = client.messages.create(
            model="claude-sonnet-5-5",
            max_tokens=2000,
            system=[{"type": "text", "text": f"{rules}\n{question}", "cache_control": {"type": "ephemeral"}}],
            messages=[{"role": "user", "content": question}],
        )
        votes[reply.content[0].text] += 1
    return votes.most_common(1)[0][0]
