import datetime as dt

from anthropic import Anthropic
from anthropic.types import CacheControlEphemeralParam, TextBlockParam
from anthropic.types.message_create_params import MessageCreateParamsNonStreaming

client = Anthropic()
LORE = open("lore.md").read()


def narrate(turn: str):
    opening = TextBlockParam(
        type="text",
        text=f"It is {dt.datetime.now().strftime('%A %H:%M')} in the real world.\n{LORE}",
        cache_control=CacheControlEphemeralParam(type="ephemeral"),
    )
    request = MessageCreateParamsNonStreaming(
        model="claude-sonnet-5-5",
        max_tokens=900,
        system=[opening],
        messages=[{"role": "user", "content": turn}],
    )
    return client.messages.create(**request)
