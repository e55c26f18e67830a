import json

import anthropic

import roles

client = anthropic.Anthropic()
LAW = open("access_policy.md").read()


def explain(request_text):
    prefix = json.dumps({"admins": roles.as_list()})
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=300,
        system=[{"type": "text", "text": prefix + LAW, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": request_text}],
    )
