import asyncio
from datetime import datetime, timezone

import anthropic

client = anthropic.AsyncAnthropic()


async def house_rules():
    return open("rules.md").read()


async def server_time():
    return datetime.now(timezone.utc).isoformat()


async def handle(question):
    rules, now = await asyncio.gather(house_rules(), server_time())
    return await client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=700,
        system=[{"type": "text", "text": rules + "\nNow: " + now, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}],
    )
