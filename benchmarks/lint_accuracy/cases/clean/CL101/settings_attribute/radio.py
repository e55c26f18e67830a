import anthropic

from settings import settings

client = anthropic.Anthropic()


def announce(track):
    return client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=120,
        system=[
            {
                "type": "text",
                "text": settings.system_prompt + "\nStation: " + settings.now_playing,
                "cache_control": {"type": "ephemeral"},
            }
        ],
        messages=[{"role": "user", "content": track}],
    )
