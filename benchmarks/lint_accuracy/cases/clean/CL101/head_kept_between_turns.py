from dataclasses import dataclass, field

import anthropic
from jinja2 import Template

ROLE = "You answer for the ferry office of a small island. Timetables, fares, bicycles, dogs."
CLOCK = "It is {{ now().strftime('%H:%M:%S') }}."


@dataclass(frozen=True)
class Head:
    text: str


@dataclass(frozen=True)
class Said:
    role: str
    text: str


@dataclass
class Talk:
    island: str
    turns: list[Head | Said] = field(default_factory=lambda: [Head(text="")])
    written_for: str | None = None

    def add(self, role, text):
        self.turns.append(Said(role, text))

    def instruct(self, guest):
        if guest == self.written_for:
            return  # The prompt stays as it is, so that it is read from the cache.
        self.written_for = guest
        self.turns[0] = Head(text=f"{ROLE}\n{Template(CLOCK).render()}")


class Office:
    def __init__(self, client: anthropic.Anthropic):
        self.client = client

    def answer(self, talk: Talk):
        system = [{"type": "text", "text": talk.turns[0].text, "cache_control": {"type": "ephemeral"}}]
        for _ in range(6):
            reply = self.client.messages.create(
                model="claude-sonnet-5-5",
                max_tokens=500,
                system=system,
                messages=[{"role": said.role, "content": said.text} for said in talk.turns[1:]],
            )
            talk.add("assistant", reply.content[0].text)
            if reply.stop_reason != "tool_use":
                return reply
