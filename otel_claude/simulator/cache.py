"""The prompt cache: which prefixes are live, and what a request reads and writes.

An *entry* is a prefix that was written at a breakpoint; it lives for its TTL from the start of the request
that wrote or last read it. What is modelled [Claude docs, "Prompt caching", 2026-08-22, and quotes of
2026-10]:

- A prefix is its exact content, the model, and the parameters of `SYSTEM_PARAMETERS` and
  `MESSAGES_PARAMETERS`, which change the prefix from the section on that they stand for.
- A request reads the longest live prefix within `LOOKBACK` blocks of one of its breakpoints, that block
  included, and writes from there to its last breakpoint: as 1h up to its last 1h breakpoint, as 5m from there
  on. It writes entries at breakpoints only.
- A prefix shorter than the model's minimum is neither read nor written, and nothing says so.

Assumed, as no document says: an entry keeps the TTL that it was written with; thinking and effort parameters
leave tools and system alone on every model; a model that `otel_claude.models` does not know has
`UNKNOWN_MINIMUM`. Not modelled: thinking blocks that older models drop from the prefix, and the breakpoint that the
API adds to the results of server tools.

There is one cache a workspace. That is what the header `anthropic-workspace-id` names, else each set of credentials
has one of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from otel_claude import models
from otel_claude.simulator.tokens import canonical

if TYPE_CHECKING:
    from otel_claude.simulator.prompt import Block, Ttl

LOOKBACK: Final = 20
"""Blocks that one breakpoint looks back over, its own included."""

LIFETIMES: Final[Mapping[Ttl, timedelta]] = {"5m": timedelta(minutes=5), "1h": timedelta(hours=1)}
UNKNOWN_MINIMUM: Final = 1024
"""Tokens."""

MEDIUM_EFFORT: Final = frozenset({"claude-opus-5-5", "claude-haiku-5-5"})
"""Models whose effort is `medium` when a request names none; `high` on all others. [Claude docs, 2026-10]"""


@dataclass(frozen=True, slots=True)
class Lookup:
    """What one request reads and is about to write. Token counts are estimates."""

    read: int
    write_1h: int
    write_5m: int
    uncached: int
    """Tokens after the last breakpoint that counts: the `input_tokens` of the usage."""

    writes: tuple[tuple[bytes, Ttl], ...]
    """Digest and TTL of each entry to write."""

    at: datetime
    """The start of the request."""

    hit: int
    """The index of the block up to which it reads, or -1."""

    marks: tuple[int, ...]
    """The indices of the blocks with a breakpoint that counts."""

    digests: tuple[bytes, ...]
    """One a block: of the prefix that ends with it."""


@dataclass(frozen=True, slots=True)
class _Entry:
    ttl: Ttl
    expires: datetime


class PrefixCache:
    """The entries of one workspace, expired ones too. Not thread-safe: the caller holds a lock."""

    def __init__(self) -> None:
        self._entries: dict[bytes, _Entry] = {}

    def look_up(self, body: Mapping[str, Any], blocks: tuple[Block, ...], at: datetime) -> Lookup:
        """What the request `body`, which has these `blocks`, reads and would write at `at`.

        Reading refreshes what is read.
        """
        digests = _digests(body, blocks)
        sizes = _sizes(blocks)
        least = minimum(str(body["model"]))
        marks = [
            index
            for index, block in enumerate(blocks)
            if block.ttl and least is not None and sizes[index] >= least
        ]
        hit = max((index for mark in marks if (index := self._nearest(digests, mark, at)) >= 0), default=-1)
        for index in {hit, *(mark for mark in marks if mark <= hit)} - {-1}:
            self._refresh(digests[index], at)

        unread = [mark for mark in marks if mark > hit]
        read = sizes[hit] if hit >= 0 else 0
        end = sizes[unread[-1]] if unread else read
        end_1h = max((sizes[mark] for mark in unread if blocks[mark].ttl == "1h"), default=read)
        return Lookup(
            read=read,
            write_1h=end_1h - read,
            write_5m=end - end_1h,
            uncached=(sizes[-1] if sizes else 0) - end,
            writes=tuple((digests[mark], ttl) for mark in unread if (ttl := blocks[mark].ttl)),
            at=at,
            hit=hit,
            marks=tuple(marks),
            digests=tuple(digests),
        )

    def expiry(self, digest: bytes) -> datetime | None:
        """When the entry of a prefix expires or did, or `None` where there never was one."""
        entry = self._entries.get(digest)
        return entry.expires if entry else None

    def write(self, lookup: Lookup) -> None:
        """Make what `lookup` writes readable, which is when the response begins."""
        for digest, ttl in lookup.writes:
            self._entries[digest] = _Entry(ttl, lookup.at + LIFETIMES[ttl])

    def _nearest(self, digests: list[bytes], mark: int, at: datetime) -> int:
        for index in range(mark, max(-1, mark - LOOKBACK), -1):
            entry = self._entries.get(digests[index])
            if entry and entry.expires > at:
                return index
        return -1

    def _refresh(self, digest: bytes, at: datetime) -> None:
        entry = self._entries.get(digest)
        if entry and entry.expires > at:
            self._entries[digest] = _Entry(entry.ttl, max(entry.expires, at + LIFETIMES[entry.ttl]))


def minimum(model_id: str) -> int | None:
    """The length in tokens below which `model_id` caches nothing; `None` if it caches nothing at all."""
    model = models.find(model_id)
    return model.min_cacheable_tokens if model else UNKNOWN_MINIMUM


def model_of(body: Mapping[str, Any]) -> str:
    """One text for all ids of a model."""
    model = models.find(str(body["model"]))
    return model.id if model else str(body["model"])


def _sizes(blocks: tuple[Block, ...]) -> list[int]:
    total = 0
    return [total := total + block.tokens for block in blocks]


def _digests(body: Mapping[str, Any], blocks: tuple[Block, ...]) -> list[bytes]:
    """One digest a block: of the prefix that ends with it."""
    state = blake2b(digest_size=16)
    _mix(state, [model_of(body)])
    section = "tools"
    digests = []
    for block in blocks:
        if section == "tools" and block.section != "tools":
            _mix(state, [canonical(of(body)) for of in SYSTEM_PARAMETERS.values()])
        if section != "messages" and block.section == "messages":
            _mix(state, [canonical(of(body)) for of in MESSAGES_PARAMETERS.values()])
        section = block.section
        _mix(state, [block.content])
        digests.append(state.digest())
    return digests


def _mix(state: blake2b, parts: list[str]) -> None:
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        state.update(len(data).to_bytes(8, "big"))
        state.update(data)


def _output_config(body: Mapping[str, Any]) -> Mapping[str, Any]:
    config = body.get("output_config")
    return config if isinstance(config, dict) else {}


def _effort(body: Mapping[str, Any]) -> Any:
    default = "medium" if model_of(body) in MEDIUM_EFFORT else "high"
    return _output_config(body).get("effort") or default


def _tool_choice(body: Mapping[str, Any]) -> Any:
    choice = body.get("tool_choice") or {"type": "auto"}
    if isinstance(choice, dict) and not choice.get("disable_parallel_tool_use"):
        return {key: value for key, value in choice.items() if key != "disable_parallel_tool_use"}
    return choice


def _holds(body: Mapping[str, Any], found: Callable[[dict[str, Any]], bool]) -> bool:
    """Whether `found` holds for a block of a message, also within a tool result."""
    pending: list[Any] = [message.get("content") for message in body.get("messages") or ()]
    while pending:
        item = pending.pop()
        if isinstance(item, list):
            pending.extend(item)
        elif isinstance(item, dict):
            if found(item):
                return True
            pending.append(item.get("content"))
    return False


def _cites(block: dict[str, Any]) -> bool:
    citations = block.get("citations")
    return isinstance(citations, dict) and bool(citations.get("enabled"))


Parameters = Mapping[str, Callable[[Mapping[str, Any]], Any]]

SYSTEM_PARAMETERS: Final[Parameters] = {
    "speed": lambda body: body.get("speed") or "standard",
    "citations": lambda body: _holds(body, _cites),
}
"""What changes the prefix from the system prompt on."""

MESSAGES_PARAMETERS: Final[Parameters] = {
    "tool_choice": _tool_choice,
    "images": lambda body: _holds(body, lambda block: block.get("type") == "image"),
    "thinking": lambda body: body.get("thinking"),
    "effort": _effort,
    "format": lambda body: _output_config(body).get("format"),
}
"""What changes the prefix from the messages on."""
