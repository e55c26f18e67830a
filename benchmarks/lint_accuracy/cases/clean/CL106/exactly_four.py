import anthropic

client = anthropic.Anthropic()
EPHEMERAL = {"type": "ephemeral"}
ONE, TWO = open("one.md").read(), open("two.md").read()


def ask(document, question, tools):
    tools = [*tools[:-1], {**tools[-1], "cache_control": EPHEMERAL}]
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=300,
        tools=tools,
        system=[
            {"type": "text", "text": ONE, "cache_control": EPHEMERAL},
            {"type": "text", "text": TWO, "cache_control": EPHEMERAL},
        ],
        messages=[
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": document, "cache_control": EPHEMERAL},
                    {"type": "text", "text": question},
                ],
            }
        ],
    )
