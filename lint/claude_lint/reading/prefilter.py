"""Tells from the bytes of a file, without a tree, whether it can hold a Claude call.

Substring needles only: a regex of the same idea is ten times slower. A file passes when it has both the shape of a
call and a word that goes with Claude; what it lets through that calls something else, `calls` sorts out.
"""

from __future__ import annotations

from typing import Final

CALL_NEEDLES: Final = (
    b"messages.create",
    b"messages.stream",
    b"messages.parse",
    b"messages.tool_runner",
    b"messages.count_tokens",
    b"messages.batches",
    b"messages.with_",
)
"""How a call looks when its chain is on one line."""

CLAUDE_NEEDLES: Final = (b"nthropic", b"laude", b"ANTHROPIC", b"model", b"**")
"""Words that stand in a file with a Claude call. A call without the first three is known by its arguments."""


PAST_SDK: Final = (
    (b"api.anthropic.com",),
    (b"anthropic-version",),
    (b"invoke_model",),
    (b".converse",),
    (b"ChatAnthropic",),
    (b"AnthropicModel",),
    (b"init_chat_model", b"claude"),
    (b"litellm", b"completion", b"claude"),
    (b"pydantic_ai", b"anthropic:"),
    (b"from_provider", b"anthropic/"),
)
"""What stands together in a file that reaches Claude without the SDK's clients."""


def may_call_claude(data: bytes) -> bool:
    """Whether `data`, a Python file or a notebook as it is on disk, is worth parsing. Never raises."""
    if b"messages." in data and any(needle in data for needle in CALL_NEEDLES):
        return any(needle in data for needle in CLAUDE_NEEDLES)
    if b"nthropic" not in data and b"claude" not in data:
        return False
    return b".messages\n" in data or any(all(word in data for word in words) for words in PAST_SDK)
