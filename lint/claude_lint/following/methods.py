"""Follows methods of texts, dates, lists and dicts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import libcst as cst

from claude_lint.following.calls import COPIES
from claude_lint.following.commandline import GROUPS, PARSING, declared
from claude_lint.following.comprehensions import Comprehensions
from claude_lint.following.resolve import indexed
from claude_lint.following.scope import Frame, State
from claude_lint.following.segments import (
    constant,
    format_braces,
    formatted_date,
    joined,
    known_text,
    lowered,
    order_mark,
    segments_of,
    unknown,
)
from claude_lint.following.templates import JINJA_NAMES, RENDERING, rendered
from claude_lint.following.texts import below, path_method, read
from claude_lint.following.values import (
    UNKNOWN,
    Client,
    CommandLine,
    DictObject,
    Entry,
    FilePath,
    Item,
    ListObject,
    OpenFile,
    Ref,
    Scalar,
    Template,
    TemplateHome,
    Text,
    Value,
    Volatile,
    choice,
)
from claude_lint.request import Segment, Stability

if TYPE_CHECKING:
    from claude_lint.findings import Place


Given = tuple[tuple[str, Value, cst.CSTNode], ...]
"""Arguments in order: the keyword, `""` for a positional one, `*` or `**`; the value; the node."""

SAME_TEXT: Final = frozenset(
    {
        "strip",
        "lstrip",
        "rstrip",
        "lower",
        "upper",
        "title",
        "capitalize",
        "expandtabs",
        "encode",
        "decode",
        "swapcase",
        "casefold",
        "hex",
    }
)
LISTING_METHODS: Final = frozenset({"iterdir", "rglob", "glob"})
"""Methods of a path that list a directory in the order that the operating system chooses."""

DATE_TEXT: Final = frozenset({"isoformat", "ctime", "__str__"})


class Methods(Comprehensions):
    """Evaluates method calls on values whose type is known."""

    def method(
        self, receiver: Value, name: str, given: Given, node: cst.Call, state: State, frame: Frame
    ) -> Value | None:
        """The value of `receiver.name(…)` for texts, dates, lists and dicts; `None` for any other receiver."""
        if isinstance(receiver, Client) and name in COPIES and not receiver.path:
            return replace(receiver, settings=self.overridden(receiver.settings, given, node, state))
        if isinstance(receiver, Text):
            return self.text_method(receiver, name, given, node, state)
        if isinstance(receiver, Volatile):
            return self.date_method(receiver, name, given, node)
        if isinstance(receiver, Scalar) and name == "total_seconds":
            return receiver
        positional = [value for keyword, value, _ in given if not keyword]
        if isinstance(receiver, FilePath):
            if name in LISTING_METHODS:
                return self.listing(node, state)
            return path_method(receiver, name, positional, self.file_of(state, frame), self.project)
        if isinstance(receiver, TemplateHome):
            return self.template(receiver, name, positional, state, frame)
        if isinstance(receiver, Template):
            return self.render(receiver, name, given, state, frame)
        if isinstance(receiver, OpenFile):
            whole = name == "read" and not given
            return read(receiver.path, self.file_of(state, frame), self.project) if whole else UNKNOWN
        held = state.heap.get(receiver.key) if isinstance(receiver, Ref) else None
        if isinstance(held, DictObject) and isinstance(receiver, Ref):
            return self.dict_method(receiver, held, name, given, node, state)
        if isinstance(held, ListObject) and isinstance(receiver, Ref):
            return self.list_method(receiver, held, name, given, node, state)
        if isinstance(held, CommandLine) and isinstance(receiver, Ref):
            return self.parser_method(receiver, held, name, given, node, state)
        return None

    def parser_method(
        self, ref: Ref, held: CommandLine, name: str, given: Given, node: cst.Call, state: State
    ) -> Value:
        if name in PARSING or name in GROUPS:
            return ref
        if name == "parse_known_args":
            items = (Item(ref), Item(UNKNOWN))
            return self.allocate(ListObject(items, self.source.place(node)), state)
        state.heap[ref.key] = declared(held, name, given)
        return UNKNOWN

    def listing(self, node: cst.Call, state: State) -> Value:
        """A listing of a directory."""
        entries = (Item(UNKNOWN, certain=False, rest=True),)
        return self.allocate(ListObject(entries, self.source.place(node), "a directory listing"), state)

    def overridden(
        self, settings: DictObject | None, given: Given, node: cst.Call, state: State
    ) -> DictObject:
        """The settings of a client with others put over them."""
        entries = dict(settings.entries) if settings is not None else {}
        complete = settings is not None and settings.complete
        for keyword, value, argument in given:
            if keyword in {"", "*", "**"}:
                complete = keyword == "**" and self.spread(entries, value, state) and complete
            else:
                entries[keyword] = Entry(value, self.source.place(argument))
        return DictObject(entries, self.source.place(node), complete)

    def template(
        self, home: TemplateHome, name: str, positional: list[Value], state: State, frame: Frame
    ) -> Value:
        """A template of a Jinja environment."""
        text: Value = UNKNOWN
        if name == "from_string" and positional:
            text = positional[0]
        elif name in {"get_template", "select_template"} and positional and home.path is not None:
            path = below(FilePath(home.path), positional)
            if isinstance(path, FilePath):
                text = read(path.path, self.file_of(state, frame), self.project)
        return Template(text, "jinja") if isinstance(text, Text) else UNKNOWN

    def render(self, template: Template, name: str, given: Given, state: State, frame: Frame) -> Value:
        """The text that a template comes to."""
        if name not in RENDERING[template.kind]:
            return UNKNOWN
        entries: dict[str, Entry] = {}
        for keyword, value, argument in given:
            if keyword in {"", "**"}:
                self.spread(entries, value, state)
            else:
                entries[keyword] = Entry(value, self.source.place(argument))
        named = {key: entry.value for key, entry in entries.items()}
        names = {**JINJA_NAMES, **named}
        around = Frame(frame.name, frame.outers, frame.loops, frame.depth)

        def evaluate(expression: cst.BaseExpression) -> Value:
            return self.evaluate(expression, State(names, state.heap), around)

        missing = self.source.place(cst.Name("missing"))
        return rendered(template, named, evaluate, state.heap, missing, self.parsed)

    def text_method(self, text: Text, name: str, given: Given, node: cst.Call, state: State) -> Value:
        place = self.source.place(node)
        positional = [value for keyword, value, _ in given if not keyword]
        if name == "format":
            named = {keyword: value for keyword, value, _ in given if keyword not in {"", "*", "**"}}
            for keyword, value, _ in given:
                held = state.heap.get(value.key) if keyword == "**" and isinstance(value, Ref) else None
                if isinstance(held, DictObject):
                    named |= {key: entry.value for key, entry in held.entries.items()}
            return format_braces(text, positional, named, state.heap, place)
        if name == "format_map" and positional:
            entries: dict[str, Entry] = {}
            self.spread(entries, positional[0], state)
            named = {key: entry.value for key, entry in entries.items()}
            return format_braces(text, [], named, state.heap, place)
        if name == "join" and positional:
            return self.joined_items(text, positional[0], node, state)
        if name == "replace" and len(positional) >= 2:
            return self.replaced(text, positional[0], positional[1], node, state)
        if name in SAME_TEXT:
            return text
        if name in {"split", "splitlines", "rsplit", "partition"}:
            first = text.segments[0] if len(text.segments) == 1 else None
            separator = known_text(positional[0]) if positional else None
            if first is not None and first.source == "the clock" and separator in {"T", " "}:
                day = lowered(text, Stability.PER_DAY)
                return self.allocate(ListObject((Item(day), Item(text)), place), state)
        return (
            Text(tuple(unknown(place) if s.text is not None else s for s in text.segments))
            if given
            else UNKNOWN
        )

    def joined_items(self, separator: Text, items: Value, node: cst.Call, state: State) -> Text:
        place = self.source.place(node)
        held = state.heap.get(items.key) if isinstance(items, Ref) else None
        mark = order_mark(held) if isinstance(held, ListObject) else ()
        parts: list[tuple[Segment, ...]] = []
        for item in self.items_of(items, state):
            if parts:
                parts.append(separator.segments)
            parts.append(segments_of(item.value, state.heap, place))
            if item.rest:
                parts.append((unknown(place),))
        return joined([mark, *parts])

    def replaced(self, text: Text, old: Value, new: Value, node: cst.Call, state: State) -> Text:
        place = self.source.place(node)
        needle = known_text(old)
        inserted = segments_of(new, state.heap, self.source.place(node.args[1].value))
        parts: list[tuple[Segment, ...]] = []
        for segment in text.segments:
            if segment.text is None or not needle:
                parts.append((segment if segment.text is None else unknown(place),))
                continue
            for index, piece in enumerate(segment.text.split(needle)):
                if index:
                    parts.append(inserted)
                parts.append((Segment(piece, segment.stability, segment.place, chain=segment.chain),))
        return joined(parts)

    def date_method(self, date: Volatile, name: str, given: Given, node: cst.Call) -> Value:
        place = self.source.place(node)
        if name == "strftime":
            pattern = known_text(given[0][1]) if given else None
            return Text((formatted_date(date, pattern, place),))
        if name in DATE_TEXT:
            coarse = any(
                keyword == "timespec" and known_text(value) == "hours" for keyword, value, _ in given
            )
            return Text((formatted_date(date, "%H" if coarse else None, place),))
        zeroed = {keyword for keyword, value, _ in given if isinstance(value, Scalar) and value.value == 0}
        if (name == "date" and date.kind == "datetime") or (
            name == "replace" and {"minute", "second"} <= zeroed
        ):
            day = lowered(date, Stability.PER_DAY)
            return (
                Volatile("date", day.stability, date.source, date.chain, date.loops, date.made)
                if isinstance(day, Volatile)
                else UNKNOWN
            )
        return date

    def dict_method(
        self, ref: Ref, held: DictObject, name: str, given: Given, node: cst.Call, state: State
    ) -> Value:
        key = known_text(given[0][1]) if given else None
        fallback = given[1][1] if len(given) > 1 else Scalar(None, self.source.place(node))
        if name in {"get", "pop", "setdefault"}:
            entry = held.entries.get(key) if key is not None else None
            if key is None or (entry is None and not held.complete):
                value: Value = choice((fallback, UNKNOWN))
            else:
                value = (
                    fallback
                    if entry is None
                    else entry.value
                    if entry.certain
                    else choice((entry.value, fallback))
                )
            if name == "pop" and key is not None:
                rest = {k: e for k, e in held.entries.items() if k != key}
                state.heap[ref.key] = DictObject(rest, held.place, held.complete)
            if name == "setdefault" and key is not None and not (entry and entry.certain):
                set_entry(ref, key, value, self.source.place(node), state)
            return value
        if name == "update":
            entries = dict(held.entries)
            complete = held.complete
            for keyword, value, argument in given:
                if keyword in {"", "**"}:
                    complete = self.spread(entries, value, state) and complete
                else:
                    entries[keyword] = Entry(value, self.source.place(argument))
            state.heap[ref.key] = DictObject(entries, held.place, complete)
        if name == "copy":
            return self.allocate(held, state)
        if name in {"values", "items"}:
            listed = tuple(
                Item(entry.value if name == "values" else self.pair(key, entry, state), entry.certain)
                for key, entry in held.entries.items()
            )
            others = () if held.complete else (Item(UNKNOWN, certain=False, rest=True),)
            return self.allocate(ListObject((*listed, *others), held.place), state)
        return UNKNOWN

    def pair(self, key: str, entry: Entry, state: State) -> Value:
        """A key of a dict with its value."""
        named = Text((constant(key, entry.place),))
        return self.allocate(ListObject((Item(named), Item(entry.value)), entry.place), state)

    def extended(self, held: ListObject, value: Value, state: State) -> ListObject:
        """A list with the items of another behind its own."""
        other = state.heap.get(value.key) if isinstance(value, Ref) else None
        order = other if isinstance(other, ListObject) and other.unordered else held
        items = (*held.items, *self.items_of(value, state))
        return ListObject(items, order.place, order.unordered)

    def list_method(
        self, ref: Ref, held: ListObject, name: str, given: Given, node: cst.Call, state: State
    ) -> Value:
        value = given[-1][1] if given else UNKNOWN
        if name == "append":
            state.heap[ref.key] = replace(held, items=(*held.items, Item(value)))
        elif name == "extend":
            state.heap[ref.key] = self.extended(held, value, state)
        elif name == "insert":
            at = given[0][1]
            first = isinstance(at, Scalar) and at.value == 0
            maybe = tuple(Item(i.value, certain=False, rest=i.rest) for i in held.items)
            items = (Item(value), *held.items) if first else (*maybe, Item(value, certain=False))
            state.heap[ref.key] = replace(held, items=items)
        elif name == "copy":
            return self.allocate(held, state)
        elif name == "pop":
            index = (
                given[0][1].value
                if given and isinstance(given[0][1], Scalar)
                else (-1 if not given else None)
            )
            found = indexed(held, index) if isinstance(index, int) else None
            if found is None:
                loose = tuple(Item(i.value, certain=False, rest=i.rest) for i in held.items)
                state.heap[ref.key] = ListObject(loose, held.place)
                return UNKNOWN
            state.heap[ref.key] = ListObject(held.items[:found] + held.items[found + 1 :], held.place)
            return held.items[found].value
        elif name == "clear":
            state.heap[ref.key] = ListObject((), held.place)
        elif name in {"sort", "reverse", "remove"}:
            loose = tuple(Item(i.value, certain=False, rest=i.rest) for i in held.items)
            state.heap[ref.key] = ListObject(loose, held.place)
        del node
        return UNKNOWN


def set_entry(ref: Ref, key: str, value: Value, place: Place, state: State, certain: bool = True) -> None:
    """`ref[key] = value`; on some paths only when not `certain`."""
    held = state.heap.get(ref.key)
    if not isinstance(held, DictObject):
        return
    entries = dict(held.entries)
    before = entries.get(key)
    if certain:
        entries[key] = Entry(value, place)
    else:
        merged = choice((before.value, value)) if before else value
        entries[key] = Entry(merged, place, certain=before is not None and before.certain)
    state.heap[ref.key] = DictObject(entries, held.place, held.complete)
