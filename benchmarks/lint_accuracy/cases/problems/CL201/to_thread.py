import asyncio

import anthropic

client = anthropic.Anthropic()


async def suggest(cities):
    prompt = "Plan a trip through " + ", ".join(cities)
    return await asyncio.to_thread(
        client.messages.create,
        model="claude-sonnet-5-5",
        messages=[{"role": "user", "content": prompt}],
    )
