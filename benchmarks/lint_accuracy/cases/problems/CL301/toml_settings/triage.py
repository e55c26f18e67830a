import tomllib

import anthropic

client = anthropic.Anthropic()
with open("settings.toml", "rb") as file:
    SETTINGS = tomllib.load(file)


def triage(ticket):
    return client.messages.create(
        model=SETTINGS["triage"]["model"],
        max_tokens=8,
        messages=[{"role": "user", "content": f"Classify as bug, billing or praise. Only the label.\n\n{ticket}"}],
    )
