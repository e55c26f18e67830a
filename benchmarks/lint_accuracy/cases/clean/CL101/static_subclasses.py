import anthropic


class Agent:
    prompt_file = "agent.md"

    def __init__(self):
        self.client = anthropic.Anthropic()
        self.system = open(self.prompt_file).read()

    def run(self, task: str):
        return self.client.messages.create(
            model="claude-opus-5-5",
            max_tokens=4096,
            system=[{"type": "text", "text": self.system, "cache_control": {"type": "ephemeral"}}],
            messages=[{"role": "user", "content": task}],
        )


class Researcher(Agent):
    prompt_file = "research.md"


class Librarian(Agent):
    prompt_file = "library.md"
