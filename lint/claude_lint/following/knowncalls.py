"""Follows calls of what is known by its dotted name: the standard library's, and what makes clients and decorators."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from claude_lint.findings import Step
from claude_lint.following.calls import TYPES_ROOT, client_class
from claude_lint.following.commandline import PARSERS
from claude_lint.following.documents import document, loads
from claude_lint.following.functions import Functions
from claude_lint.following.operators import is_instance
from claude_lint.following.segments import (
    deep_segments,
    formatted_date,
    known_text,
    segments_of,
    with_step,
)
from claude_lint.following.stability import source_of_call
from claude_lint.following.templates import ENVIRONMENTS, LOADERS, TEMPLATES
from claude_lint.following.texts import path_call, path_of, read
from claude_lint.following.values import (
    UNKNOWN,
    Client,
    CommandLine,
    DictObject,
    Dotted,
    Dumped,
    Entry,
    FilePath,
    Item,
    ListObject,
    OpenFile,
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
    loops_of,
    options,
)
from claude_lint.following.ways import (
    WRAPS_CLIENT,
)
from claude_lint.request import Stability

if TYPE_CHECKING:
    import libcst as cst

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

SETS: Final = frozenset({"builtins.set", "builtins.frozenset"})
LISTINGS: Final = frozenset({"os.listdir", "glob.glob", "glob.iglob"})
"""What lists a directory in an order that the operating system chooses. Source: the Python documentation."""

ELSEWHERE: Final = frozenset({"asyncio.to_thread", "anyio.to_thread.run_sync", "asgiref.sync.sync_to_async"})
"""Calls whose first argument is called with the others."""

ENVIRONMENT: Final = frozenset({"os.getenv", "os.environ.get"})
FIELDS: Final = frozenset(
    {"dataclasses.field", "pydantic.Field", "attr.ib", "attrs.field", "typer.Option", "typer.Argument"}
)
RETRYING: Final = frozenset(
    {"tenacity.retry", "backoff.on_exception", "retrying.retry", "retry.retry", "stamina.retry"}
)
"""What makes a decorator that calls a function again after it failed."""


SPANS: Final = {"": 86_400, "weeks": 604_800, "days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}
"""Seconds of each argument of a `timedelta`; the first without a name is days."""


class KnownCalls(Functions):
    """Evaluates calls of functions of the standard library and of packages."""

    def apply(self, callee: Value, given: Given, node: cst.Call, state: State, frame: Frame) -> Value:
        """Call a value; see `invoke`."""
        raise NotImplementedError

    def pass_on(self, given: Given, node: cst.Call, state: State, frame: Frame) -> Value | None:
        """A call that is given something to call; see `invoke`."""
        raise NotImplementedError

    def hand_over(self, given: Given, node: cst.Call, state: State, frame: Frame) -> None:
        """Something that cannot be followed gets these values; see `invoke`."""
        raise NotImplementedError

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
            return Unknown(loops=loops_of(positional)) if isinstance(path, Unknown) else path
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
            written = state.heap.get(first.key) if isinstance(first, Ref) else None
            if isinstance(written, DictObject) and any(keyword == "sort_keys" for keyword, _, _ in given):
                first = self.allocate(replace(written, unordered=""), state)
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
        language = loads(name)
        if language:
            return self.loaded(first, language, state, frame)
        if name in {"dataclasses.asdict", "attr.asdict", "attrs.asdict"} and isinstance(first, Ref):
            return self.dumped(first, given[1:], node, state, frame) or UNKNOWN
        if name == "asyncio.gather":
            return self.gathered(given, node, state)
        if name == "datetime.timedelta":
            return span(given, place)
        if name in PARSERS:
            return self.allocate(CommandLine({}), state)
        if name == "builtins.vars" and isinstance(first, Ref):
            return self.options_dict(first, node, state)
        if name in RETRYING:
            return Partial(Dotted(name), given)
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
        return self.pass_on(given, node, state, frame) or Unknown(
            origin=name, loops=loops_of([value for _, value, _ in given])
        )

    def loaded(self, first: Value, language: str, state: State, frame: Frame) -> Value:
        """What a settings file of the project says."""
        if isinstance(first, OpenFile):
            first = read(first.path, self.file_of(state, frame), self.project)
        one = isinstance(first, Text) and len(first.segments) == 1 and first.segments[0].text is not None
        if not one or not isinstance(first, Text):
            return Unknown(loops=loops_of([first]))
        return document(first, language, lambda made: self.allocate(made, state))

    def dumped(self, ref: Ref, given: Given, node: cst.Call, state: State, frame: Frame) -> Value | None:
        """The dict that an instance comes to; see `classes`."""
        raise NotImplementedError

    def gathered(self, given: Given, node: cst.Call, state: State) -> Value:
        """The results of several awaitables, in their order."""
        items: list[Item] = []
        for keyword, value, _ in given:
            items += self.items_of(value, state) if keyword == "*" else [] if keyword else [Item(value)]
        return self.allocate(ListObject(tuple(items), self.source.place(node)), state)

    def options_dict(self, ref: Ref, node: cst.Call, state: State) -> Value:
        """`vars(args)`."""
        held, place = state.heap.get(ref.key), self.source.place(node)
        if not isinstance(held, CommandLine):
            return UNKNOWN
        entries = {name: Entry(value, place) for name, value in held.options.items()}
        return self.allocate(DictObject(entries, place, complete=False), state)

    def shuffle(self, given: Given, order: Volatile, state: State, frame: Frame) -> None:
        """The list that is shuffled changes wherever one looks."""
        for _, value, argument in given[:1]:
            held = state.heap.get(value.key) if isinstance(value, Ref) else None
            if not isinstance(held, ListObject):
                self.assign(argument, order, state, frame)
            elif isinstance(value, Ref) and (len(held.items) > 1 or any(item.rest for item in held.items)):
                items = tuple(
                    replace(item, value=self.moved(item.value, order, state)) for item in held.items
                )
                state.heap[value.key] = replace(held, items=items)

    def moved(self, value: Value, order: Volatile, state: State) -> Value:
        """An item of a list that is shuffled: whichever it is, it keeps the shape that they have."""
        held = state.heap.get(value.key) if isinstance(value, Ref) else None
        if not isinstance(held, DictObject) or "content" in held.entries:
            return order
        return self.allocate(replace(held, entries={**held.entries, "": Entry(order, held.place)}), state)

    def derived(self, values: list[Value], name: str, place: Place, state: State) -> Value:
        """What a pure function makes of `values`: it changes as the one of them that changes most."""
        segments = [segment for value in values for segment in segments_of(value, state.heap, place)]
        changing = [segment for segment in segments if segment.source]
        if not changing:
            return Unknown(loops=loops_of(values))
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


def span(given: Given, place: Place) -> Value:
    """The seconds of a `timedelta`, where all of it is known."""
    seconds = 0.0
    for keyword, value, _ in given:
        if keyword not in SPANS or not isinstance(value, Scalar) or value.value is None:
            return UNKNOWN
        seconds += SPANS[keyword] * value.value
    return Scalar(seconds, place)
