"""Estimates of token counts.

An *estimate* is one token for each `CHARACTERS_PER_TOKEN` characters, rounded up, the same for every model.
No tokenizer is used: counts are deterministic and of the right order, and differ from the counts that Claude
bills.
"""

from __future__ import annotations

import json
from typing import Any, Final

CHARACTERS_PER_TOKEN: Final = 4
IMAGE_TOKENS: Final = 1600
"""Every image, whatever its size."""


def canonical(value: Any) -> str:
    """Compact JSON. The order of keys is kept, as a prefix in another order is another prefix."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def of_text(text: str) -> int:
    """The estimate for `text`; 0 for an empty one."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def of_block(block: Any) -> int:
    """The estimate for one block of a request: a tool, or a block of the system prompt or of a message."""
    if not isinstance(block, dict):
        return of_text(canonical(block))
    kind = block.get("type")
    if kind == "image":
        return IMAGE_TOKENS
    if kind == "text":
        return of_text(str(block.get("text", "")))
    if kind == "tool_result" and isinstance(block.get("content"), list):
        own = {key: value for key, value in block.items() if key not in ("content", "cache_control")}
        return of_text(canonical(own)) + sum(of_block(item) for item in block["content"])
    return of_text(canonical({key: value for key, value in block.items() if key != "cache_control"}))
