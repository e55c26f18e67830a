import datetime

import anthropic

client = anthropic.Anthropic()


def coach(turns, verbose=False):
    system = open("coach.md").read()
    if verbose:
        system += "\nDebug run "
        system += datetime.datetime.now().isoformat()
    response = client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=800,
        system=[{"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}],
        messages=turns[-10:],
    )
    return response
