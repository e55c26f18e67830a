import anthropic


class Tutor:
    def __init__(self, lesson):
        self.client = anthropic.Anthropic()
        self.lesson = lesson
        self.turn = 0

    def reply(self, text):
        self.turn += 1
        system = f"Lesson: {self.lesson}\nThis is turn {self.turn} of 20."
        return self.client.messages.create(
            model="claude-sonnet-5-5",
            max_tokens=600,
            system=[{"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}],
            messages=[{"role": "user", "content": text}],
        )
