"""Follows calls: methods of texts, lists and dicts, the SDK's constructors, functions and classes of the file.

A call of something that cannot be followed is unknown, and whatever mutable object it is given may have been changed
by it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import libcst as cst

from claude_lint.calls import COPIES, TYPES_ROOT, client_class, looks_like_claude, method_of
from claude_lint.findings import Step
from claude_lint.request import Segment, Stability
from claude_lint.resolve import MAX_DEPTH, Expressions, indexed
from claude_lint.scope import Frame, State
from claude_lint.segments import (
    deep_segments,
    format_braces,
    formatted_date,
    joined,
    known_text,
    lowered,
    segments_of,
    unknown,
)
from claude_lint.stability import source_of_call
from claude_lint.values import (
    UNKNOWN,
    Class,
    Client,
    DictObject,
    Dotted,
    Entry,
    Function,
    Item,
    ListObject,
    Partial,
    Ref,
    Scalar,
    Text,
    Unknown,
    Value,
    Volatile,
    choice,
    options,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

Given = tuple[tuple[str, Value, cst.CSTNode], ...]
"""Arguments in order: the keyword, `""` for a positional one, `*` or `**`; the value; the node."""

SAME: Final = frozenset(
    {
        "builtins.str",
        "builtins.repr",
        "typing.cast",
        "textwrap.dedent",
        "inspect.cleandoc",
        "asyncio.run",
        "asyncio.create_task",
        "asyncio.ensure_future",
        "asyncio.wait_for",
        "asyncio.shield",
        "builtins.round",
    }
)
"""Calls that give what they are given, as far as a request is concerned."""

COPYING: Final = frozenset(
    {"builtins.list", "builtins.tuple", "builtins.sorted", "builtins.reversed", "copy.copy"}
)
READING: Final = frozenset(
    {
        "print",
        "len",
        "isinstance",
        "str",
        "repr",
        "hash",
        "id",
        "type",
        "any",
        "all",
        "enumerate",
        "bool",
        "pprint",
    }
)
READING_ROOTS: Final = frozenset(
    {"builtins", "json", "logging", "logger", "log", "console", "copy", "pprint", "typing"}
)
"""What does not change the objects that it is given."""

ELSEWHERE: Final = frozenset({"asyncio.to_thread", "anyio.to_thread.run_sync", "asgiref.sync.sync_to_async"})
"""Calls whose first argument is called with the others."""

ENVIRONMENT: Final = frozenset({"os.getenv", "os.environ.get"})
FIELDS: Final = frozenset({"dataclasses.field", "pydantic.Field", "attr.ib", "attrs.field"})
SAME_TEXT: Final = frozenset(
    {"strip", "lstrip", "rstrip", "lower", "upper", "title", "capitalize", "expandtabs", "encode"}
)
DATE_TEXT: Final = frozenset({"isoformat", "ctime", "__str__"})
FORGETFUL: Final = frozenset({"functools.cache", "functools.lru_cache", "functools.cached_property"})


class Calls(Expressions):
    """Evaluates calls."""

    def record(self, node: cst.Call, client: Client, given: Given, state: State, frame: Frame) -> None:
        """Note a Claude call; see `analyse`."""
        raise NotImplementedError

    def block(self, body: Sequence[cst.CSTNode], state: State, frame: Frame) -> None:
        """Follow statements; see `flow`."""
        raise NotImplementedError

    def instance(self, owner: Class, given: Given | None, state: State, frame: Frame) -> Value:
        """A new instance of a class of the file; see `classes`."""
        raise NotImplementedError

    def call(self, node: cst.Call, state: State, frame: Frame) -> Value:
        func = node.func
        if isinstance(func, cst.Attribute):
            receiver = self.evaluate(func.value, state, frame)
            given = self.given(node, state, frame)
            found = []
            for option in options(receiver):
                value = self.method(option, func.attr.value, given, node, state, frame)
                if value is None:
                    callee = self.attribute_of(option, func.attr.value, func, state, frame)
                    value = self.apply(callee, given, node, state, frame)
                found.append(value)
            return choice(found)
        callee = self.evaluate(func, state, frame)
        given = self.given(node, state, frame)
        return choice([self.apply(option, given, node, state, frame) for option in options(callee)])

    def given(self, node: cst.Call, state: State, frame: Frame) -> Given:
        return tuple(
            (
                arg.keyword.value if arg.keyword else arg.star,
                self.evaluate(arg.value, state, frame),
                arg.value,
            )
            for arg in node.args
        )

    def apply(self, callee: Value, given: Given, node: cst.Call, state: State, frame: Frame) -> Value:
        """Call a value."""
        if isinstance(callee, Client):
            return self.sdk(callee, given, node, state, frame)
        if isinstance(callee, Function):
            return self.invoke(callee, given, node, state, frame)
        if isinstance(callee, Class):
            return self.instance(callee, given, state, frame)
        if isinstance(callee, Partial):
            return self.apply(callee.callee, (*callee.arguments, *given), node, state, frame)
        if isinstance(callee, Dotted):
            return self.known_call(callee.name, given, node, state, frame)
        self.escape(given, node, state)
        origin = callee.origin if isinstance(callee, Unknown) else ""
        passed = [value for _, value, _ in given if isinstance(value, Client) and method_of(value)]
        if passed:
            return self.pass_on(given, node, state, frame)
        return Unknown(origin=origin)

    def pass_on(self, given: Given, node: cst.Call, state: State, frame: Frame) -> Value:
        """A call that is given a method of a client, and its arguments after it."""
        index = next(
            i for i, (_, value, _) in enumerate(given) if isinstance(value, Client) and method_of(value)
        )
        return (
            self.apply(given[index][1], given[index + 1 :], node, state, frame)
            if given[index + 1 :]
            else UNKNOWN
        )

    def sdk(self, client: Client, given: Given, node: cst.Call, state: State, frame: Frame) -> Value:
        if method_of(client) is None:
            return (
                Client(client.kind)
                if client.path and client.path[-1] in COPIES
                else Unknown(origin="anthropic")
            )
        keywords = frozenset(name for name, _, _ in given if name not in {"", "*", "**"})
        spread = any(name == "**" for name, _, _ in given)
        known = set(keywords)
        for name, value, _ in given:
            held = state.heap.get(value.key) if name == "**" and isinstance(value, Ref) else None
            known |= set(held.entries) if isinstance(held, DictObject) else set()
        if client.kind or looks_like_claude(frozenset(known), spread, self.imports_sdk):
            self.record(node, client, given, state, frame)
        return Unknown(origin="anthropic.response")

    imports_sdk: bool = False

    # Methods of values

    def method(
        self, receiver: Value, name: str, given: Given, node: cst.Call, state: State, frame: Frame
    ) -> Value | None:
        """The value of `receiver.name(…)` for texts, dates, lists and dicts; `None` for any other receiver."""
        if isinstance(receiver, Client) and name in COPIES and not receiver.path:
            return Client(receiver.kind)
        if isinstance(receiver, Text):
            return self.text_method(receiver, name, given, node, state)
        if isinstance(receiver, Volatile):
            return self.date_method(receiver, name, given, node)
        held = state.heap.get(receiver.key) if isinstance(receiver, Ref) else None
        if isinstance(held, DictObject) and isinstance(receiver, Ref):
            return self.dict_method(receiver, held, name, given, node, state)
        if isinstance(held, ListObject) and isinstance(receiver, Ref):
            return self.list_method(receiver, held, name, given, node, state)
        if isinstance(receiver, Dotted) and f"{receiver.name}.{name}" == "functools.partial.func":
            return UNKNOWN
        del frame
        return None

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
        parts: list[tuple[Segment, ...]] = []
        for item in self.items_of(items, state):
            if parts:
                parts.append(separator.segments)
            parts.append(segments_of(item.value, state.heap, place))
            if item.rest:
                parts.append((unknown(place),))
        return joined(parts)

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
            values = tuple(
                Item(entry.value if name == "values" else UNKNOWN, False) for entry in held.entries.values()
            )
            return self.allocate(ListObject(values, held.place), state)
        return UNKNOWN

    def list_method(
        self, ref: Ref, held: ListObject, name: str, given: Given, node: cst.Call, state: State
    ) -> Value:
        value = given[-1][1] if given else UNKNOWN
        if name == "append":
            state.heap[ref.key] = ListObject((*held.items, Item(value)), held.place)
        elif name == "extend":
            state.heap[ref.key] = ListObject((*held.items, *self.items_of(value, state)), held.place)
        elif name == "insert":
            at = given[0][1]
            first = isinstance(at, Scalar) and at.value == 0
            maybe = tuple(Item(i.value, certain=False, rest=i.rest) for i in held.items)
            items = (Item(value), *held.items) if first else (*maybe, Item(value, certain=False))
            state.heap[ref.key] = ListObject(items, held.place)
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

    # Calls of what is known by its dotted name

    def known_call(self, name: str, given: Given, node: cst.Call, state: State, frame: Frame) -> Value:
        place = self.source.place(node)
        source = source_of_call(name)
        if source is not None and not (name.startswith("random.") and self.seeded):
            if name in {"random.choice", "secrets.choice"} and given and self.single(given[0][1], state):
                return UNKNOWN
            step = Step(place, f"`{name.removeprefix('builtins.')}()` is {source.word}")
            stability = source.stability
            if frame.module and not frame.loops and stability.rank > Stability.IMPORT_TIME.rank:
                stability = Stability.IMPORT_TIME if stability is not Stability.PER_DAY else stability
            return Volatile(source.kind, stability, source.word, (step,), frame.loops, self.reading())
        kind = client_class(name)
        if kind is not None:
            return Client(kind)
        first = given[0][1] if given else UNKNOWN
        positional = [value for keyword, value, _ in given if not keyword]
        if name == "time.strftime":
            return self.strftime(given, node, frame)
        if name in SAME:
            value = positional[-1] if name == "typing.cast" and positional else first
            return (
                Text(segments_of(value, state.heap, place))
                if name in {"builtins.str", "builtins.repr"}
                else value
            )
        if name == "json.dumps":
            held_segments = deep_segments(first, state.heap, place)
            return Text(tuple(replace(segment, text=None, token="") for segment in held_segments))
        if name in COPYING and isinstance(first, Ref):
            held = state.heap.get(first.key)
            if isinstance(held, (ListObject, DictObject)):
                return self.allocate(held, state)
        if name == "copy.deepcopy":
            return self.deep_copy(first, state, 0)
        if name in ENVIRONMENT:
            because = f"the environment variable {known_text(first) or 'that it reads'}"
            return (
                choice((given[1][1], Unknown(because=because)))
                if len(given) > 1
                else Unknown(because=because)
            )
        if name in {"builtins.int", "builtins.float"}:
            return choice([self.numeric(option) for option in options(first)])
        if name == "builtins.dict" or name.startswith(TYPES_ROOT):
            return self.dict_call(given, node, state)
        if name in FIELDS:
            return self.field(given, node, state, frame)
        if name == "functools.partial" and given:
            return Partial(first, given[1:])
        if name in ELSEWHERE and given:
            return self.apply(first, given[1:], node, state, frame)
        if any(isinstance(value, Client) and method_of(value) for _, value, _ in given):
            return self.pass_on(given, node, state, frame)
        self.escape(given, node, state)
        return Unknown(origin=name)

    def field(self, given: Given, node: cst.Call, state: State, frame: Frame) -> Value:
        """The default of a field of a dataclass or a pydantic model."""
        for keyword, value, _ in given:
            if keyword in {"", "default"}:
                return value
            if keyword == "default_factory":
                return self.apply(value, (), node, state, frame)
        return UNKNOWN

    seeded: bool = False

    def single(self, value: Value, state: State) -> bool:
        """Whether a list has one item, so that a random choice from it is no choice."""
        items = self.items_of(value, state)
        return len(items) == 1 and items[0].certain

    def strftime(self, given: Given, node: cst.Call, frame: Frame) -> Value:
        place = self.source.place(node)
        stability = Stability.IMPORT_TIME if frame.module and not frame.loops else Stability.PER_CALL
        step = Step(place, "`time.strftime()` is the clock")
        clock = Volatile("datetime", stability, "the clock", (step,), frame.loops, self.reading())
        return Text((formatted_date(clock, known_text(given[0][1]) if given else None, place),))

    def numeric(self, value: Value) -> Value:
        text = known_text(value)
        if text is None or not isinstance(value, Text):
            return (
                value
                if isinstance(value, Scalar)
                else (value if isinstance(value, (Unknown, Volatile)) else UNKNOWN)
            )
        return Scalar(int(text), value.segments[0].place) if text.strip().isdigit() else UNKNOWN

    def deep_copy(self, value: Value, state: State, depth: int) -> Value:
        held = state.heap.get(value.key) if isinstance(value, Ref) else None
        if depth > 5:
            return value
        if isinstance(held, ListObject):
            items = tuple(
                Item(self.deep_copy(i.value, state, depth + 1), i.certain, i.rest) for i in held.items
            )
            return self.allocate(ListObject(items, held.place), state)
        if isinstance(held, DictObject):
            entries = {
                key: Entry(self.deep_copy(e.value, state, depth + 1), e.place, e.certain)
                for key, e in held.entries.items()
            }
            return self.allocate(DictObject(entries, held.place, held.complete), state)
        return value

    def dict_call(self, given: Given, node: cst.Call, state: State) -> Value:
        entries: dict[str, Entry] = {}
        complete = True
        for keyword, value, argument in given:
            if keyword in {"", "**"}:
                complete = self.spread(entries, value, state) and complete
            else:
                entries[keyword] = Entry(value, self.source.place(argument))
        return self.allocate(DictObject(entries, self.source.place(node), complete), state)

    def escape(self, given: Given, node: cst.Call, state: State) -> None:
        """Something that cannot be followed gets these objects, and may change them."""
        func = node.func
        root: cst.BaseExpression = func
        while isinstance(root, cst.Attribute):
            root = root.value
        name = root.value if isinstance(root, cst.Name) else ""
        if name in READING_ROOTS or (isinstance(func, cst.Name) and func.value in READING):
            return
        for _, value, _ in given:
            for option in options(value):
                held = state.heap.get(option.key) if isinstance(option, Ref) else None
                if isinstance(held, DictObject) and isinstance(option, Ref):
                    state.heap[option.key] = DictObject(held.entries, held.place, complete=False)

    # Functions of the file

    def invoke(self, function: Function, given: Given, node: Any, state: State, frame: Frame) -> Value:
        """Follow a function of the file with its arguments bound. Unknown when that goes too deep or round."""
        if frame.depth >= MAX_DEPTH or self.running(function.node):
            self.escape(given, node, state) if isinstance(node, cst.Call) else None
            return UNKNOWN
        inner = State({}, state.heap, sent=state.sent)
        called = Frame(
            function.name,
            function.outers,
            frame.loops,
            frame.depth + 1,
            function.this,
            function.owner,
            caller=(node, frame.caller) if isinstance(node, cst.Call) else frame.caller,
        )
        self.bind(function, given, inner, called)
        if isinstance(function.node, cst.Lambda):
            return self.evaluate(function.node.body, inner, called)
        self.active.append(function.node)
        try:
            self.block(function.node.body.body, inner, called)
        finally:
            self.active.pop()
        if inner.live:
            called.returned.append((Scalar(None, self.source.place(function.node)), inner))
        value = choice([value for value, _ in called.returned])
        meeting = State({}, {}, live=False)
        meeting.become(*(State({}, end.heap, sent=end.sent) for _, end in called.returned))
        if meeting.live:
            state.heap, state.sent = meeting.heap, meeting.sent
        else:
            state.live = state.live and bool(called.returned)
        if self.is_generator(function.node):
            return UNKNOWN
        if self.decorators(function, state, frame) & FORGETFUL:
            return lowered(value, Stability.IMPORT_TIME)
        return value

    active: list[Any]

    def running(self, node: Any) -> bool:
        return any(one is node for one in self.active)

    def is_generator(self, node: Any) -> bool:
        return id(node) in self.generators

    generators: frozenset[int] = frozenset()

    def decorators(self, function: Function, state: State, frame: Frame) -> set[str]:
        """The dotted names of the decorators of a function."""
        names = set()
        for decorator in getattr(function.node, "decorators", ()):
            target = decorator.decorator
            value = self.evaluate(target.func if isinstance(target, cst.Call) else target, state, frame)
            if isinstance(value, Dotted):
                names.add(value.name)
        return names

    def bind(self, function: Function, given: Given, inner: State, frame: Frame) -> None:
        """Bind the parameters of a function. Those that no argument reaches have their default."""
        parameters = function.node.params
        ordered = [*parameters.posonly_params, *parameters.params]
        positional = [(value, node) for keyword, value, node in given if not keyword]
        keywords = {
            keyword: (value, node) for keyword, value, node in given if keyword not in {"", "*", "**"}
        }
        loose = any(keyword == "*" for keyword, _, _ in given)
        spread = [value for keyword, value, _ in given if keyword == "**"]
        surplus: dict[str, Entry] = {}
        complete = True
        for value in spread:
            complete = self.spread(surplus, value, inner) and complete
        surplus |= {
            keyword: Entry(value, self.source.place(node)) for keyword, (value, node) in keywords.items()
        }
        if function.this is not None and ordered and not self.is_static(function):
            inner.names[ordered.pop(0).name.value] = function.this
        for parameter in ordered:
            name = parameter.name.value
            if positional:
                surplus.pop(name, None)
                inner.names[name] = positional.pop(0)[0]
            else:
                inner.names[name] = self.parameter(
                    parameter, surplus.pop(name, None), complete and not loose, inner, frame
                )
        for parameter in parameters.kwonly_params:
            inner.names[parameter.name.value] = self.parameter(
                parameter, surplus.pop(parameter.name.value, None), complete, inner, frame
            )
        place = self.source.place(function.node)
        if isinstance(parameters.star_arg, cst.Param):
            items = tuple(Item(value) for value, _ in positional)
            inner.names[parameters.star_arg.name.value] = self.allocate(ListObject(items, place), inner)
        if parameters.star_kwarg is not None:
            rest = self.allocate(DictObject(surplus, place, complete), inner)
            inner.names[parameters.star_kwarg.name.value] = rest

    def is_static(self, function: Function) -> bool:
        return any(
            isinstance(decorator.decorator, cst.Name) and decorator.decorator.value == "staticmethod"
            for decorator in getattr(function.node, "decorators", ())
        )

    def parameter(
        self, parameter: cst.Param, entry: Entry | None, complete: bool, inner: State, frame: Frame
    ) -> Value:
        """What a parameter is: its argument, else its default, else unknown."""
        if entry is not None and entry.certain:
            return entry.value
        if parameter.default is None:
            return entry.value if entry else UNKNOWN
        default = self.evaluate(
            parameter.default, State({}, inner.heap), Frame(frame.name, frame.outers, module=True)
        )
        if entry is not None:
            return choice((entry.value, default))
        return default if complete else choice((default, UNKNOWN))


def set_entry(ref: Ref, key: str, value: Value, place: Any, state: State, certain: bool = True) -> None:
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
