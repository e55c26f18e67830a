from dataclasses import dataclass, field

from desk import prompts
from desk.templates import PromptTemplate


@dataclass(frozen=True)
class Instructions:
    text: str


@dataclass(frozen=True)
class Said:
    role: str
    text: str


@dataclass
class Conversation:
    place: str
    turns: list[Instructions | Said] = field(default_factory=lambda: [Instructions(text="")])
    has_clock: bool = False

    def add(self, role, text):
        self.turns.append(Said(role, text))

    def _fill(self, source, guest):
        try:
            return PromptTemplate(source, self.place).render({"guest": guest})
        except ValueError as error:
            raise RuntimeError("the prompt does not render") from error

    async def instruct(self, guest, house_rules=None):
        """Say how to answer; called for each question of a guest."""
        parts = [self._fill(house_rules or prompts.ROLE, guest)]
        if not self.has_clock:
            parts.append(self._fill(prompts.CLOCK, guest))
        self.turns[0] = Instructions(text="\n".join(parts))
