"""What the simulated model says: content blocks, a stop reason and an output count, all deterministic.

It calls a tool where `tool_choice` forces one, or where the last user message names a tool or asks for one
and is not a tool's result. It answers in the smallest JSON where the request has an output format. Else it
writes prose.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from otel_claude.simulator import schema, tokens
from otel_claude.simulator.errors import invalid
from otel_claude.simulator.script import THINKING_TOKENS, Directives

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PROSE: Final = "This is a simulated answer: no model was asked, and every token count is an estimate. "
THOUGHT: Final = "This is simulated thinking. "
SIGNATURE: Final = "c2ltdWxhdGVk"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. `output_tokens` includes `thinking_tokens`; both are estimates."""

    content: list[dict[str, Any]]
    stop_reason: str
    output_tokens: int
    thinking_tokens: int = 0
    stop_details: dict[str, Any] | None = None


def answer(
    body: Mapping[str, Any], directives: Directives, *, default_tokens: int, tool_use_id: str
) -> Answer:
    """The answer to a valid request `body`, of `default_tokens` where it is prose and no directive says
    otherwise.

    Raises:
        ApiError: the output format has no finite value, or a directive names a tool that the request lacks.
    """
    budget = int(body["max_tokens"])
    wanted = directives.output_tokens
    if directives.refusal:
        said = min(wanted or 0, budget)
        details = {"type": "refusal", "category": None, "explanation": "Refused, as the caller chose."}
        return Answer([_text(said)] if said else [], "refusal", said, stop_details=details)

    thinking = min(_thinking_tokens(body, directives), budget)
    content = [_thinking(thinking, body)] if thinking else []
    budget -= thinking
    if budget == 0:
        return Answer(content, "max_tokens", thinking, thinking)

    block, stop_reason = _last_block(body, directives, default_tokens, tool_use_id)
    said = max(1, wanted if wanted is not None else _size(block))
    if said > budget:
        said, stop_reason = budget, "max_tokens"
        if block["type"] == "text":
            block = {**block, "text": block["text"][: budget * tokens.CHARACTERS_PER_TOKEN]}
    if directives.cited and block["type"] == "text":
        block = {**block, "citations": _citations(body, directives.cited)}
    return Answer([*content, block], stop_reason, thinking + said, thinking)


def _last_block(
    body: Mapping[str, Any], directives: Directives, default_tokens: int, tool_use_id: str
) -> tuple[dict[str, Any], str]:
    tool = _tool(body, directives)
    if tool:
        given = _smallest(
            tool.get("input_schema") or {"type": "object"}, f"tools ({tool['name']}).input_schema"
        )
        return {"type": "tool_use", "id": tool_use_id, "name": tool["name"], "input": given}, "tool_use"
    output_format = (body.get("output_config") or {}).get("format")
    if output_format:
        value = _smallest(output_format.get("schema"), "output_config.format.schema")
        return {"type": "text", "text": json.dumps(value, ensure_ascii=False)}, "end_turn"
    count = directives.output_tokens if directives.output_tokens is not None else default_tokens
    return _text(max(1, min(count, int(body["max_tokens"])))), "end_turn"


def _citations(body: Mapping[str, Any], cited: Iterable[int]) -> list[dict[str, Any]]:
    """Citations of the first word of these documents, which are counted through all messages."""
    documents = [
        block
        for message in body["messages"]
        if not isinstance(message["content"], str)
        for block in message["content"]
        if block["type"] == "document"
    ]
    found = []
    for index in cited:
        if index >= len(documents) or not (documents[index].get("citations") or {}).get("enabled"):
            raise invalid(f"there is no document {index} to cite in this request")
        word = str(documents[index]["source"].get("data", "")).partition(" ")[0]
        found.append(
            {
                "type": "char_location",
                "cited_text": word,
                "document_index": index,
                "document_title": None,
                "start_char_index": 0,
                "end_char_index": len(word),
                "file_id": None,
            }
        )
    return found


def _smallest(wanted: Any, path: str) -> Any:
    try:
        return schema.smallest(wanted)
    except schema.UnsatisfiableError as error:
        raise invalid(f"{path}: {error}") from None


def _size(block: dict[str, Any]) -> int:
    if block["type"] == "text":
        return tokens.of_text(block["text"])
    return tokens.of_text(block["name"] + tokens.canonical(block["input"]))


def _text(count: int) -> dict[str, Any]:
    return {"type": "text", "text": _fill(PROSE, count)}


def _fill(sentence: str, count: int) -> str:
    """Text of exactly `count` tokens that does not end in a space."""
    length = count * tokens.CHARACTERS_PER_TOKEN
    text = (sentence * (length // len(sentence) + 1))[:length]
    return text[:-1] + "." if text.endswith(" ") else text


def _thinking_tokens(body: Mapping[str, Any], directives: Directives) -> int:
    if directives.thinking_tokens is not None:
        return directives.thinking_tokens
    return THINKING_TOKENS if (body.get("thinking") or {}).get("type") in ("enabled", "adaptive") else 0


def _thinking(count: int, body: Mapping[str, Any]) -> dict[str, Any]:
    omitted = (body.get("thinking") or {}).get("display") == "omitted"
    return {"type": "thinking", "thinking": "" if omitted else _fill(THOUGHT, count), "signature": SIGNATURE}


def _tool(body: Mapping[str, Any], directives: Directives) -> dict[str, Any] | None:
    tools: list[dict[str, Any]] = [tool for tool in body.get("tools") or () if "name" in tool]
    callable_tools = [tool for tool in tools if tool.get("type") in (None, "custom")]
    choice = body.get("tool_choice") or {"type": "auto"}
    if directives.tool_use is not None:
        return _named(tools, directives.tool_use) if directives.tool_use else _first(callable_tools or tools)
    if choice["type"] == "tool":
        return _named(tools, choice["name"])
    if choice["type"] == "any":
        return _first(callable_tools or tools)
    asked = _last_user_text(body).lower() if choice["type"] == "auto" else ""
    for tool in callable_tools:
        name = str(tool["name"]).lower()
        if asked and (name in asked or name.replace("_", " ").replace("-", " ") in asked):
            return tool
    return callable_tools[0] if callable_tools and " tool" in f" {asked}" else None


def _named(tools: list[dict[str, Any]], name: str) -> dict[str, Any]:
    for tool in tools:
        if tool["name"] == name:
            return tool
    raise invalid(f"there is no tool {name!r} in this request")


def _first(tools: list[dict[str, Any]]) -> dict[str, Any]:
    if not tools:
        raise invalid("a tool has to be called, and the request has none")
    return tools[0]


def _last_user_text(body: Mapping[str, Any]) -> str:
    """The text of the last message; empty if it is not the user's, or brings a tool's result."""
    last = body["messages"][-1]
    if last["role"] != "user":
        return ""
    if isinstance(last["content"], str):
        return str(last["content"])
    if any(block["type"] == "tool_result" for block in last["content"]):
        return ""
    return " ".join(block["text"] for block in last["content"] if block["type"] == "text")
