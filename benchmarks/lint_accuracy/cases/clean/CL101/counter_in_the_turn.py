import anthropic


class Tutor:
    def __init__(self, lesson):
        self.client = anthropic.Anthropic()
        self.lesson = lesson
        self.turn = 0
        self.mistakes = 0

    def reply(self, text, wrong=False):
        self.turn += 1
        if wrong:
            self.mistakes += 1
        hint = "Be patient." if self.mistakes > 3 else "Be brisk."
        return self.client.messages.create(
            model="claude-sonnet-5-5",
            max_tokens=600,
            system=[{"type": "text", "text": f"{self.lesson} {hint}", "cache_control": {"type": "ephemeral"}}],
            messages=[{"role": "user", "content": f"[turn {self.turn}] {text}"}],
        )
