import logging
import uuid

import anthropic

log = logging.getLogger(__name__)
client = anthropic.Anthropic()
PERSONA = open("persona.md").read()


def say(text):
    trace = uuid.uuid4().hex
    log.info("trace %s", trace)
    return client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=300,
        system=[{"type": "text", "text": PERSONA, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": text}],
        metadata={"user_id": trace},
        extra_headers={"x-trace": trace},
    )
