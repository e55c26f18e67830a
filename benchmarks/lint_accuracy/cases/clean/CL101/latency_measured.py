import time
from datetime import datetime

import anthropic

client = anthropic.Anthropic()
HELP = open("help.md").read()


def timed(question):
    started = time.perf_counter()
    system = [{"type": "text", "text": HELP, "cache_control": {"type": "ephemeral"}}]
    message = client.messages.create(
        model="claude-haiku-5-5", max_tokens=200, system=system, messages=[{"role": "user", "content": question}]
    )
    record = {"at": datetime.now().isoformat(), "seconds": time.perf_counter() - started}
    system.append({"type": "text", "text": str(record)})
    return message, record
