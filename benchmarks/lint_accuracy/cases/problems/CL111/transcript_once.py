import anthropic

client = anthropic.Anthropic()


def minutes(transcript: str) -> str:
    content = [{"type": "text", "text": f"Write the minutes of this meeting:\n{transcript}"}]
    content[0]["cache_control"] = {"type": "ephemeral"}
    message = client.messages.create(
        model="claude-opus-5-5", max_tokens=3000, messages=[{"role": "user", "content": content}]
    )
    return message.content[0].text


def all_minutes(transcripts):
    return {name: minutes(text) for name, text in transcripts.items()}
