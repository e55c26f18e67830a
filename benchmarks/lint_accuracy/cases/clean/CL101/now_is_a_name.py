import anthropic

client = anthropic.Anthropic()
CALENDAR = open("calendar.md").read()


def plan(request_text):
    now = "the third quarter of 2026"
    uuid = "plan-template-7"
    system = f"Planning horizon: {now}. Template {uuid}.\n{CALENDAR}"
    return client.messages.create(
        model="claude-opus-5-5",
        max_tokens=3000,
        system=[{"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": request_text}],
    )
