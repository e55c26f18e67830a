"""Builds the request model from resolved values: arguments, the pieces of the prompt in cache order, breakpoints."""

from __future__ import annotations

import re
from dataclasses import field, replace
from typing import TYPE_CHECKING, Final, Literal

from claude_lint.dataclass import dataclass
from claude_lint.findings import WRITTEN, Edit, Place, Step
from claude_lint.following.segments import deep_segments, known_text, order_mark, with_step
from claude_lint.following.values import (
    DictObject,
    Entry,
    Item,
    ListObject,
    Ref,
    Scalar,
    Text,
    Unknown,
    Value,
    options,
)
from claude_lint.request import (
    Argument,
    Beta,
    Breakpoint,
    Known,
    Output,
    Part,
    Piece,
    Presence,
    Segment,
    Stability,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from claude_lint.following.heap import Heap

NESTED: Final = ("thinking", "tool_choice", "output_config", "context_management", "extra_body")
"""The arguments that are dicts and hold more than text."""

BETA_HEADER: Final = "anthropic-beta"
ANSWERING: Final = r"^(print|record|extract|report|submit|output|emit|classif\w+|log)(_|$)"
"""Names of tools that take the answer and do nothing."""

SCALARS: Final = frozenset({"string", "number", "integer", "boolean", "null"})
MAX_PIECES: Final = 200


def argument(entry: Entry, call: Place, callers: Sequence[Place] = ()) -> Argument:
    """What is known of one argument. `callers` are the calls that led to `call`, innermost first."""
    known: list[Known] = []
    because = ""
    is_open = False
    for option in options(entry.value):
        one = _known(option, entry.place, call, callers)
        if one is None:
            is_open = True
            because = because or (option.because if isinstance(option, Unknown) else "")
        else:
            known.append(one)
    presence = Presence.GIVEN if entry.certain else Presence.UNKNOWN
    return Argument(presence, tuple(known), is_open, because, entry.place)


def _known(value: Value, given: Place, call: Place, callers: Sequence[Place]) -> Known | None:
    if isinstance(value, Scalar):
        return Known(value.value, value.place, _chain(value.chain, value.place, given, call, callers))
    text = known_text(value)
    if text is None or not isinstance(value, Text) or not value.segments:
        return None
    first = value.segments[0]
    token = first.token if len(value.segments) == 1 else ""
    return Known(text, first.place, _chain(first.chain, first.place, given, call, callers), token)


def _chain(
    chain: tuple[Step, ...], written: Place, given: Place, call: Place, callers: Sequence[Place]
) -> tuple[Step, ...]:
    elsewhere = [caller for caller in reversed(callers) if caller.path != call.path]
    # What is written in none of the files of the callers did not come through them.
    came_through = elsewhere if written.path in {caller.path for caller in elsewhere} else []
    for place, message in (
        (written, WRITTEN),
        *((caller, "it is passed on here") for caller in came_through),
        (given, "it is given here"),
        (call, "it reaches the call"),
    ):
        chain = with_step(chain, Step(place, message))
    return chain


@dataclass(slots=True)
class Prompt:
    """Collects the pieces and breakpoints of one request."""

    heap: Heap
    loops: tuple[Place, ...]
    pieces: list[Piece] = field(default_factory=list)
    breakpoints: list[Breakpoint] = field(default_factory=list)
    many: bool = False
    """Whether the message being taken in stands for any number of them."""

    def collect(self, entries: Mapping[str, Entry]) -> None:
        """Take in the prompt arguments of a request, in the order in which the API caches them."""
        for part in ("tools", "system"):
            entry = entries.get(part)
            if entry is not None:
                self.blocks(part, part, entry.value, entry.place, entry.certain)
        entry = entries.get("messages")
        if entry is not None:
            self.messages(entry)
        automatic = entries.get("cache_control")
        if automatic is not None and self.pieces:
            self.mark(automatic, automatic=True)

    def echoes(self) -> None:
        """Mark what stands in front of the newest turn and is all that changes in it: it changes with every call."""
        newest = [s for piece in self.pieces if piece.newest for s in piece.segments if s.text is None]
        said = {(segment.made, segment.origin) for segment in newest}
        before = [piece for piece in self.pieces if not piece.newest]
        if not newest or not all(segment.made and segment.origin for segment in newest):
            return
        repeated = {
            (segment.made, segment.origin)
            for piece in before
            for segment in piece.segments
            if segment.stability is Stability.UNKNOWN and segment.loops == self.loops
        }
        whole = {(made, f"{origin}[-1]") for made, origin in said}
        if said <= repeated:
            self.pieces = [_echo(piece, said) for piece in self.pieces]
        elif any(made == other and part.startswith(last) for made, part in repeated for other, last in whole):
            told = {(m, p) for m, p in repeated if any(m == o and p.startswith(last) for o, last in whole)}
            self.pieces = [_echo(piece, told) for piece in self.pieces]

    def held(self, value: Value) -> tuple[ListObject | DictObject | None, bool]:
        """The object behind a value, and whether it is that one for certain. Of several, the one with breakpoints."""
        found = [
            held
            for option in options(value)
            if isinstance(option, Ref)
            and isinstance(held := self.heap.get(option.key), (ListObject, DictObject))
        ]
        if not found:
            return None, False
        return max(found, key=self.marks), len(options(value)) == 1

    def marks(self, held: ListObject | DictObject, depth: int = 0) -> int:
        """How many breakpoints an object holds."""
        if depth > 4:
            return 0
        values = (
            [i.value for i in held.items]
            if isinstance(held, ListObject)
            else [e.value for e in held.entries.values()]
        )
        own = int(isinstance(held, DictObject) and "cache_control" in held.entries)
        inner = (self.heap.get(value.key) for value in values if isinstance(value, Ref))
        return own + sum(
            self.marks(one, depth + 1) for one in inner if isinstance(one, (ListObject, DictObject))
        )

    def blocks(
        self,
        part: Part,
        path: str,
        value: Value,
        place: Place,
        certain: bool,
        role: str = "",
        turn: int = -1,
        newest: bool = False,
    ) -> None:
        """A text, one block, or a list of blocks."""
        held, sure = self.held(value)
        if isinstance(held, ListObject):
            for index, item in enumerate(held.items):
                settled = certain and sure and item.certain and not item.rest
                many = item.rest or self.many
                mark = order_mark(held) if index == 0 else ()
                self.block(
                    part, f"{path}[{index}]", item.value, held.place, settled, role, turn, newest, many, mark
                )
        else:
            self.block(part, path, value, place, certain, role, turn, newest)

    def block(
        self,
        part: Part,
        path: str,
        value: Value,
        place: Place,
        certain: bool,
        role: str,
        turn: int,
        newest: bool,
        many: bool = False,
        order: tuple[Segment, ...] = (),
    ) -> None:
        if len(self.pieces) >= MAX_PIECES:
            return
        held, sure = self.held(value)
        if isinstance(held, DictObject):
            segments = self.text_of_block(held)
            place = held.place
            kind = known_text(held.entries["type"].value) or "" if "type" in held.entries else ""
        else:
            sure = True
            segments = deep_segments(value, self.heap, place)
            kind = "text" if isinstance(value, Text) else ""
        segments = self.settled((*order, *segments))
        piece = Piece(part, path, segments, place, role, turn, newest, certain and sure, kind)
        self.pieces.append(piece)
        if isinstance(held, DictObject) and (entry := held.entries.get("cache_control")) is not None:
            self.mark(entry, certain=certain and sure, many=many)

    def text_of_block(self, held: DictObject) -> tuple[Segment, ...]:
        """The text of a content block; `type` and the like are not text."""
        found: list[Segment] = []
        for key, entry in held.entries.items():
            if key not in {"cache_control", "type", "role"}:
                found.extend(deep_segments(entry.value, self.heap, entry.place))
        if not held.complete or not found:
            found.append(Segment(None, Stability.UNKNOWN, held.place))
        return tuple(found)

    def settled(self, segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
        """A value made before the loop of the call is the same in every turn of that loop."""

        def settle(segment: Segment) -> Segment:
            outside = (
                len(segment.loops) < len(self.loops) and self.loops[: len(segment.loops)] == segment.loops
            )
            if outside and segment.stability is Stability.PER_CALL:
                return replace(segment, stability=Stability.PER_SESSION)
            return segment

        return tuple(settle(segment) for segment in segments)

    def messages(self, entry: Entry) -> None:
        held, sure = self.held(entry.value)
        if not isinstance(held, ListObject):
            self.block("messages", "messages", entry.value, entry.place, entry.certain, "", 0, True)
            return
        last = len(held.items) - 1
        for index, item in enumerate(held.items):
            self.message(index, item, held.place, entry.certain and sure, newest=index == last)

    def message(self, index: int, item: Item, place: Place, certain: bool, newest: bool) -> None:
        path = f"messages[{index}]"
        held, sure = self.held(item.value)
        certain = certain and item.certain and not item.rest
        if not isinstance(held, DictObject):
            self.block("messages", path, item.value, place, certain, "", index, newest)
            return
        role = known_text(held.entries["role"].value) if "role" in held.entries else None
        content = held.entries.get("content")
        if content is None:
            content = Entry(Unknown(), held.place)
        self.many = item.rest and content.certain
        self.blocks(
            "messages",
            f"{path}.content",
            content.value,
            content.place,
            certain and sure and content.certain,
            role or "",
            index,
            newest,
        )
        if (mark := held.entries.get("cache_control")) is not None and self.pieces:
            self.mark(mark, certain=certain and sure)
        self.many = False

    def mark(self, entry: Entry, certain: bool = True, automatic: bool = False, many: bool = False) -> None:
        """A breakpoint on the newest piece, unless its `cache_control` is None."""
        alternatives = options(entry.value)
        absent = [one for one in alternatives if isinstance(one, Scalar) and one.value is None]
        if len(absent) == len(alternatives):
            return
        held, sure = self.held(entry.value)
        ttl: Literal["5m", "1h"] = "5m"
        if isinstance(held, DictObject) and (given := held.entries.get("ttl")) is not None:
            ttls = {known_text(option) for option in options(given.value)}
            ttl = "1h" if "1h" in ttls else "5m"
            sure = sure and given.certain and ttls in ({"1h"}, {"5m"})
        always = entry.certain and not absent
        settled = certain and always and sure
        self.breakpoints.append(
            Breakpoint(len(self.pieces) - 1, ttl, entry.place, settled, many and always, automatic)
        )

    def fields(self, entries: Mapping[str, Entry], call: Place) -> tuple[tuple[str, Argument], ...]:
        """What stands inside arguments that are dicts, by dotted name, two levels deep."""
        found: list[tuple[str, Argument]] = []
        outer = [(name, entry) for name, entry in entries.items() if name in NESTED]
        for name, entry in outer:
            held, sure = self.held(entry.value)
            for key, inner in held.entries.items() if isinstance(held, DictObject) and sure else ():
                found.append((f"{name}.{key}", argument(inner, call)))
                if name in {"extra_body", "output_config"}:
                    outer.append((f"{name}.{key}", inner))
        return tuple(found)

    def betas(self, *holders: Mapping[str, Entry]) -> tuple[Beta, ...]:
        """The beta headers in `betas` and in headers, of the request and of its client."""
        found: list[Beta] = []
        for entries in holders:
            listed = self.held(entries["betas"].value)[0] if "betas" in entries else None
            if isinstance(listed, ListObject):
                found.extend(listed_betas([item.value for item in listed.items]))
            for name in ("extra_headers", "default_headers"):
                holder = self.held(entries[name].value)[0] if name in entries else None
                if isinstance(holder, DictObject) and BETA_HEADER in holder.entries:
                    found.extend(header_betas(holder.entries[BETA_HEADER].value, alone_in(holder)))
        return tuple(found)

    def output(self, entries: Mapping[str, Entry]) -> Output | None:
        """The shape that the answer must have: a JSON schema, or the input schema of the one tool that takes it.

        A tool takes the answer when it is forced, or when its name says that it does nothing else.
        """
        config = self.entry(entries.get("output_config"), "format") or entries.get("output_format")
        schema = self.entry(config, "schema")
        if schema is not None:
            return self.shape(schema, "schema")
        choice, tools = entries.get("tool_choice"), entries.get("tools")
        kind = self.entry(choice, "type")
        held = self.held(tools.value)[0] if tools is not None else None
        if not isinstance(held, ListObject) or len(held.items) != 1:
            return None
        name = self.entry(Entry(held.items[0].value, held.place), "name")
        forced = kind is not None and known_text(kind.value) in {"tool", "any"}
        takes = choice is None and name is not None and re.search(ANSWERING, known_text(name.value) or "")
        if not forced and not takes:
            return None
        tool = self.entry(Entry(held.items[0].value, held.place), "input_schema")
        shape = self.shape(tool, "tool") if tool is not None else None
        named = known_text(name.value) if name is not None else None
        return replace(shape, tool=named or "") if shape is not None else None

    def entry(self, entry: Entry | None, key: str) -> Entry | None:
        held = self.held(entry.value)[0] if entry is not None else None
        return held.entries.get(key) if isinstance(held, DictObject) else None

    def shape(self, schema: Entry, kind: Literal["schema", "tool"]) -> Output | None:
        properties = self.entry(schema, "properties")
        held = self.held(properties.value)[0] if properties is not None else None
        if not isinstance(held, DictObject) or not held.complete:
            return None
        flat, choices = True, True
        for entry in held.entries.values():
            type_entry = self.entry(entry, "type")
            type_ = known_text(type_entry.value) if type_entry else None
            enumerated = self.entry(entry, "enum") is not None
            items = self.entry(self.entry(entry, "items"), "type") if type_ == "array" else None
            flat = flat and (
                enumerated or type_ in SCALARS or (items is not None and known_text(items.value) in SCALARS)
            )
            choices = choices and (enumerated or type_ == "boolean")
        return Output(kind, len(held.entries), flat, choices and bool(held.entries), schema.place)


def _echo(piece: Piece, said: set[tuple[int, str]]) -> Piece:
    """The piece, with the parts in `said` taken for what the newest turn says; the newest turn itself as it is."""
    if piece.newest:
        return piece

    def echo(segment: Segment) -> Segment:
        if segment.stability is not Stability.UNKNOWN or (segment.made, segment.origin) not in said:
            return segment
        step = Step(segment.place, f"`{segment.origin}` is in the newest turn too")
        return replace(
            segment, stability=Stability.PER_CALL, source="what the newest turn says", chain=(step,)
        )

    return replace(piece, segments=tuple(echo(segment) for segment in piece.segments))


def listed_betas(values: Sequence[Value]) -> Iterator[Beta]:
    """The beta headers of a list, each with the text that goes with it when it is taken out."""
    firsts = [value.segments[0] if isinstance(value, Text) and value.segments else None for value in values]
    for index, (value, first) in enumerate(zip(values, firsts, strict=True)):
        text = known_text(value)
        if text is None or first is None:
            continue
        place = first.place
        before, after = (
            firsts[index - 1] if index else None,
            firsts[index + 1] if index + 1 < len(firsts) else None,
        )
        removal: Place | None = place if len(values) == 1 else None
        if after is not None and after.place.line == place.line:
            removal = replace(place, end_line=after.place.line, end_column=after.place.column)
        elif before is not None and len(values) == index + 1 and before.place.end_line == place.line:
            removal = replace(place, line=before.place.end_line, column=before.place.end_column)
        yield Beta(text, place, Edit(removal, "") if removal is not None and first.token else None)


def alone_in(holder: DictObject) -> Place | None:
    """The place of a dict that holds one thing only, written on one line."""
    place = holder.place
    return place if holder.complete and len(holder.entries) == 1 and place.line == place.end_line else None


def header_betas(value: Value, holder: Place | None) -> Iterator[Beta]:
    """The beta headers of a header's text, which commas part. The last one that is left cannot be taken out, unless the
    dict at `holder` is there for nothing else.
    """
    text = known_text(value)
    if text is None or not isinstance(value, Text) or not value.segments:
        return
    place, token = value.segments[0].place, value.segments[0].token
    names = [name.strip() for name in text.split(",")]
    for name in names:
        rest = ",".join(one for one in names if one != name)
        edit = Edit(place, token.replace(text, rest)) if rest and text in token else None
        if not rest and holder is not None and holder.covers(place):
            edit = Edit(holder, "{}")
        yield Beta(name, place, edit)
