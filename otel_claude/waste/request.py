"""A request measured: how long its parts are, what it declares, and digests to know it again by.

The *head* of a request is its tools and its system prompt. Lengths are characters, as the tokenizer is not public. A
*digest* is Python's own hash, with the key that each process draws for itself: it tells requests of one process apart
and says nothing of them elsewhere.

A request is read where it lies, and an iterator in it is left alone: what cannot be read twice is not measured.
"""

from __future__ import annotations

import marshal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

CHARACTERS_PER_TOKEN: Final = 4
"""For text of which nothing more is known. An estimate."""

_ELSEWHERE: Final = frozenset({"system", "messages", "tools", "stream", "metadata", "diagnostics"})
"""Keys of a request that are measured each by itself, or on which the answer does not depend."""

_NO_TOOLS: Final[tuple[tuple[Tool, ...], int]] = (), 0

_TEXT_SOURCES: Final = frozenset({"text", "content"})
"""The sources of a document whose text is in the request."""


_new: Final = tuple.__new__

_PLAIN: Final = 2
"""The last version of Python's format in which equal values have equal bytes."""

_NO_TEXT: Final = frozenset(
    {"type", "role", "id", "tool_use_id", "cache_control", "citations", "media_type", "signature"}
)
"""Keys of messages and of blocks whose values are no part of the text."""


class UnmeasurableError(TypeError):
    """Something in a request is neither text, number, list, dict nor a model of the SDK's."""


class Tool(NamedTuple):
    """A tool that is part of the prompt. Those whose loading is deferred are not."""

    name: str
    characters: int


class Document(NamedTuple):
    """A document among the messages. `characters` is `None` for one whose text is not in the request."""

    is_citable: bool
    characters: int | None


class Measured(NamedTuple):
    """What a request comes to. Lengths are characters."""

    digest: int
    head_digest: int
    """0 where there is no head."""

    system: int
    tools: tuple[Tool, ...]
    tool_characters: int
    messages: int
    has_media: bool
    """Whether something in it, such as an image, has a length of its own in tokens."""

    documents: tuple[Document, ...]
    """In the order in which citations number them."""

    @property
    def characters(self) -> int:
        return self.system + self.tool_characters + self.messages


def measure(body: Mapping[str, Any]) -> Measured:
    """Measures a request. Raises `UnmeasurableError` for one that cannot be measured as it is."""
    tools, tools_digest = _tools(body["tools"]) if "tools" in body else _NO_TOOLS
    walk = _Walk()
    digests = walk.digests
    system = walk.over(body["system"]) if "system" in body else 0
    if not digests:
        digests.append(0)
    head_digest = hash((*digests, tools_digest, body.get("model"))) if system or tools else 0
    length = walk.over_messages(body.get("messages", ()))
    rest = 0
    for key in body.keys() - _ELSEWHERE:
        # A sum, as the order of the keys does not matter.
        value = body[key]
        is_plain = type(value) is str or type(value) is int
        rest += hash((key, value if is_plain else repr(value)))
    return _new(
        Measured,
        (
            hash((*digests, tools_digest, rest)),
            head_digest,
            system,
            tools,
            sum(tool.characters for tool in tools) if tools else 0,
            length,
            walk.has_media,
            walk.documents,
        ),
    )


def _tools(tools: object) -> tuple[tuple[Tool, ...], int]:
    """The tools, and a digest of them. The bytes of one, as Python writes it for itself, are as long as its JSON."""
    if not isinstance(tools, (list, tuple)):
        raise UnmeasurableError(type(tools).__name__)
    if not tools:
        return (), 0
    found: list[Tool] = []
    texts: list[str | bytes] = []
    for tool in tools:
        text: str | bytes
        try:
            text = marshal.dumps(tool, _PLAIN)
        except ValueError:  # not of plain types only
            text = repr(tool)
        texts.append(text)
        name = tool.get("name") if isinstance(tool, dict) else None
        if isinstance(name, str) and tool.get("defer_loading") is not True:
            found.append(Tool(name, len(text)))
    return tuple(found), hash(tuple(texts))


def _fields(value: object) -> dict[str, Any] | None:
    """What a model of the SDK's, such as a block of an answer that is sent again, was given, or `None` for others."""
    given = getattr(value, "__pydantic_fields_set__", None)
    if not isinstance(given, set):
        return None
    more = getattr(value, "__pydantic_extra__", None) or {}
    return {**{name: field for name, field in vars(value).items() if name in given}, **more}


class _Walk:
    """Goes once through the system prompt and the messages. Long conversations are why it is written for speed."""

    has_media = False
    documents: tuple[Document, ...] = ()

    def __init__(self) -> None:
        self.digests: list[object] = []
        """All that was come by, in its order: what two requests have to have in common to be the same."""

    def over_messages(self, messages: Any) -> int:
        """As `over`. What most messages consist of is dealt with here, without a step for each of its parts."""
        if type(messages) is not list:
            return self.over(messages)
        digests = self.digests
        characters = 0
        for message in messages:
            if type(message) is not dict or len(message) != 2 or "role" not in message:
                characters += self.over(message)
                continue
            content = message.get("content")
            digests.append(message["role"])
            if type(content) is str:
                digests.append(content)
                characters += len(content)
                continue
            if type(content) is not list:
                characters += self.over(content)
                continue
            digests.append(len(content))
            for block in content:
                if type(block) is dict and len(block) == 2 and block.get("type") == "text":
                    text = block.get("text")
                    if type(text) is str:
                        digests.append(text)
                        characters += len(text)
                        continue
                characters += self.over(block)
        return characters

    def over(self, value: Any) -> int:
        """The length of the text in `value`, in characters."""
        kind = type(value)
        if kind is str:
            self.digests.append(value)
            return len(value)
        if kind is dict:
            return self._over_dict(value)
        if kind is list or kind is tuple:
            self.digests.append(len(value))
            over_dict = self._over_dict
            return sum(over_dict(item) if type(item) is dict else self.over(item) for item in value)
        if value is None or kind is bool or kind is int or kind is float:
            self.digests.append(repr(value))
            return 0
        if isinstance(value, str):  # an enumeration
            self.digests.append(str(value))
            return len(value)
        fields = _fields(value)
        if fields is not None:
            return self._over_dict(fields)
        raise UnmeasurableError(kind.__name__)

    def _over_dict(self, value: dict[Any, Any]) -> int:
        digests = self.digests
        digests.append(-len(value))
        characters, media = 0, self.has_media
        for key, item in value.items():
            digests.append(key)
            if type(item) is str:
                digests.append(item)
                if key not in _NO_TEXT:
                    characters += len(item)
            elif key in _NO_TEXT:
                self.over(item)
            else:
                characters += self.over(item)
        block = value.get("type")
        if block == "image":
            self.has_media = True
            return 0
        if block == "document":
            return self._over_document(value, characters, has_media=self.has_media != media)
        return characters

    def _over_document(self, document: dict[Any, Any], characters: int, *, has_media: bool) -> int:
        source, citations = document.get("source"), document.get("citations")
        is_citable = isinstance(citations, dict) and citations.get("enabled") is True
        if not has_media and isinstance(source, dict) and source.get("type") in _TEXT_SOURCES:
            self.documents += (Document(is_citable, characters),)
            return characters
        self.has_media = True
        self.documents += (Document(is_citable, None),)
        return 0
