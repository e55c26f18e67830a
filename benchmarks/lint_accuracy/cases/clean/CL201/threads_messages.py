import openai

MODEL_ALIASES = {"claude": "anthropic/claude-sonnet-5-5"}
client = openai.OpenAI()


def add(thread_id, text):
    return client.beta.threads.messages.create(thread_id=thread_id, role="user", content=text)
