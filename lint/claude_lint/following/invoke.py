"""Follows calls: methods of texts, lists and dicts, the SDK's constructors, functions and classes of the file.

A call of something that cannot be followed is unknown, and whatever mutable object it is given may have been changed
by it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import libcst as cst

from claude_lint.findings import Step
from claude_lint.following.calls import COPIES, TYPES_ROOT, client_class, looks_like_claude, method_of
from claude_lint.following.functions import Functions
from claude_lint.following.methods import LISTING_METHODS
from claude_lint.following.operators import is_instance
from claude_lint.following.segments import (
    deep_segments,
    formatted_date,
    known_text,
    segments_of,
    unknown,
    with_step,
)
from claude_lint.following.stability import source_of_call
from claude_lint.following.templates import ENVIRONMENTS, LOADERS, TEMPLATES
from claude_lint.following.texts import path_call, path_of
from claude_lint.following.values import (
    UNKNOWN,
    Class,
    Client,
    DictObject,
    Dotted,
    Dumped,
    Entry,
    FilePath,
    Function,
    Item,
    ListObject,
    Partial,
    Ref,
    Scalar,
    Template,
    TemplateHome,
    Text,
    Unknown,
    Value,
    Volatile,
    choice,
    options,
)
from claude_lint.following.ways import (
    BEDROCK,
    BEDROCK_METHODS,
    FRAMEWORK,
    HTTP,
    HTTP_METHODS,
    WRAPS_CLIENT,
    bedrock_call,
    framework_call,
    http_call,
)
from claude_lint.request import Stability

if TYPE_CHECKING:
    from claude_lint.findings import Place
    from claude_lint.following.methods import Given
    from claude_lint.following.scope import Frame, State


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
FILLING: Final = frozenset({"format", "format_map", "substitute", "safe_substitute"})
"""Methods that put what they are given into a text."""

PURE: Final = frozenset(
    {"builtins.hex", "builtins.oct", "builtins.bin", "builtins.abs", "builtins.ascii", "builtins.bytes"}
    | {
        "html.escape",
        "urllib.parse.quote",
        "urllib.parse.quote_plus",
        "binascii.hexlify",
        "xml.sax.saxutils.escape",
    }
)
PURE_ROOTS: Final = ("base64.", "hashlib.", "zlib.")
"""Functions whose result changes when what they are given does, and then only."""

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
LOGGERS: Final = frozenset({"logger", "log", "logging", "console", "LOG", "LOGGER", "_logger"})
READING_ROOTS: Final = frozenset(
    {"builtins", "json", "logging", "logger", "log", "console", "copy", "pprint", "typing"}
)
"""What does not change the objects that it is given."""

SETS: Final = frozenset({"builtins.set", "builtins.frozenset"})
LISTINGS: Final = frozenset({"os.listdir", "glob.glob", "glob.iglob"})
"""What lists a directory in an order that the operating system chooses. Source: the Python documentation."""

ELSEWHERE: Final = frozenset({"asyncio.to_thread", "anyio.to_thread.run_sync", "asgiref.sync.sync_to_async"})
"""Calls whose first argument is called with the others."""

CALLING: Final = frozenset({"submit", "run_in_executor", "start_soon", "create_task", "spawn", "apply_async"})
"""Methods that call the function that they are given, with the arguments after it."""

ENVIRONMENT: Final = frozenset({"os.getenv", "os.environ.get"})
FIELDS: Final = frozenset({"dataclasses.field", "pydantic.Field", "attr.ib", "attrs.field"})


class Calls(Functions):
    """Evaluates calls."""

    def record(self, node: cst.Call, client: Client, given: Given, state: State, frame: Frame) -> None:
        """Note a Claude call; see `analyse`."""
        raise NotImplementedError

    def instance(self, owner: Class, given: Given | None, state: State, frame: Frame) -> Value:
        """A new instance of a class of the file; see `classes`."""
        raise NotImplementedError

    def call(self, node: cst.Call, state: State, frame: Frame) -> Value:
        func = node.func
        if isinstance(func, cst.Attribute):
            if isinstance(func.value, cst.Name) and func.value.value in LOGGERS:
                self.given(node, state, frame)
                return UNKNOWN
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
        if isinstance(callee, Volatile):
            return callee
        if isinstance(callee, Partial):
            return self.apply(callee.callee, (*callee.arguments, *given), node, state, frame)
        origin = callee.name if isinstance(callee, Dotted) else getattr(callee, "origin", "")
        if self.past_sdk(origin, given, node, state, frame):
            return Unknown(origin="anthropic.response")
        if isinstance(callee, Dotted):
            return self.known_call(callee.name, given, node, state, frame)
        self.hand_over(given, node, state, frame)
        if "." in origin and origin.rpartition(".")[2] in LISTING_METHODS:
            return self.listing(node, state)
        return (
            self.filled(given, node, state)
            or self.pass_on(given, node, state, frame)
            or Unknown(origin=origin)
        )

    def filled(self, given: Given, node: cst.Call, state: State) -> Value | None:
        """The text that a template comes to of which only the name of the method that fills it is known."""
        if not isinstance(node.func, cst.Attribute) or node.func.attr.value not in FILLING:
            return None
        place = self.source.place(node)
        changing = [
            segment
            for _, value, _ in given
            for segment in segments_of(value, state.heap, place)
            if segment.source
        ]
        return Text((unknown(place), *changing)) if changing else None

    def past_sdk(self, name: str, given: Given, node: cst.Call, state: State, frame: Frame) -> bool:
        """Note a request that goes to Claude in one of `ways`."""
        last = name.rpartition(".")[2]
        kind, found = FRAMEWORK, framework_call(name, given)
        if found is None and last in HTTP_METHODS:
            kind, found = HTTP, http_call(given, state.heap)
        elif found is None and last in BEDROCK_METHODS:
            kind, found = BEDROCK, bedrock_call(last, given, state.heap)
        if found is None:
            return False
        method = "stream" if last.endswith("stream") else "create"
        self.record(node, Client(kind, ("messages", method)), found, state, frame)
        return True

    def pass_on(self, given: Given, node: cst.Call, state: State, frame: Frame) -> Value | None:
        """A call that is given something to call, which it calls with the arguments after it."""
        func = node.func
        called = func.attr.value if isinstance(func, cst.Attribute) else getattr(func, "value", "")
        for index, (_, value, _) in enumerate(given):
            rest = given[index + 1 :]
            if isinstance(value, Client) and method_of(value) is not None:
                return self.apply(value, rest, node, state, frame) if rest else UNKNOWN
            if isinstance(value, Partial):
                return self.apply(value, rest, node, state, frame)
            if isinstance(value, Function) and called in CALLING and not isinstance(value.node, cst.Lambda):
                return self.invoke(value, rest, node, state, frame)
        return None

    def sdk(self, client: Client, given: Given, node: cst.Call, state: State, frame: Frame) -> Value:
        if method_of(client) is None:
            return (
                Client(client.kind)
                if client.path and client.path[-1] in COPIES
                else Unknown(origin="anthropic")
            )
        imports_sdk = self.survey_at(state, frame).imports_sdk
        keywords = frozenset(name for name, _, _ in given if name not in {"", "*", "**"})
        spread = any(name == "**" for name, _, _ in given)
        known = set(keywords)
        for name, value, _ in given:
            held = state.heap.get(value.key) if name == "**" and isinstance(value, Ref) else None
            known |= set(held.entries) if isinstance(held, DictObject) else set()
        if (
            client.kind
            or (client.path[-2:-1] == ("batches",) and imports_sdk)
            or looks_like_claude(frozenset(known), spread, imports_sdk)
        ):
            self.record(node, client, given, state, frame)
        return Unknown(origin="anthropic.response")

    # Calls of what is known by its dotted name

    def known_call(self, name: str, given: Given, node: cst.Call, state: State, frame: Frame) -> Value:
        place = self.source.place(node)
        source = source_of_call(name)
        if source is not None and not (name.startswith("random.") and self.survey_at(state, frame).seeded):
            if name in {"random.choice", "secrets.choice"} and given and self.single(given[0][1], state):
                return UNKNOWN
            step = Step(place, f"`{name.removeprefix('builtins.')}()` is {source.word}")
            if name == "random.shuffle":
                step = Step(place, "`random.shuffle()` puts it in another order")
            stability = source.stability
            if frame.module and not frame.loops and stability.rank > Stability.IMPORT_TIME.rank:
                stability = Stability.IMPORT_TIME if stability is not Stability.PER_DAY else stability
            made = Volatile(source.kind, stability, source.word, (step,), frame.loops, self.reading())
            if name != "random.shuffle":
                return made
            self.shuffle(given, made, state, frame)
            return Scalar(None, place)
        kind = client_class(name)
        if kind is not None:
            nothing = DictObject({}, place)
            return Client(kind, settings=self.overridden(nothing, given, node, state))
        first = given[0][1] if given else UNKNOWN
        positional = [value for keyword, value, _ in given if not keyword]
        if name == "builtins.isinstance" and len(positional) == 2:
            outcome = is_instance(first, positional[1], state)
            return UNKNOWN if outcome is None else Scalar(outcome, place)
        if name in TEMPLATES and isinstance(first, Text):
            return Template(first, TEMPLATES[name])
        if name in LOADERS:
            directory = path_of(first)
            return UNKNOWN if directory is None else FilePath(directory)
        if name in ENVIRONMENTS:
            home = next((value.path for _, value, _ in given if isinstance(value, FilePath)), None)
            return TemplateHome(home)
        path = path_call(name, positional)
        if path is not None:
            return path
        if name == "time.strftime":
            return self.strftime(given, node, frame)
        if name in SAME:
            value = positional[-1] if name == "typing.cast" and positional else first
            return (
                Text(segments_of(value, state.heap, place))
                if name in {"builtins.str", "builtins.repr"}
                else value
            )
        if name == "builtins.format":
            pattern = known_text(given[1][1]) if len(given) > 1 else None
            return Text(
                (formatted_date(first, pattern, place),)
                if isinstance(first, Volatile)
                else segments_of(first, state.heap, place)
            )
        if name in PURE or name.startswith(PURE_ROOTS):
            return self.derived([value for _, value, _ in given], name, place, state)
        if name == "json.dumps":
            held_segments = deep_segments(first, state.heap, place)
            return Dumped(tuple(replace(segment, text=None, token="") for segment in held_segments), first)
        if name in COPYING and isinstance(first, Ref):
            held = state.heap.get(first.key)
            if name == "builtins.sorted" and isinstance(held, ListObject):
                held = replace(held, unordered="")
            if isinstance(held, (ListObject, DictObject)):
                return self.allocate(held, state)
        if name in LISTINGS:
            return self.listing(node, state)
        if name in SETS:
            items = self.items_of(first, state) if given else ()
            several = len(items) > 1 or any(item.rest for item in items)
            return self.allocate(ListObject(items, place, "a set" if several else ""), state)
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
        if name in WRAPS_CLIENT and isinstance(first, Client):
            return first
        self.hand_over(given, node, state, frame)
        return self.pass_on(given, node, state, frame) or Unknown(origin=name)

    def shuffle(self, given: Given, order: Volatile, state: State, frame: Frame) -> None:
        """The list that is shuffled changes wherever one looks."""
        for _, value, argument in given[:1]:
            held = state.heap.get(value.key) if isinstance(value, Ref) else None
            if not isinstance(held, ListObject):
                self.assign(argument, order, state, frame)
            elif isinstance(value, Ref) and (len(held.items) > 1 or any(item.rest for item in held.items)):
                items = tuple(replace(item, value=order) for item in held.items)
                state.heap[value.key] = replace(held, items=items)

    def derived(self, values: list[Value], name: str, place: Place, state: State) -> Value:
        """What a pure function makes of `values`: it changes as the one of them that changes most."""
        segments = [segment for value in values for segment in segments_of(value, state.heap, place)]
        changing = [segment for segment in segments if segment.source]
        if not changing:
            return UNKNOWN
        most = max(changing, key=lambda segment: segment.stability.rank)
        chain = with_step(most.chain, Step(place, f"`{name.removeprefix('builtins.')}()` gets it"))
        return Volatile("other", most.stability, most.source, chain, most.loops, most.made)

    def field(self, given: Given, node: cst.Call, state: State, frame: Frame) -> Value:
        """The default of a field of a dataclass or a pydantic model."""
        for keyword, value, _ in given:
            if keyword in {"", "default"}:
                return value
            if keyword == "default_factory":
                return self.apply(value, (), node, state, frame)
        return UNKNOWN

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

    def hand_over(self, given: Given, node: cst.Call, state: State, frame: Frame) -> None:
        """Something that cannot be followed gets these values: it may call what can be called, and change the rest."""
        for _, value, _ in given:
            if isinstance(value, Function) and isinstance(value.node, cst.Lambda):
                self.invoke(value, (), node, state, frame)
        self.escape(given, node, state)

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
