import datetime

import anthropic

client = anthropic.Anthropic()
CATALOGUE = open("catalogue.txt").read()


def recommend(user_turn, tier):
    params = {"model": "claude-sonnet-5-5", "max_tokens": 700}
    moment = datetime.datetime.now()
    text = CATALOGUE
    if tier == "gold":
        text += "\nOffer free shipping."
    text = "As of {}: {}".format(moment, text)
    params["messages"] = [{"role": "user", "content": user_turn}]
    params["system"] = [{"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}]
    return client.messages.create(**params)
