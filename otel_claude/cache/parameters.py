"""What of a request changes the prefix besides its blocks, and from which section on.

The prefix is ordered tools, system, messages. A parameter stands before the section that it changes first: what comes
before it stays cached. [Claude docs, "Prompt caching", 2026-08-22; the model itself changes all of it]

On some models thinking and effort change the tools and the system prompt too; which, no document says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from otel_claude import models

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MEDIUM_EFFORT: Final = frozenset({"claude-opus-5-5", "claude-haiku-5-5"})
"""Models whose effort is `medium` where a request names none; `high` on all others. [Claude docs, 2026-10]"""

WEB_TOOLS: Final = ("web_search_", "web_fetch_")
"""How the types of those tools begin of which adding or removing one leaves the other tools cached."""


def canonical_model(model: str) -> str:
    """One name for all ids of a model."""
    found = models.find(model)
    return model if found is None else found.id


def _given(body: Mapping[str, Any], name: str) -> Any:
    """A dict or text among the parameters, or `None`: the SDK puts markers of its own for what was left out."""
    value = body.get(name)
    return value if isinstance(value, (dict, str)) else None


def _effort(body: Mapping[str, Any]) -> Any:
    config = _given(body, "output_config")
    effort = config.get("effort") if isinstance(config, dict) else None
    default = "medium" if canonical_model(str(body.get("model"))) in MEDIUM_EFFORT else "high"
    return None if effort == default else effort


def _format(body: Mapping[str, Any]) -> Any:
    config = _given(body, "output_config")
    return config.get("format") if isinstance(config, dict) else None


def _speed(body: Mapping[str, Any]) -> Any:
    speed = _given(body, "speed")
    return None if speed == "standard" else speed


def _tool_choice(body: Mapping[str, Any]) -> Any:
    choice = _given(body, "tool_choice")
    if not isinstance(choice, dict):
        return None
    if not choice.get("disable_parallel_tool_use"):
        choice = {name: value for name, value in choice.items() if name != "disable_parallel_tool_use"}
    return None if choice == {"type": "auto"} else choice


Parameters = dict[str, "Callable[[Mapping[str, Any]], Any]"]

BEFORE_SYSTEM: Final[Parameters] = {"speed": _speed}
"""What changes the system prompt and the messages, by its path in the request: the value, `None` for the default."""

BEFORE_MESSAGES: Final[Parameters] = {
    "tool_choice": _tool_choice,
    "thinking": lambda body: _given(body, "thinking"),
    "output_config.effort": _effort,
    "output_config.format": _format,
}
"""What changes the messages only."""

CITATIONS: Final = "citations"
"""Whether a block asks for citations. It changes the system prompt and the messages."""

IMAGES: Final = "images"
"""Whether there are images. It changes the messages."""

COUNTED_AS_MODEL: Final = frozenset({"model", "speed"})
"""What is a change of the model, in the API's own words. [SDK 2.11, `CacheMissModelChanged`]"""
