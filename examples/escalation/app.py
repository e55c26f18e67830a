"""What a passed ticket costs with Haiku first and Opus where that is not enough, and with Opus alone.

Claude is simulated here: no model is asked, and which answers are good is made up, as HARD says. The tokens, the rates
and the way to measure it are real. Replace `Simulator` and `check` with your own to learn what holds for you.

    python app.py
    otel-claude report --by task
"""

from __future__ import annotations

from anthropic import Anthropic

import otel_claude
from otel_claude.simulator import Simulator

otel_claude.instrument()

HAIKU, OPUS = "claude-haiku-5-5", "claude-opus-5"
TICKETS = 20
HARD = {3, 8, 11, 17}
"""The tickets to which the simulated Haiku gives an answer that is too short."""

GUIDE = "Parcels are sent the day they are ordered. Returns are free for thirty days. " * 40


def answer(client: Anthropic, model: str, ticket: int) -> str:
    is_enough = model == OPUS or ticket not in HARD
    message = client.messages.create(
        model=model,
        max_tokens=400,
        system=GUIDE,
        messages=[{"role": "user", "content": f"Ticket {ticket}: where is my parcel?"}],
        extra_headers={"x-simulate": f"output-tokens={200 if is_enough else 5}"},
    )
    return "".join(block.text for block in message.content if block.type == "text")


def check(text: str) -> bool:
    return len(text) > 100


def resolve(client: Anthropic, name: str, models: tuple[str, ...], ticket: int) -> None:
    with otel_claude.task(name, unit="ticket", value_usd=0.40) as task:
        for model in models:
            passed = check(answer(client, model, ticket))
            task.record(passed=passed)
            if passed:
                return


with Simulator() as simulator, Anthropic(base_url=simulator.url, api_key="simulated") as client:
    for ticket in range(TICKETS):
        resolve(client, "haiku_then_opus", (HAIKU, OPUS), ticket)
        resolve(client, "opus_only", (OPUS,), ticket)
