import anthropic
import openai


def ask(provider, text):
    params = {"model": "claude-sonnet-5-5", "messages": [{"role": "user", "content": text}]}
    if provider == "anthropic":
        params["max_tokens"] = 1024
    else:
        params["model"] = "gpt-5"
    if provider == "openai":
        return openai.OpenAI().chat.completions.create(**params)
    return anthropic.Anthropic().messages.create(**params)
