import anthropic

client = anthropic.AsyncAnthropic()


async def is_spam(mail: str, model: str = "claude-opus-5-5") -> bool:
    message = await client.messages.create(
        model=model,
        max_tokens=5,
        messages=[{"role": "user", "content": f"Is this e-mail spam? Answer yes or no.\n\n{mail}"}],
    )
    return message.content[0].text.lower().startswith("yes")
