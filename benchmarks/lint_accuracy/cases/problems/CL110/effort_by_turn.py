import anthropic

client = anthropic.Anthropic()


def debate(topic, rounds=6):
    messages = [{"role": "user", "content": topic}]
    for n in range(rounds):
        effort = "high" if n == rounds - 1 else "low"
        reply = client.messages.create(
            model="claude-opus-5-5",
            max_tokens=1500,
            cache_control={"type": "ephemeral"},
            output_config={"effort": effort},
            messages=messages,
        )
        messages += [{"role": "assistant", "content": reply.content}, {"role": "user", "content": "Go on."}]
    return messages
