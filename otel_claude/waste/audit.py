"""Follows calls, and says on their spans what they paid for and did not need.

Names of tools leave the process, and nothing else of a prompt: they are identifiers, which the SDK exports for each
tool that its runner runs, as `gen_ai.tool.name`. Counts of tokens are estimates, by characters.

What is remembered of earlier calls is a bounded number of digests. Nothing here waits.

The requests of a message thread are not measured: those that continue it lack what the API holds, and what the first
declares is used, or not, by the answers to all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from otel_claude import attributes as names
from otel_claude.audit import NO_EVENTS
from otel_claude.waste.request import CHARACTERS_PER_TOKEN, UnmeasurableError, measure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.util.types import AttributeValue

    from otel_claude.audit import CallOutcome, CallStart
    from otel_claude.waste.request import Document, Measured, Tool

MOST_REMEMBERED: Final = 4096
"""How many requests, and how many heads, are remembered. The oldest go first."""

HEAD_LIFETIME_NS: Final = 300 * 10**9
"""How long after it was sent the same head could still have been read from the shortest-lived cache: 5 minutes."""

MOST_TOOLS: Final = 128
"""With more tools than this, a span has their number and no names."""

_BLOCK_START: Final = "content_block_start"
_BLOCK_DELTA: Final = "content_block_delta"
_OF_TOOLS: Final = frozenset({_BLOCK_START})
_OF_CITATIONS: Final = frozenset({_BLOCK_START, _BLOCK_DELTA})
_TOOL_BLOCKS: Final = frozenset({"tool_use", "server_tool_use"})


class WasteAudit:
    """Watches every call whose request can be measured."""

    def __init__(self) -> None:
        self._answered = _Memory()
        self._heads = _Memory()

    def begin(self, start: CallStart) -> WasteWatch | None:
        body = start.body
        if "thread" in body and isinstance(body["thread"], dict):
            return None
        try:
            request = measure(body)
        except UnmeasurableError:
            return None
        is_head_repeated = False
        if request.system or request.tools:
            before = self._heads.get(request.head_digest)
            is_head_repeated = before is not None and 0 <= start.at_ns - before <= HEAD_LIFETIME_NS
            self._heads.put(request.head_digest, start.at_ns)
        repeat = 0
        # One without a limit of tokens is no question, but warms the cache.
        is_question = body.get("max_tokens") != 0
        if is_question:
            repeat = self._answered.get(request.digest) or 0
        return WasteWatch(request, self._answered if is_question else None, repeat, is_head_repeated)


class _Used(NamedTuple):
    """What an answer uses of its request."""

    tools: set[str]
    """The names of those that are called."""

    documents: set[int]
    """The numbers of those that are cited."""


_NOTHING_USED: Final = _Used(set(), set())
"""By an answer to a request without either: never added to."""


class WasteWatch:
    """Waits for the answer to one request."""

    __slots__ = ("_answered", "_is_head_repeated", "_repeat", "_request", "_used", "events")

    def __init__(
        self, request: Measured, answered: _Memory | None, repeat: int, is_head_repeated: bool
    ) -> None:
        """`repeat` says how often the request was answered before."""
        self._request = request
        self._answered = answered
        self._repeat = repeat
        self._is_head_repeated = is_head_repeated
        self._used = _NOTHING_USED
        self.events = NO_EVENTS
        """The types of the events that tell of a streamed answer what the request makes worth knowing."""
        if request.tools or request.documents:
            self._used = _Used(set(), set())
            self.events = _events(request)

    def see(self, event: object, kind: str) -> None:
        """Takes an event of one of the types in `events`."""
        if kind == _BLOCK_START:
            self._take_block(_get(event, "content_block"))
        else:
            self._take_citation(_get(_get(event, "delta"), "citation"))

    def settle(self, outcome: CallOutcome) -> None:
        """Notes what was answered, and looks at what the answer uses while it is there."""
        if not outcome.is_answered:
            return
        if self.events:
            for block in _blocks(outcome.message):
                self._take_block(block)
        if self._answered is not None:
            self._answered.put(self._request.digest, self._repeat + 1)

    def attributes(self, outcome: CallOutcome) -> Mapping[str, AttributeValue]:
        """What of the request the answer did not need."""
        found = self._of_input()
        usage = outcome.usage
        if not outcome.is_answered or usage is None:
            return found
        request = self._request
        if self._answered is not None and self._repeat:
            found[names.REQUEST_REPEAT] = self._repeat
        if request.tools or request.documents:
            per_character = _tokens_per_character(request, usage.prompt_tokens)
            found.update(_of_tools(request.tools, self._used.tools, per_character))
            found.update(_of_documents(request.documents, self._used.documents, per_character))
        return found

    def _of_input(self) -> dict[str, AttributeValue]:
        _, _, system, tools, tool_characters, messages, has_media, _ = self._request
        found: dict[str, AttributeValue] = {}
        if tools:
            found[names.TOOLS_DECLARED] = len(tools)
        characters = system + tool_characters + messages
        if characters and not has_media:
            found[names.INPUT_SYSTEM_SHARE] = round(system / characters, 4) if system else 0.0
            found[names.INPUT_TOOLS_SHARE] = round(tool_characters / characters, 4) if tools else 0.0
            if system or tools:
                found[names.INPUT_HEAD_REPEATED] = self._is_head_repeated
        return found

    def _take_block(self, block: object) -> None:
        kind = _get(block, "type")
        if kind in _TOOL_BLOCKS:
            name = _get(block, "name")
            if isinstance(name, str):
                self._used.tools.add(name)
        elif kind == "text":
            citations = _get(block, "citations")
            for citation in citations if isinstance(citations, (list, tuple)) else ():
                self._take_citation(citation)

    def _take_citation(self, citation: object) -> None:
        index = _get(citation, "document_index")
        if isinstance(index, int):
            self._used.documents.add(index)


def _events(request: Measured) -> frozenset[str]:
    if any(document.is_citable for document in request.documents):
        return _OF_CITATIONS
    return _OF_TOOLS if request.tools else NO_EVENTS


class _Memory(dict[int, int]):
    """A number for each of the digests that came last. Each step is one that Python does without interruption."""

    def put(self, digest: int, number: int) -> None:
        self.pop(digest, None)
        self[digest] = number
        while len(self) > MOST_REMEMBERED:
            try:
                self.pop(next(iter(self)), None)
            except (RuntimeError, StopIteration):  # noqa: PERF203 - another thread is at it
                return


def _of_tools(tools: tuple[Tool, ...], called: set[str], per_character: float) -> dict[str, AttributeValue]:
    if not tools or len(tools) > MOST_TOOLS:
        return {}
    uncalled = [tool for tool in tools if tool.name not in called]
    return {
        names.TOOLS_CALLED: tuple(sorted(called.intersection(tool.name for tool in tools))),
        names.TOOLS_UNCALLED: tuple(tool.name for tool in uncalled),
        names.TOOLS_UNCALLED_TOKENS: tuple(round(tool.characters * per_character) for tool in uncalled),
    }


def _of_documents(
    documents: tuple[Document, ...], cited: set[int], per_character: float
) -> dict[str, AttributeValue]:
    citable = [(index, document) for index, document in enumerate(documents) if document.is_citable]
    if not citable:
        return {}
    uncited = [document.characters or 0 for index, document in citable if index not in cited]
    return {
        names.DOCUMENTS_SENT: len(citable),
        names.DOCUMENTS_CITED: len(citable) - len(uncited),
        names.DOCUMENTS_UNCITED_TOKENS: round(sum(uncited) * per_character),
    }


def _tokens_per_character(request: Measured, prompt_tokens: int) -> float:
    """What a character of `request` comes to in tokens: by the API's own count, where all of the prompt is text."""
    if request.has_media or not request.characters or not prompt_tokens:
        return 1 / CHARACTERS_PER_TOKEN
    return min(prompt_tokens / request.characters, 1.0)


def _blocks(message: Any) -> tuple[object, ...]:
    content = _get(message, "content")
    return tuple(content) if isinstance(content, (list, tuple)) else ()


def _get(data: object, name: str) -> object:
    return data.get(name) if isinstance(data, dict) else getattr(data, name, None)
