import anthropic

client = anthropic.AsyncAnthropic()


async def tell(story_seed):
    async with client.messages.stream(
        model="claude-opus-5-5",
        system="You tell bedtime stories.",
        messages=[{"role": "user", "content": story_seed}],
    ) as stream:
        async for text in stream.text_stream:
            yield text
