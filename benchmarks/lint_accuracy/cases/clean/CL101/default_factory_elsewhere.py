import time
import uuid
from dataclasses import dataclass, field

import anthropic


@dataclass
class Job:
    instructions: str
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    created: float = field(default_factory=time.time)

    def prompt(self) -> str:
        return f"Instructions:\n{self.instructions}"


JOB = Job(open("job.md").read())
client = anthropic.Anthropic()


def work(item):
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=800,
        system=[{"type": "text", "text": JOB.prompt(), "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": item}],
    )
