from time import strftime as fmt
from time import gmtime

import anthropic as ant

c = ant.Anthropic()
TERMS = open("terms.md").read()


def check(clause):
    head = fmt("%H:%M:%S", gmtime())
    sys_blocks = ({"type": "text", "text": head + TERMS, "cache_control": {"type": "ephemeral"}},)
    return c.messages.create(
        model="claude-opus-5-5", max_tokens=2500, system=sys_blocks, messages=[{"role": "user", "content": clause}]
    )
