import anthropic
from openai import OpenAI

openai = OpenAI()
claude = anthropic.Anthropic()


def both(text):
    turns = [{"role": "user", "content": text}]
    theirs = openai.chat.completions.create(model="gpt-6", messages=turns)
    ours = claude.messages.create(model="claude-sonnet-5-5", max_tokens=300, messages=turns)
    return theirs.choices[0].message.content, ours.content[0].text
