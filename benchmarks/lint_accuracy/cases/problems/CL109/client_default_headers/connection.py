import anthropic


def connect():
    return anthropic.Anthropic(default_headers={"anthropic-beta": "prompt-caching-2024-07-31"})
