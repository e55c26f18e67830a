"""A request measured: how long its parts are, what it declares, and digests to know it again by.

The *head* of a request is its tools and its system prompt. Lengths are characters, as the tokenizer is not public. A
*digest* is Python's own hash, with the key that each process draws for itself: it tells requests of one process apart,
says nothing of them elsewhere, and is ready for each text that was hashed before.

A request is read where it lies, and an iterator in it is left alone: what cannot be read twice is not measured.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

CHARACTERS_PER_TOKEN: Final = 4
"""For text of which nothing more is known. An estimate."""

_BESIDE_THE_PROMPT: Final = frozenset({"stream", "metadata", "diagnostics"})
"""Keys of a request on which the answer does not depend."""

_LEFT_OUT: Final = frozenset({"NotGiven", "Omit"})
"""The SDK's classes for what the caller did not give, and it does not send."""

_TEXT_SOURCES: Final = frozenset({"text", "content"})
"""The sources of a document whose text is in the request."""


class UnmeasurableError(TypeError):
    """Something in a request is neither text, number, list, dict nor a model of the SDK's."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that is part of the prompt. Those whose loading is deferred are not."""

    name: str
    characters: int


@dataclass(frozen=True, slots=True)
class Document:
    """A document among the messages. `characters` is `None` for one whose text is not in the request."""

    is_citable: bool
    characters: int | None


@dataclass(frozen=True, slots=True)
class Measured:
    """What a request comes to. Lengths are characters."""

    digest: int
    head_digest: int
    system: int
    tools: tuple[Tool, ...]
    messages: int
    has_media: bool
    """Whether something in it, such as an image, has a length of its own in tokens."""

    documents: tuple[Document, ...]
    """In the order in which citations number them."""

    @property
    def tool_characters(self) -> int:
        return sum(tool.characters for tool in self.tools)

    @property
    def characters(self) -> int:
        return self.system + self.tool_characters + self.messages


def measure(body: Mapping[str, Any]) -> Measured:
    """Measures a request. Raises `UnmeasurableError` for one that cannot be measured as it is."""
    walk = _Walk()
    body = {key: value for key, value in body.items() if type(value).__name__ not in _LEFT_OUT}
    system, system_digest = walk.over(body.get("system", ""))
    tools, tools_digest = _tools(walk, body.get("tools", ()))
    walk.is_among_messages = True
    messages, messages_digest = walk.over(body.get("messages", ()))
    walk.is_among_messages = False
    rest = [
        (key, walk.over(value)[1])
        for key, value in body.items()
        if key not in _BESIDE_THE_PROMPT and key not in {"system", "tools", "messages"}
    ]
    return Measured(
        digest=hash((system_digest, tools_digest, messages_digest, *sorted(rest))),
        head_digest=hash((system_digest, tools_digest, body.get("model"))),
        system=system,
        tools=tools,
        messages=messages,
        has_media=walk.has_media,
        documents=tuple(walk.documents),
    )


def _tools(walk: _Walk, tools: object) -> tuple[tuple[Tool, ...], int]:
    if not isinstance(tools, (list, tuple)):
        raise UnmeasurableError(type(tools).__name__)
    found: list[Tool] = []
    digests: list[int] = []
    for tool in tools:
        characters, digest = walk.over(tool)
        digests.append(digest)
        name = tool.get("name") if isinstance(tool, dict) else None
        if isinstance(name, str) and tool.get("defer_loading") is not True:
            found.append(Tool(name, characters))
    return tuple(found), hash(tuple(digests))


def _fields(value: object) -> dict[str, Any] | None:
    """What a model of the SDK's, such as a block of an answer that is sent again, was given, or `None` for others."""
    given = getattr(value, "__pydantic_fields_set__", None)
    if not isinstance(given, set):
        return None
    more = getattr(value, "__pydantic_extra__", None) or {}
    return {**{name: field for name, field in vars(value).items() if name in given}, **more}


@dataclass(slots=True)
class _Walk:
    """Goes through a request once."""

    is_among_messages: bool = False
    has_media: bool = False
    documents: list[Document] = field(default_factory=list)

    def over(self, value: Any) -> tuple[int, int]:
        """The length of the text in `value`, and a digest of all of it."""
        kind = type(value)
        if kind is str:
            return len(value), hash(value)
        if kind is dict:
            return self._over_dict(value)
        if kind is list or kind is tuple:
            characters, digests = 0, []
            for item in value:
                length, digest = self.over(item)
                characters += length
                digests.append(digest)
            return characters, hash(tuple(digests))
        if value is None or kind is bool or kind is int or kind is float:
            return 0, hash(repr(value))
        if isinstance(value, str):  # an enumeration
            return len(value), hash(str(value))
        fields = _fields(value)
        if fields is not None:
            return self._over_dict(fields)
        raise UnmeasurableError(kind.__name__)

    def _over_dict(self, value: dict[Any, Any]) -> tuple[int, int]:
        characters, digests = 0, []
        block = value.get("type") if self.is_among_messages else None
        media = self.has_media
        for key, item in value.items():
            length, digest = self.over(item)
            digests.append((key, digest))
            if not self.is_among_messages:
                characters += len(key) + length if isinstance(key, str) else length
            elif key not in {"type", "role", "id", "tool_use_id", "cache_control", "citations"}:
                characters += length
        if block == "image":
            self.has_media = True
            characters = 0
        elif block == "document":
            source = value.get("source")
            is_text = isinstance(source, dict) and source.get("type") in _TEXT_SOURCES
            is_text = is_text and self.has_media == media
            citations = value.get("citations")
            is_citable = isinstance(citations, dict) and citations.get("enabled") is True
            if not is_text:
                self.has_media = True
                characters = 0
            self.documents.append(Document(is_citable, characters if is_text else None))
        return characters, hash(tuple(digests))
