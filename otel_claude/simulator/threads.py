"""Message threads: conversations that the endpoint holds between requests.

A request that *creates* a thread has its conversation kept, with the answer, under the id of its response. One that
*continues* it names that id and sends only what is new: the endpoint puts the rest before it, and everything after
sees the *whole* request. The system prompt and the tools are those that it was created with. A breakpoint in a message
counts for the request that sent it. [Claude docs, "Message threads", beta message-threads-2026-08-12; SDK 2.12]
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from otel_claude.simulator.errors import ApiError, invalid

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

LIFETIME: Final = timedelta(minutes=5)
"""From the last request of the thread on."""

FIXED: Final = ("system", "tools")
"""What a thread has from the request that created it, and one that continues it may not have."""


@dataclass(slots=True)
class _Held:
    """A conversation up to one response."""

    fixed: Mapping[str, Any]
    messages: list[Any]
    expires: datetime
    is_continued: bool = False


class Threads:
    """The threads of one workspace. Not thread-safe: the caller holds a lock."""

    def __init__(self) -> None:
        self._held: dict[str, _Held] = {}

    def whole(self, body: Mapping[str, Any], at: datetime) -> dict[str, Any]:
        """The request that `body` is, with what the thread holds that it continues.

        Raises:
            ApiError: there is no such thread any more, or it cannot be continued like that.
        """
        previous = _previous(body)
        if previous is None:
            return dict(body)
        held = self._held.get(previous)
        if held is None or held.expires <= at:
            raise ApiError(
                404, f"thread.previous_message_id: nothing is held for {previous}", code="thread_not_found"
            )
        if held.is_continued:
            raise invalid(
                f"thread.previous_message_id: {previous} was continued already",
                code="thread_already_continued",
            )
        for name in FIXED:
            if body.get(name) is not None:
                raise invalid(f"{name}: a request that continues a thread has the {name} of the thread")
        given = body.get("messages")
        new = given if isinstance(given, list) else []
        return {**body, **held.fixed, "messages": [*held.messages, *new]}

    def keep(self, whole: Mapping[str, Any], message: Mapping[str, Any], at: datetime) -> None:
        """Has the conversation kept that `message` answers, if the request asks for that. A refusal ends a thread."""
        if not isinstance(whole.get("thread"), dict):
            return
        before = self._held.get(_previous(whole) or "")
        if before is not None:
            before.is_continued = True
        if message["stop_reason"] == "refusal":
            return
        answer = {"role": "assistant", "content": message["content"]}
        self._held[message["id"]] = _Held(
            {name: whole[name] for name in FIXED if name in whole},
            [*map(_unmarked, whole["messages"]), answer],
            at + LIFETIME,
        )


def _previous(body: Mapping[str, Any]) -> str | None:
    """The id of the response that a request continues from."""
    thread = body.get("thread")
    if thread is None:
        return None
    kind = thread.get("type") if isinstance(thread, dict) else None
    if kind == "create":
        return None
    if kind != "continue" or not isinstance(thread.get("previous_message_id"), str):
        raise invalid('thread: expected {"type": "create"}, or "continue" with a previous_message_id')
    return str(thread["previous_message_id"])


def _unmarked(message: Any) -> Any:
    """A message without the breakpoints of its blocks."""
    if not isinstance(message, dict) or not isinstance(message.get("content"), list):
        return message
    return {**message, "content": [_bare(block) for block in message["content"]]}


def _bare(block: Any) -> Any:
    if not isinstance(block, dict):
        return block
    bare = {name: value for name, value in block.items() if name != "cache_control"}
    if isinstance(bare.get("content"), list):
        bare["content"] = [_bare(part) for part in bare["content"]]
    return bare
