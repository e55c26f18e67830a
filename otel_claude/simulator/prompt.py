"""A request's prompt as the cache sees it: blocks in the order tools, system, messages.

A *block* is one tool, one block of the system prompt or one block of a message; text given as a plain string
is one text block. A breakpoint inside a tool's result stands for one on the result, and a field that is null is as one
that is not there. The web search and web fetch tools stand in front of the system prompt, as adding one
leaves the other tools cached. A *breakpoint* is a block that carries `cache_control`, with its TTL. A
*prefix* is all blocks up to and with one of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from otel_claude.simulator import tokens
from otel_claude.simulator.errors import invalid

if TYPE_CHECKING:
    from collections.abc import Iterator

Section: TypeAlias = Literal["tools", "system", "messages"]
Ttl: TypeAlias = Literal["5m", "1h"]

MAX_BREAKPOINTS: Final = 4
SECTIONS: Final[tuple[Section, ...]] = ("tools", "system", "messages")
TTLS: Final[tuple[Ttl, ...]] = ("5m", "1h")
ROLES: Final = ("user", "assistant", "system")
UNCACHEABLE: Final = ("thinking", "redacted_thinking")


@dataclass(frozen=True, slots=True)
class Block:
    """One block."""

    path: str
    """Where it stands in the request, as error messages say it: `messages.0.content.2`."""

    section: Section
    content: str
    """Its exact content, without `cache_control` and with the role of its message."""

    tokens: int
    """An estimate."""

    ttl: Ttl | None
    """The TTL of the breakpoint on this block, or `None` without one."""


def read(body: dict[str, Any]) -> tuple[Block, ...]:
    """The blocks of the request `body`, in prefix order, without tools whose loading is deferred.

    Raises:
        ApiError: a block has no legal shape, or its breakpoints are not what the API accepts.
    """
    blocks = [*_tools(body.get("tools")), *_system(body.get("system")), *_messages(body.get("messages"))]
    automatic = _ttl(body.get("cache_control"), "cache_control")
    marked = [block for block in blocks if block.ttl]
    if automatic and blocks:
        last = blocks[-1]
        if last.ttl and last.ttl != automatic:
            raise invalid(f"cache_control: the last block, {last.path}, has a breakpoint with another ttl")
        if not last.ttl:
            blocks[-1] = replace(last, ttl=automatic)
            marked.append(blocks[-1])
    if len(marked) > MAX_BREAKPOINTS:
        raise invalid(
            f"{marked[MAX_BREAKPOINTS].path}.cache_control: a request can have {MAX_BREAKPOINTS} "
            f"cache breakpoints at most, this one has {len(marked)}"
        )
    for earlier, later in pairwise(marked):
        if earlier.ttl == "5m" and later.ttl == "1h":
            raise invalid(
                f"{later.path}.cache_control.ttl: a breakpoint with ttl 1h cannot come after one with ttl 5m "
                f"({earlier.path}); tools come before system, system before messages"
            )
    return tuple(sorted(blocks, key=lambda block: SECTIONS.index(block.section)))


def _tools(tools: Any) -> Iterator[Block]:
    for index, tool in enumerate(_list(tools, "tools")):
        path = f"tools.{index}"
        if not isinstance(tool, dict) or not isinstance(tool.get("name", ""), str):
            raise invalid(f"{path}: a tool is an object with a name")
        kind = str(tool.get("type") or "custom")
        if "name" not in tool and kind == "custom":
            raise invalid(f"{path}.name: this field is required")
        if kind == "custom" and not isinstance(tool.get("input_schema"), dict):
            raise invalid(f"{path}.input_schema: this field is required and is an object")
        web = kind.startswith(("web_search_", "web_fetch_"))
        block = _block(tool, path, "system" if web else "tools")
        if tool.get("defer_loading"):
            if block.ttl:
                raise invalid(f"{path}.cache_control: a tool with defer_loading cannot carry a breakpoint")
            continue
        yield block


def _system(system: Any) -> Iterator[Block]:
    for index, block in enumerate(_content(system, "system")):
        if block.get("type") != "text":
            raise invalid(f"system.{index}.type: the system prompt has text blocks only")
        yield _block(block, f"system.{index}", "system")


def _messages(messages: Any) -> Iterator[Block]:
    for index, message in enumerate(_list(messages, "messages")):
        path = f"messages.{index}"
        if not isinstance(message, dict):
            raise invalid(f"{path}: a message is an object with a role and content")
        role = message.get("role")
        if role not in ROLES:
            raise invalid(f"{path}.role: expected one of {', '.join(ROLES)}")
        if message.get("content") is None:
            raise invalid(f"{path}.content: this field is required")
        for at, block in enumerate(_content(message["content"], f"{path}.content")):
            yield _block(block, f"{path}.content.{at}", "messages", role)


def _block(block: dict[str, Any], path: str, section: Section, role: str = "") -> Block:
    ttl = _ttl(block.get("cache_control"), f"{path}.cache_control")
    kind = block.get("type")
    empty_text = kind == "text" and not block.get("text")
    if kind == "text" and not isinstance(block.get("text"), str):
        raise invalid(f"{path}.text: this field is required and is a string")
    if ttl and (kind in UNCACHEABLE or empty_text):
        what = "empty text" if empty_text else f"a {kind} block"
        raise invalid(f"{path}.cache_control: {what} cannot carry a breakpoint")
    if empty_text and section == "messages":
        raise invalid(f"{path}.text: a text block cannot be empty")
    inner = block.get("content")
    if kind == "tool_result" and isinstance(inner, list):
        ttl = ttl or next((found for part in inner if (found := _inner_ttl(part, path))), None)
        block = {**block, "content": [_unmarked(part) for part in inner]}
    content = tokens.canonical({key: value for key, value in _unmarked(block).items() if value is not None})
    return Block(path, section, f"{role}{content}", tokens.of_block(block), ttl)


def _unmarked(block: Any) -> Any:
    """`block` as it counts for the prefix, which does not depend on where the breakpoints are."""
    if not isinstance(block, dict):
        return block
    return {key: value for key, value in block.items() if key != "cache_control"}


def _inner_ttl(part: Any, path: str) -> Ttl | None:
    return (
        _ttl(part.get("cache_control"), f"{path}.content.cache_control") if isinstance(part, dict) else None
    )


def _ttl(cache_control: Any, path: str) -> Ttl | None:
    if cache_control is None:
        return None
    if not isinstance(cache_control, dict) or cache_control.get("type") != "ephemeral":
        raise invalid(f'{path}: expected {{"type": "ephemeral"}}, with an optional ttl')
    given = cache_control.get("ttl", "5m")
    for ttl in TTLS:
        if given == ttl:
            return ttl
    raise invalid(f"{path}.ttl: expected one of {', '.join(TTLS)}")


def _content(content: Any, path: str) -> list[dict[str, Any]]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content or path != "system" else []
    blocks = _list(content, path)
    for index, block in enumerate(blocks):
        if not isinstance(block, dict) or not isinstance(block.get("type"), str):
            raise invalid(f"{path}.{index}: a block is an object with a type")
    return blocks


def _list(value: Any, path: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise invalid(f"{path}: expected a list")
    return value
