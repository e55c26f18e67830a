import datetime as dt

import anthropic

RULES = open("rules.txt").read().splitlines()


def moderate(post):
    lines = ["You moderate a forum."]
    lines.extend(RULES)
    lines.append("Reviewed at " + dt.datetime.utcnow().isoformat())
    prompt = "\n".join(lines)
    return anthropic.Anthropic().messages.create(
        model="claude-haiku-5-5",
        max_tokens=200,
        system=[dict(type="text", text=prompt, cache_control=dict(type="ephemeral"))],
        messages=[{"role": "user", "content": post}],
    )
