"""Keyed digests of the pieces of a request. A text is read and let go of: what is kept of it is its digest.

Texts come again from call to call, mostly as the same object, whose hash Python has kept in it. A *memo* leads from
that hash and the length to the digest, so that an unchanged text is not read again. A list of tools has one too, by
its bytes as Python writes it for itself, which takes a fifth of digesting each.
"""

from __future__ import annotations

import json
import marshal
from collections.abc import Mapping
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from otel_claude.cache.bounded import Bounded
from otel_claude.cache.status import BREAKPOINT

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZE: Final = 16
"""Bytes of a digest."""

LONG: Final = 256
"""Characters from which on a text has a memo. Below that, digesting is as fast as finding one."""

IMAGE_SIZE: Final = 6400
"""What an image counts as, in characters, whatever its bytes: 1,600 tokens."""

_MEMOS: Final = 4096
_TOOL_MEMOS: Final = 16
"""Lists of tools that are remembered."""

_VERSION: Final = 2
"""Of marshal's format: the last one in which equal values are written alike, wherever else they are referred to."""

_PLAIN_TEXT: Final = frozenset({"type", "text", BREAKPOINT})


class UnreadableError(Exception):
    """A piece of a request has a form that cannot be read without changing it, or that is not known."""


Piece = tuple[bytes, int, object]
"""The digest of a block or a tool, its size in characters, and its `cache_control` if it has one."""


class Digester:
    """Makes digests under one key. Safe from any thread."""

    def __init__(self, key: bytes) -> None:
        self._keyed = blake2b(digest_size=SIZE, key=key)
        self._memos: Bounded[tuple[int, int, bytes], bytes] = Bounded(_MEMOS)
        self._tools: Bounded[tuple[int, int], list[Piece]] = Bounded(_TOOL_MEMOS)

    def of_bytes(self, data: bytes) -> bytes:
        """The digest of `data`."""
        state = self._keyed.copy()
        state.update(data)
        return state.digest()

    def of_text(self, text: str, role: bytes = b"") -> bytes:
        """The digest of `text`, from the memo where there is one; as said by `role`, where that is given."""
        if len(text) < LONG:
            return self.of_bytes(role + text.encode("utf-8", "surrogatepass"))
        memo = (hash(text), len(text), role)
        digest = self._memos.get(memo)
        if digest is None:
            digest = self.of_bytes(role + text.encode("utf-8", "surrogatepass"))
            self._memos.put(memo, digest)
        return digest

    def of_value(self, value: object) -> bytes:
        """The digest of any JSON value. The order of keys counts, as it does for the cache."""
        return self.of_bytes(_written(value))

    def of_block(self, block: object, role: bytes = b"") -> Piece:
        """Of one block of content, as said by `role` where that is given. Raises `UnreadableError`.

        A breakpoint inside a tool's result stands for one on the result.
        """
        fields = _fields(block)
        mark = fields.get(BREAKPOINT)
        kind = fields.get("type")
        if kind == "text" and fields.keys() <= _PLAIN_TEXT:
            text = fields.get("text")
            if type(text) is str:
                return self.of_text(text, role), len(text), mark
        plain: dict[str, object] = {}
        size = 0
        for name, value in fields.items():
            if value is None or name == BREAKPOINT:
                continue
            if type(value) is str:
                size += len(value)
                plain[name] = value if len(value) < LONG else self.of_text(value)
            elif name == "content" and isinstance(value, (list, tuple)):
                parts = []
                for part in value:
                    digest, length, inner = self.of_block(part)
                    parts.append(digest)
                    size += length
                    mark = mark or inner
                plain[name] = parts
            elif name == "source":
                digest, length, inner = self.of_block(value)
                plain[name] = digest
                size += length
                mark = mark or inner
            else:
                plain[name] = written = _written(value)
                size += len(written)
        if kind == "text" and plain.keys() == _PLAIN_TEXT - {BREAKPOINT}:
            return self.of_text(str(fields["text"]), role), size, mark
        return self.of_bytes(role + _written(plain)), IMAGE_SIZE if kind == "image" else size, mark

    def of_tools(self, tools: Sequence[Any]) -> list[Piece]:
        """Of each tool, what `of_block` says of a block."""
        try:
            whole = marshal.dumps(list(tools), _VERSION)
        except ValueError:  # one of them is a model of the SDK's
            return [self._of_tool(tool) for tool in tools]
        memo = (hash(whole), len(whole))
        found = self._tools.get(memo)
        if found is None:
            found = [self._of_tool(tool) for tool in tools]
            self._tools.put(memo, found)
        return found

    def _of_tool(self, tool: object) -> Piece:
        fields = _fields(tool)
        mark = fields.get(BREAKPOINT)
        written = _written({name: value for name, value in fields.items() if name != BREAKPOINT})
        # The tool is the application's, which may change it, and this is remembered.
        return self.of_bytes(written), len(written), dict(mark) if isinstance(mark, dict) else mark


def _fields(block: object) -> Mapping[str, Any]:
    """The fields of a block: a dict's, or those that a model of the SDK's is sent with."""
    if isinstance(block, dict):
        return block
    dump = getattr(block, "model_dump", None)
    if dump is not None:
        text = getattr(block, "text", None)
        if (
            getattr(block, "type", None) == "text"
            and not getattr(block, "citations", None)
            and type(text) is str
        ):
            return {"type": "text", "text": text}
        dumped = dump(exclude_unset=True, mode="json", by_alias=True)
        if isinstance(dumped, dict):
            return dumped
    if isinstance(block, Mapping):
        return block
    raise UnreadableError(type(block).__name__)


def _written(value: Any) -> bytes:
    try:
        return marshal.dumps(value, _VERSION)
    except ValueError:
        # It has something in it that JSON writes as one of the plain types, such as a member of an enumeration.
        try:
            return marshal.dumps(json.loads(json.dumps(value, default=str)), _VERSION)
        except (ValueError, TypeError, RecursionError) as error:
            raise UnreadableError(type(value).__name__) from error
