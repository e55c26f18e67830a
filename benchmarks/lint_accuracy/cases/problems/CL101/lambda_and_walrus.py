import time

import anthropic

client = anthropic.Anthropic()
stamp = lambda: f"[{time.perf_counter_ns()}]"  # noqa: E731


def ask(q):
    if rules := open("rules.md").read():
        text = stamp() + rules
        return client.messages.create(
            model="claude-haiku-5-5",
            max_tokens=100,
            system=[{"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}],
            messages=[{"role": "user", "content": q}],
        )
    return None
