"""What an expression can be: the values that the resolver computes with.

A *value* is immutable. Lists, dicts and instances live in a heap as *objects*, and a `Ref` names one, so that two
names of one list see the same list. An object is replaced, never changed, so that the two sides of a branch can share
it. `join` is what is known where two paths meet.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any, Final, Literal

from claude_lint.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from claude_lint.findings import Place, Step
    from claude_lint.request import Segment, Stability

OPTIONS: Final = 8
"""More alternatives than this are one unknown."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Anything. `because` says why where that can be told; `origin` is the dotted name of what made it."""

    because: str = ""
    origin: str = ""
    loops: tuple[Place, ...] = ()
    """The loops in each turn of which it is something else, outermost first."""

    given: int = field(default=0, compare=False)
    """Which value that a caller or a loop gives this is, or is part of; 0 for none. `origin` tells which part."""


@dataclass(frozen=True, slots=True)
class Text:
    """A string, as segments in order."""

    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Dumped(Text):
    """The text that `json.dumps` makes of `held`."""

    held: Value


@dataclass(frozen=True, slots=True)
class Scalar:
    """A number, a boolean or None, written at `place`."""

    value: int | float | bool | None
    place: Place
    chain: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Volatile:
    """Something that changes and is not text yet: a clock reading, a UUID, a random number."""

    kind: str
    """`datetime`, `date`, or `other`."""

    stability: Stability
    source: str
    chain: tuple[Step, ...]
    loops: tuple[Place, ...] = ()
    made: int = field(default=0, compare=False)
    """Which reading of the source this is."""


@dataclass(frozen=True, slots=True)
class Ref:
    """An object in the heap."""

    key: int


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several values, by the path taken."""

    options: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Dotted:
    """A thing known by its dotted name only: an imported module or member, or a builtin."""

    name: str


@dataclass(frozen=True, slots=True)
class Client:
    """An instance of one of the SDK's client classes, or an attribute path below it or below an unknown receiver."""

    kind: str
    """The class ("Anthropic"), or empty for a receiver that is taken for a client by its shape."""

    path: tuple[str, ...] = ()
    settings: DictObject | None = field(default=None, hash=False)
    """The arguments of its constructor where that was followed."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the project, with the environments that it sees from the inside out, and its `self`."""

    node: Any
    name: str
    outers: tuple[Mapping[str, Value], ...] = field(compare=False, hash=False)
    this: Value | None = None
    owner: Any = field(default=None, compare=False, hash=False)


@dataclass(frozen=True, slots=True)
class Class:
    """A class of the project."""

    node: Any
    name: str
    outers: tuple[Mapping[str, Value], ...] = field(compare=False, hash=False)


@dataclass(frozen=True, slots=True)
class Partial:
    """`functools.partial(callee, …)`."""

    callee: Value
    arguments: tuple[tuple[str, Value, Any], ...]


@dataclass(frozen=True, slots=True)
class ModuleRef:
    """A module of the project, by its stem."""

    stem: str


@dataclass(frozen=True, slots=True)
class Member:
    """A name imported from a module of the project: what it is there is read when it is needed."""

    stem: str
    name: str


@dataclass(frozen=True, slots=True)
class FilePath:
    """A path inside the project, of a file or a directory."""

    path: str


@dataclass(frozen=True, slots=True)
class Template:
    """A template that is rendered by a method of its own."""

    text: Text
    kind: Literal["jinja", "dollar"]


@dataclass(frozen=True, slots=True)
class TemplateHome:
    """A Jinja environment, with the directory of the project that its templates are in, if any."""

    path: str | None


@dataclass(frozen=True, slots=True)
class OpenFile:
    """An open text file of the project."""

    path: str


Value = (
    Unknown
    | Text
    | Scalar
    | Volatile
    | Ref
    | Choice
    | Dotted
    | Client
    | Function
    | Class
    | Partial
    | ModuleRef
    | Member
    | FilePath
    | OpenFile
    | Template
    | TemplateHome
)


@dataclass(frozen=True, slots=True)
class Item:
    """One place of a list. A `rest` stands for any number of items like it; one not `certain` may be missing."""

    value: Value
    certain: bool = True
    rest: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a dict, with where it was set."""

    value: Value
    place: Place
    certain: bool = True
    unless: str = ""
    """The name on which it depends whether the key is there, where on either side of a branch something else is set."""


@dataclass(frozen=True, slots=True)
class ListObject:
    """A list, tuple or set."""

    items: tuple[Item, ...]
    place: Place
    unordered: str = ""
    """What gives its order ("a set", "a directory listing") where another process need not repeat it."""


@dataclass(frozen=True, slots=True)
class DictObject:
    """A dict with constant keys. Not `complete` when it may have keys that are not known."""

    entries: Mapping[str, Entry]
    place: Place
    complete: bool = True
    unordered: str = ""
    """As for a list."""


@dataclass(frozen=True, slots=True)
class InstanceObject:
    """An instance of a class of the project."""

    owner: Class
    attributes: Mapping[str, Value]
    built: bool = True
    """Whether its attributes are known; for what a type only says is there, they are when one is asked for."""

    open: frozenset[str] = frozenset()
    """The attributes that a method may have set since it was made, of an instance whose maker is not followed."""


@dataclass(frozen=True, slots=True)
class CommandLine:
    """A parser of the command line, or what it parsed: the options by name."""

    options: Mapping[str, Value]


Object = ListObject | DictObject | InstanceObject | CommandLine

UNKNOWN: Final = Unknown()


def choice(values: Iterable[Value]) -> Value:
    """One value for several paths: the value itself where they agree, unknown where they are too many."""
    options: list[Value] = []
    if isinstance(values, list) and len(values) == 1:
        only: Value = values[0]
        return only  # most often
    for value in values:
        for option in value.options if isinstance(value, Choice) else (value,):
            if option not in options:
                options.append(option)
    if len(options) == 1:
        return options[0]
    if len(options) > OPTIONS or not options:
        return UNKNOWN
    return Choice(tuple(options))


def part_of(whole: Unknown, part: str) -> Unknown:
    """A part of something unknown, which changes as it does. `part` is how it is written behind it."""
    return Unknown("", whole.origin + part, whole.loops, whole.given)


def loops_of(values: Iterable[Value]) -> tuple[Place, ...]:
    """The loops in each turn of which what is made of `values` is something else."""
    return max((value.loops for value in values if isinstance(value, Unknown)), key=len, default=())


def options(value: Value) -> tuple[Value, ...]:
    """The alternatives of a value, one for what is not a choice."""
    return value.options if isinstance(value, Choice) else (value,)


def join_objects(left: Object, right: Object) -> Object | None:
    """What is known of an object where two paths meet, or `None` when they have nothing in common."""
    if left is right:
        return left
    if isinstance(left, DictObject) and isinstance(right, DictObject):
        return _join_dicts(left, right)
    if isinstance(left, ListObject) and isinstance(right, ListObject):
        return _join_lists(left, right)
    if isinstance(left, InstanceObject) and isinstance(right, InstanceObject) and left.owner == right.owner:
        if not (left.built and right.built):
            return right if right.built else left
        names = {**left.attributes, **right.attributes}
        merged = {
            name: choice((left.attributes.get(name, UNKNOWN), right.attributes.get(name, UNKNOWN)))
            for name in names
        }
        return InstanceObject(left.owner, merged, open=left.open & right.open)
    if isinstance(left, CommandLine) and isinstance(right, CommandLine):
        names = {**left.options, **right.options}
        both = {
            name: choice((left.options.get(name, UNKNOWN), right.options.get(name, UNKNOWN)))
            for name in names
        }
        return CommandLine(both)
    return None


def _join_dicts(left: DictObject, right: DictObject) -> DictObject:
    entries: dict[str, Entry] = {}
    for key in {**left.entries, **right.entries}:
        one, other = left.entries.get(key), right.entries.get(key)
        if one is None or other is None:
            only = one or other
            assert only is not None
            entries[key] = Entry(only.value, only.place, certain=False)
        elif one == other:
            entries[key] = one
        else:
            entries[key] = Entry(choice((one.value, other.value)), one.place, one.certain and other.certain)
    return DictObject(entries, left.place, left.complete and right.complete)


def _join_lists(left: ListObject, right: ListObject) -> ListObject:
    shared = 0
    for one, other in zip(left.items, right.items, strict=False):
        if one != other:
            break
        shared += 1
    tails = left.items[shared:] + right.items[shared:]
    maybe = tuple(Item(item.value, certain=False, rest=item.rest) for item in tails)
    return ListObject(left.items[:shared] + maybe[: 2 * OPTIONS], left.place)
