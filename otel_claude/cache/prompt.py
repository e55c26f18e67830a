"""A request as the cache sees it: digests of its blocks, and of the prefix up to each.

The web search and web fetch tools stand in front of the system prompt, as adding one leaves the other tools cached.
Tools whose loading is deferred are no part of the prefix.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from otel_claude.cache.digests import SIZE, UnreadableError
from otel_claude.cache.parameters import (
    BEFORE_MESSAGES,
    BEFORE_SYSTEM,
    CITATIONS,
    IMAGES,
    WEB_TOOLS,
    canonical_model,
)
from otel_claude.cache.status import BREAKPOINT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from otel_claude.cache.digests import Digester, Piece
    from otel_claude.cache.parameters import Parameters

Section = Literal["tools", "system", "messages"]

LIFETIMES_NS: Final = {"5m": 300 * 10**9, "1h": 3600 * 10**9}
"""How long an entry lives from the start of the request that wrote or last read it, in nanoseconds."""

_TEXT: Final = "text"
UNCACHEABLE: Final = frozenset({"thinking", "redacted_thinking", ""})
"""The types of blocks that cannot carry a breakpoint; `""` for an empty text."""


class Mark(NamedTuple):
    """A breakpoint: the place of its block in the prefix, and its TTL in nanoseconds."""

    block: int
    ttl_ns: int


class Prompt(NamedTuple):
    """A request's prompt. Sequences have an item a block, in the order of the prefix."""

    model: str
    digests: Sequence[bytes]
    """Of each block alone."""

    chain: Sequence[bytes]
    """Of each prefix: the model, the parameters before it, and every block up to it."""

    ends: Sequence[int]
    """The characters of each prefix."""

    places: Sequence[tuple[str, int, int]]
    """Where each block stands: its section, its number there, and its number within a message."""

    system_at: int
    messages_at: int
    """The indices at which the system prompt and the messages begin."""

    parameters: Mapping[str, bytes]
    """The digest of each parameter by its path. Those of the system prompt come first."""

    turns: Sequence[int]
    """The indices at which the turns of the conversation begin, and that at which the last one ends. A *turn* is an
    answer of the assistant's and what was said to it; the first has no answer. One that nothing was said to yet, but
    that the request begins for the assistant, is left out."""

    marks: Sequence[Mark]
    """In the order of the prefix."""

    @property
    def last(self) -> int:
        """The index of the last breakpoint. There has to be one."""
        return self.marks[-1].block

    @property
    def prefix(self) -> str:
        """What names the prefix up to the last breakpoint."""
        return self.chain[self.last].hex()[:16]

    @property
    def opening(self) -> int:
        """The index of the block with which the first answer begins; where there is none, that after the last turn."""
        return self.turns[1]

    @property
    def is_continued(self) -> bool:
        """Whether something was answered before."""
        return len(self.turns) > 2


def read(body: Mapping[str, Any], digester: Digester) -> Prompt:
    """The prompt of `body`, with or without breakpoints.

    Raises `UnreadableError` where it has parts that can be read only once, or of a form that is not known.
    """
    reading = _Reading(digester)
    late = reading.tools(body.get("tools"), body.get("mcp_servers"))
    system_at = len(reading.digests)
    for number, piece in late:
        reading.add(*piece, ("tools", number, 0))
    reading.system(body.get("system"))
    messages_at = len(reading.digests)
    reading.messages(body.get("messages"))
    reading.automatic(body.get(BREAKPOINT))

    parameters = _parameters(body, BEFORE_SYSTEM, digester)
    parameters[CITATIONS] = b"\x01" if reading.cites else b"\x00"
    seed = b"".join(parameters.values())
    later = _parameters(body, BEFORE_MESSAGES, digester)
    later[IMAGES] = b"\x01" if reading.has_images else b"\x00"
    model = canonical_model(str(body.get("model")))
    before = {system_at: seed}
    before[messages_at] = before.get(messages_at, b"") + b"".join(later.values())
    chain = _chain(model.encode("utf-8", "surrogatepass"), reading.digests, before)
    return Prompt(
        model=model,
        digests=reading.digests,
        chain=chain,
        ends=reading.ends,
        places=reading.places,
        system_at=system_at,
        messages_at=messages_at,
        parameters={**parameters, **later},
        turns=reading.turns,
        marks=reading.marks,
    )


def _parameters(body: Mapping[str, Any], table: Parameters, digester: Digester) -> dict[str, bytes]:
    """The digest of each parameter of a table, a single byte for the default."""
    found = {}
    for path, of in table.items():
        value = of(body)
        found[path] = b"\x00" if value is None else digester.of_value(value)
    return found


def _chain(start: bytes, digests: Sequence[bytes], before: Mapping[int, bytes]) -> list[bytes]:
    """The digest of each prefix of `digests`, after `start`; what is `before` an index goes in ahead of its block."""
    state = blake2b(start, digest_size=SIZE)
    chain = []
    for index, digest in enumerate(digests):
        if index in before:
            state.update(before[index])
        state.update(digest)
        chain.append(state.digest())
    return chain


class _Reading:
    """What is gathered while a request is read."""

    def __init__(self, digester: Digester) -> None:
        self._digester = digester
        self._end = 0
        self.digests: list[bytes] = []
        self.ends: list[int] = []
        self.places: list[tuple[str, int, int]] = []
        self.marks: list[Mark] = []
        self.cites = False
        self.has_images = False
        self.turns: list[int] = []
        self._can_end_marked = True

    def add(self, digest: bytes, size: int, mark: object, place: tuple[str, int, int]) -> None:
        if mark is not None and isinstance(mark, dict):
            self.marks.append(Mark(len(self.digests), _ttl_ns(mark)))
        self._end += size
        self.digests.append(digest)
        self.ends.append(self._end)
        self.places.append(place)

    def tools(self, tools: object, servers: object) -> list[tuple[int, Piece]]:
        """Adds the tools, but for the web's, which are returned with their numbers."""
        late = []
        tools = _list(tools)
        for number, (tool, piece) in enumerate(zip(tools, self._digester.of_tools(tools), strict=True)):
            kind = tool.get("type") if isinstance(tool, dict) else getattr(tool, "type", None)
            if isinstance(tool, dict) and tool.get("defer_loading"):
                continue
            if isinstance(kind, str) and kind.startswith(WEB_TOOLS):
                late.append((number, piece))
            else:
                self.add(*piece, ("tools", number, 0))
        servers = _list(servers)
        if servers:
            self.add(self._digester.of_value(list(servers)), 0, None, ("mcp_servers", 0, 0))
        return late

    def system(self, system: object) -> None:
        if isinstance(system, str):
            if system:
                self.add(self._digester.of_text(system), len(system), None, ("system", 0, 0))
            return
        for number, block in enumerate(_list(system)):
            self.add(*self._digester.of_block(block), ("system", number, 0))

    def messages(self, messages: object) -> None:
        if not isinstance(messages, (list, tuple)):
            raise UnreadableError(type(messages).__name__)
        add, of_block, of_text = self.add, self._digester.of_block, self._digester.of_text
        last: object = _TEXT
        turns = self.turns = [len(self.digests)]
        is_answer = False
        for number, message in enumerate(messages):
            fields = message if isinstance(message, dict) else _dumped(message)
            role = fields.get("role")
            content = fields.get("content")
            if (role == "assistant") != is_answer:
                is_answer = not is_answer
                if is_answer:
                    turns.append(len(self.digests))
            said_by = _of_role(role)
            if isinstance(content, str):
                add(of_text(content, said_by), len(content), None, ("messages", number, 0))
                last = _TEXT if content else ""
                continue
            if not isinstance(content, (list, tuple)):
                raise UnreadableError(type(content).__name__)
            for at, block in enumerate(content):
                if type(block) is dict and block.get("type") == "text" and len(block) == 2:
                    text = block.get("text")
                    if type(text) is str:
                        # What most messages consist of is dealt with here.
                        add(of_text(text, said_by), len(text), None, ("messages", number, at))
                        last = _TEXT
                        continue
                add(*of_block(block, said_by), ("messages", number, at))
                self._notice(block)
                last = block.get("type") if isinstance(block, dict) else getattr(block, "type", None)
        self._can_end_marked = last not in UNCACHEABLE
        if not is_answer:
            turns.append(len(self.digests))

    def automatic(self, mark: object) -> None:
        """Adds the breakpoint that a request as a whole asks for: on its last block, unless that has one."""
        if isinstance(mark, dict) and self.digests and self._can_end_marked:
            last = len(self.digests) - 1
            if not self.marks or self.marks[-1].block != last:
                self.marks.append(Mark(last, _ttl_ns(mark)))

    def _notice(self, block: object) -> None:
        """Looks for images and for citations that are asked for, also within a tool's result."""
        if not isinstance(block, dict):
            return
        if block.get("type") == "image":
            self.has_images = True
        citations = block.get("citations")
        if isinstance(citations, dict) and citations.get("enabled"):
            self.cites = True
        inner = block.get("content")
        if isinstance(inner, (list, tuple)):
            for part in inner:
                self._notice(part)


def _list(items: object) -> Sequence[Any]:
    """The items of a list, none of what was left out. Raises `UnreadableError` for what can be read only once."""
    if isinstance(items, (list, tuple)):
        return items
    if hasattr(items, "__iter__"):
        raise UnreadableError(type(items).__name__)
    return ()


def _of_role(role: object) -> bytes:
    """What is digested with the blocks of a message."""
    return b"user:" if role == "user" else f"{role}:".encode("ascii", "replace")


def _dumped(message: object) -> Mapping[str, Any]:
    role, content = getattr(message, "role", None), getattr(message, "content", None)
    if role is None or content is None:
        raise UnreadableError(type(message).__name__)
    return {"role": role, "content": content}


def _ttl_ns(mark: Mapping[str, Any]) -> int:
    return LIFETIMES_NS["1h"] if mark.get("ttl") == "1h" else LIFETIMES_NS["5m"]
