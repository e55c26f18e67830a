import anthropic
import openai

OPTIONS = {"temperature": 0.2}
claude = anthropic.Anthropic()


def openai_answer(turns):
    return openai.OpenAI().chat.completions.create(model="gpt-6", messages=turns, **OPTIONS)


def claude_answer(turns):
    return claude.messages.create(model="claude-sonnet-5-5", max_tokens=300, messages=turns)
