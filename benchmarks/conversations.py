"""Conversations with a simulated Claude in which the cache hits, and misses for every cause, at random from a seed.

A *site* is a kind of program: its instructions, its tools, and where it puts breakpoints. A conversation at it takes
some turns; before each, one *event* may happen: time passes, or a piece of the request changes. A *step* is one
request. Conversations go on side by side, in an order of chance.
"""

from __future__ import annotations

import copy
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

MODELS: Final = ("claude-sonnet-5-5", "claude-opus-5", "claude-sonnet-5", "claude-haiku-4-5")
"""They cache from 512, 512, 1,024 and 4,096 tokens on."""

STYLES: Final = ("system", "automatic", "both", "explicit", "document", "one_shot", "hour", "short")
"""Where a site has its breakpoints: on the system prompt; on the request as a whole; on both; on the tools, the system
prompt and the last message; on a document in the first message and the whole; on the system prompt, with a question
only; on the system prompt for an hour and on the whole; on a prompt that is too short."""

EVENTS: Final = {
    "none": 8.0,
    "wait": 1.2,
    "wait_an_hour": 0.3,
    "model": 0.6,
    "tool_edited": 0.4,
    "tool_added": 0.3,
    "tools_reordered": 0.3,
    "tool_removed": 0.2,
    "system": 0.8,
    "message_edited": 0.9,
    "message_dropped": 0.3,
    "tool_choice": 0.4,
    "thinking": 0.4,
    "effort": 0.3,
    "format": 0.2,
    "image": 0.3,
    "web_search": 0.2,
    "many_blocks": 1.0,
    "again": 0.5,
}
"""What can happen before a turn, with its weight."""

SCHEMA: Final = {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False}
IMAGE: Final = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
FIVE: Final = {"type": "ephemeral"}
HOUR: Final = {"type": "ephemeral", "ttl": "1h"}


@dataclass(frozen=True)
class Step:
    """One request. `wait_s` passes before it is sent."""

    wait_s: float
    site: str
    thread: str
    body: dict[str, Any]
    event: str


def text(chance: random.Random, tokens: int) -> str:
    """A text of about so many tokens, unlike any other. It has a marker in it that a search finds."""
    words = [f"w{chance.randrange(10**6):06}" for _ in range(max(1, tokens // 2))]
    return " ".join([f"secret{chance.randrange(10**12):012}", *words])


@dataclass
class Site:
    """A kind of program."""

    name: str
    style: str
    model: str
    system: list[str]
    tools: list[dict[str, Any]]
    started: int = 0


@dataclass
class Conversation:
    """One conversation at a site, as far as it has come."""

    site: Site
    thread: str
    turns: int
    model: str
    system: list[str]
    tools: list[dict[str, Any]]
    messages: list[dict[str, Any]] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)


def steps(seed: int, conversations: int, *, sites: int = 24, at_once: int = 6) -> Iterator[Step]:
    """The requests of so many conversations, of which some are under way `at_once`."""
    chance = random.Random(seed)
    programs = [_site(chance, number) for number in range(sites)]
    waiting = conversations
    open_ones: list[Conversation] = []
    while waiting or open_ones:
        if waiting and len(open_ones) < at_once:
            open_ones.append(_begin(chance, chance.choice(programs)))
            waiting -= 1
            continue
        one = chance.choice(open_ones)
        yield _step(chance, one)
        one.turns -= 1
        if not one.turns:
            open_ones.remove(one)


def _site(chance: random.Random, number: int) -> Site:
    style = STYLES[number % len(STYLES)]
    size = 60 if style == "short" else 1500
    model = MODELS[0] if number < len(STYLES) else chance.choice(MODELS)
    if model == MODELS[-1]:
        size *= 4
    tools = [_tool(chance, f"tool_{at}", size // 4) for at in range(chance.choice([0, 2, 4]))]
    if style == "explicit" and not tools:
        tools = [_tool(chance, "tool_0", size)]
    system = [text(chance, size) for _ in range(chance.choice([1, 2]))]
    return Site(f"site{number}", style, model, system, tools)


def _tool(chance: random.Random, name: str, tokens: int) -> dict[str, Any]:
    return {"name": name, "description": text(chance, tokens), "input_schema": SCHEMA}


def _begin(chance: random.Random, site: Site) -> Conversation:
    site.started += 1
    turns = 1 + chance.randrange(3) if site.style == "one_shot" else 3 + chance.randrange(6)
    return Conversation(
        site, f"{site.name}/{site.started}", turns, site.model, list(site.system), copy.deepcopy(site.tools)
    )


def _step(chance: random.Random, one: Conversation) -> Step:
    event = chance.choices([*EVENTS], [*EVENTS.values()])[0]
    if not one.messages and event not in ("wait", "wait_an_hour"):
        event = "none"
    wait_s = chance.uniform(1, 20)
    if event == "wait":
        wait_s = chance.uniform(310, 900)
    elif event == "wait_an_hour":
        wait_s = chance.uniform(3700, 5000)
    else:
        _change(chance, one, event)
    if event != "again":
        _say(chance, one, event)
    return Step(wait_s, one.site.name, one.thread, _body(one), event)


def _change(chance: random.Random, one: Conversation, event: str) -> None:
    if event == "model":
        one.model = chance.choice([model for model in MODELS[:3] if model != one.model])
    elif event == "tool_edited" and any("description" in tool for tool in one.tools):
        chance.choice([tool for tool in one.tools if "description" in tool])["description"] += " Edited."
    elif event == "tool_added":
        one.tools.append(_tool(chance, f"added_{len(one.tools)}", 20))
    elif event == "tools_reordered" and len(one.tools) > 1:
        one.tools.reverse()
    elif event == "tool_removed" and len(one.tools) > 1:
        one.tools.pop()
    elif event == "web_search":
        one.tools.append({"type": "web_search_20250305", "name": f"web_search_{len(one.tools)}"})
    elif event == "system":
        at = chance.randrange(len(one.system))
        one.system[at] = text(chance, 10) + one.system[at]
    elif event == "message_edited" and len(one.messages) > 2:
        at = chance.randrange(len(one.messages) - 1)
        one.messages[at] = {**one.messages[at], "content": text(chance, 300)}
    elif event == "message_dropped" and len(one.messages) > 4:
        del one.messages[:2]
    elif event == "tool_choice" and one.tools:
        kind = one.more.get("tool_choice", {}).get("type")
        one.more["tool_choice"] = {"type": "none" if kind in (None, "auto") else "auto"}
    elif event == "thinking":
        if one.more.pop("thinking", None) is None:
            one.more["thinking"] = {"type": "adaptive"}
    elif event == "effort":
        config = one.more.setdefault("output_config", {})
        config["effort"] = "low" if config.get("effort") != "low" else "high"
    elif event == "format":
        config = one.more.setdefault("output_config", {})
        if config.pop("format", None) is None:
            config["format"] = {"type": "json_schema", "schema": SCHEMA}


def _say(chance: random.Random, one: Conversation, event: str) -> None:
    """Adds the assistant's last answer and what the user says next, in one to thirty blocks."""
    if one.site.style == "one_shot":
        one.messages = [{"role": "user", "content": text(chance, 60)}]
        return
    if one.messages:
        one.messages.append({"role": "assistant", "content": text(chance, 120)})
    blocks: list[dict[str, Any]] = []
    if not one.messages and one.site.style == "document":
        blocks.append({"type": "text", "text": text(chance, 6000), "cache_control": FIVE})
    if event == "image":
        blocks.append(IMAGE)
    count = chance.randrange(22, 30) if event == "many_blocks" else chance.choice([1, 1, 2, 3])
    blocks += [{"type": "text", "text": text(chance, 40)} for _ in range(count)]
    one.messages.append({"role": "user", "content": blocks if len(blocks) > 1 else blocks[0]["text"]})


def _body(one: Conversation) -> dict[str, Any]:
    """The request as it stands, with the site's breakpoints, as a copy."""
    style = one.site.style
    system: list[dict[str, Any]] = [{"type": "text", "text": each} for each in one.system]
    body: dict[str, Any] = {
        "model": one.model,
        "max_tokens": 64,
        "system": system,
        "messages": copy.deepcopy(one.messages),
        **copy.deepcopy(one.more),
    }
    if one.tools:
        body["tools"] = copy.deepcopy(one.tools)
    if style in ("system", "both", "explicit", "one_shot"):
        system[-1]["cache_control"] = FIVE
    if style == "hour":
        system[-1]["cache_control"] = HOUR
    if style in ("automatic", "both", "document", "hour", "short"):
        body["cache_control"] = FIVE
    if style == "explicit":
        body["tools"][-1]["cache_control"] = FIVE
        last = body["messages"][-1]
        if isinstance(last["content"], str):
            last["content"] = [{"type": "text", "text": last["content"]}]
        last["content"][-1]["cache_control"] = FIVE
    return body
