"""Follows expressions: what value an expression has, as far as reading the file can tell.

Evaluation is abstract and bounded: it never runs code, goes at most `MAX_DEPTH` functions deep, and gives up on a
file after `BUDGET` expressions. What it cannot follow is unknown.

One class evaluates, in layers, each in its module: names, literals and subscripts here, then `operators`,
`comprehensions`, `methods`, `functions`, `knowncalls`, `invoke` (calls), `classes`, `targets` (assignments), `flow`
(statements), `imports` (other files), and `analyse`, which keeps the Claude calls.
"""

from __future__ import annotations

import builtins
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import libcst as cst

from claude_lint.findings import Step
from claude_lint.following.calls import (
    BATCH_METHODS,
    CLIENT_PATHS,
    FOREIGN_ROOTS,
    LOOK_ALIKE_PARENTS,
    METHODS,
)
from claude_lint.following.commandline import parsed
from claude_lint.following.heap import Heap
from claude_lint.following.project import Located
from claude_lint.following.scope import State
from claude_lint.following.segments import (
    constant,
    formatted_date,
    joined,
    known_text,
    lowered,
    segments_of,
    truncated,
    unescaped,
    unknown,
    written,
)
from claude_lint.following.stability import source_of_name
from claude_lint.following.survey import Survey
from claude_lint.following.texts import attribute_of_path
from claude_lint.following.values import (
    UNKNOWN,
    Choice,
    Class,
    Client,
    CommandLine,
    DictObject,
    Dotted,
    Entry,
    FilePath,
    Function,
    InstanceObject,
    Item,
    ListObject,
    ModuleRef,
    Object,
    Ref,
    Scalar,
    Text,
    Unknown,
    Value,
    Volatile,
    choice,
    options,
    part_of,
)
from claude_lint.request import Segment, Stability

if TYPE_CHECKING:
    from collections.abc import Callable

    from claude_lint.following.project import Project
    from claude_lint.following.scope import Frame
    from claude_lint.reading.source import Source

BUDGET: Final = 150_000
MAX_NESTING: Final = 120
MOST_YIELDED: Final = 40
"""Of what a generator gives, so much is kept."""

FILE: Final = "__file__"
BUILTINS: Final = frozenset(dir(builtins))
DAY_ATTRIBUTES: Final = frozenset({"year", "month", "day", "hour"})
"""Parts of a datetime that stay the same for an hour or longer."""


class Expressions:
    """Evaluates expressions. One instance follows one file."""

    def __init__(self, source: Source, project: Project, survey: Survey | None = None) -> None:
        self.project = project
        self.survey = survey or Survey(source)
        self.source = Located(source, project)
        self.spent = 0
        self.constants: dict[int, Value] = {}
        self.parsed: dict[str, cst.BaseExpression] = {}
        """The expressions of templates, by their text."""

        self.evaluators: dict[type[cst.CSTNode], Callable[[Any, State, Frame], Value]] = {
            cst.Name: self.name,
            cst.Attribute: self.attribute,
            cst.SimpleString: self.string,
            cst.ConcatenatedString: self.concatenated,
            cst.FormattedString: self.formatted,
            cst.Integer: self.number,
            cst.Float: self.number,
            cst.Dict: self.dictionary,
            cst.List: self.sequence,
            cst.Tuple: self.sequence,
            cst.Set: self.sequence,
            cst.Subscript: self.subscript,
            cst.Await: self.awaited,
            cst.Yield: self.yielded,
            cst.NamedExpr: self.named,
            cst.ListComp: self.comprehension,
            cst.GeneratorExp: self.comprehension,
            cst.SetComp: self.comprehension,
            cst.DictComp: self.comprehension,
            cst.Lambda: self.lambda_,
            cst.Call: self.call,
        }

    def call(self, node: cst.Call, state: State, frame: Frame) -> Value:
        """The value of a call; see `invoke`."""
        raise NotImplementedError

    def attribute_of_instance(
        self, ref: Ref, held: InstanceObject, name: str, state: State, frame: Frame
    ) -> Value:
        """The value of an attribute of an instance; see `classes`."""
        raise NotImplementedError

    def imported(self, value: Value, state: State) -> Value:
        """The value itself, or for a name of another file what it is there; see `imports`."""
        raise NotImplementedError

    def member(self, stem: str, name: str, state: State) -> Value:
        """The name `name` of a module of the project; see `imports`."""
        raise NotImplementedError

    def attribute_of_class(self, owner: Class, name: str, state: State, frame: Frame) -> Value:
        """The value of `Class.name`; see `classes`."""
        raise NotImplementedError

    def evaluate(self, node: cst.CSTNode, state: State, frame: Frame) -> Value:
        """The value of an expression. Unknown for what is not followed, and for everything once the budget is spent."""
        self.spent += 1
        evaluator = self.evaluators.get(type(node))
        if evaluator is None or self.spent > BUDGET or self.project.nesting > MAX_NESTING:
            return UNKNOWN
        self.project.nesting += 1
        try:
            return evaluator(node, state, frame)
        finally:
            self.project.nesting -= 1

    def file_of(self, state: State, frame: Frame) -> str:
        """The path of the file whose code is being followed."""
        for names in (state.names, *frame.outers[-1:]):
            held = names.get(FILE)
            if isinstance(held, FilePath):
                return held.path
        return self.source.path

    def survey_at(self, state: State, frame: Frame) -> Survey:
        """What is known of the whole file whose code is being followed."""
        module = self.project.modules.get(self.file_of(state, frame))
        return module.survey if module is not None else self.survey

    def blank(self) -> State:
        """A state in which nothing is bound."""
        return State({}, Heap(self.project.objects))

    def reading(self) -> int:
        """A number for one more reading of a changing source."""
        return self.project.next_reading()

    def allocate(self, held: Object, state: State) -> Ref:
        key = self.project.next_key()
        state.heap[key] = held
        return Ref(key)

    # Names and attributes

    def name(self, node: cst.Name, state: State, frame: Frame) -> Value:
        name = node.value
        if name in {"True", "False", "None"}:
            return Scalar({"True": True, "False": False, "None": None}[name], self.source.place(node))
        if name in state.names and name not in frame.globals:
            return self.imported(state.names[name], state)
        for index, outer in enumerate(frame.outers):
            if name in outer:
                last = index == len(frame.outers) - 1
                found = self.imported(outer[name], state)
                return lowered(found, Stability.IMPORT_TIME if last else Stability.PER_SESSION)
        return Dotted(f"builtins.{name}") if name in BUILTINS else Unknown(origin=name)

    def attribute(self, node: cst.Attribute, state: State, frame: Frame) -> Value:
        receiver = self.evaluate(node.value, state, frame)
        name = node.attr.value
        if not isinstance(receiver, Choice):
            return self.attribute_of(receiver, name, node, state, frame)
        return choice([self.attribute_of(option, name, node, state, frame) for option in receiver.options])

    def attribute_of(
        self, receiver: Value, name: str, node: cst.CSTNode, state: State, frame: Frame
    ) -> Value:
        """`receiver.name`."""
        if isinstance(receiver, Dotted):
            dotted = f"{receiver.name}.{name}"
            source = source_of_name(dotted)
            if source is not None:
                step = Step(self.source.place(node), f"`{dotted}` is {source.word}")
                return Volatile(
                    source.kind, source.stability, source.word, (step,), frame.loops, self.reading()
                )
            return Dotted(dotted)
        if isinstance(receiver, Client):
            methods = BATCH_METHODS if receiver.path[-1:] == ("batches",) else METHODS
            known = name in CLIENT_PATHS or (receiver.path and name in methods)
            return replace(receiver, path=(*receiver.path, name)) if known else Unknown(origin="anthropic")
        if isinstance(receiver, Ref):
            held = state.heap.get(receiver.key)
            if isinstance(held, InstanceObject):
                return self.attribute_of_instance(receiver, held, name, state, frame)
            if isinstance(held, CommandLine):
                return parsed(held, name)
        if isinstance(receiver, (Text, Scalar)) and name == "value":
            return receiver  # of a member of an enumeration
        if isinstance(receiver, ModuleRef):
            return self.member(receiver.stem, name, state)
        if isinstance(receiver, FilePath):
            return attribute_of_path(receiver.path, name)
        if isinstance(receiver, Class):
            return self.attribute_of_class(receiver, name, state, frame)
        if isinstance(receiver, Volatile):
            coarse = receiver.kind == "datetime" and name in DAY_ATTRIBUTES
            ceiling = Stability.PER_DAY if coarse else Stability.PER_CALL
            return lowered(receiver, ceiling)
        if isinstance(receiver, Unknown):
            return self.attribute_of_unknown(receiver, name)
        return UNKNOWN

    def attribute_of_unknown(self, receiver: Unknown, name: str) -> Value:
        """`.messages` below something unknown may be a client's, unless what it hangs on is known to be another's."""
        root, last = receiver.origin.split(".")[0], receiver.origin.rpartition(".")[2]
        if name == "messages" and last not in LOOK_ALIKE_PARENTS and root not in FOREIGN_ROOTS:
            return Client("", ("messages",))
        return part_of(receiver, f".{name}")

    # Literals

    def string(self, node: cst.SimpleString, state: State, frame: Frame) -> Value:
        del state, frame
        known = self.constants.get(id(node))
        if known is None:
            place, value = self.source.place(node), written(node)
            known = Text((constant(value, place, node.value) if isinstance(value, str) else unknown(place),))
            self.constants[id(node)] = known
        return known

    def concatenated(self, node: cst.ConcatenatedString, state: State, frame: Frame) -> Value:
        parts: list[tuple[Segment, ...]] = []
        rest: cst.BaseExpression = node
        while isinstance(rest, cst.ConcatenatedString):
            parts.append(self.segments(rest.left, state, frame))
            rest = rest.right
        parts.append(self.segments(rest, state, frame))
        return joined(parts)

    def segments(self, node: cst.BaseExpression, state: State, frame: Frame) -> tuple[Segment, ...]:
        """The text of an expression that is put into a text where it stands."""
        return segments_of(self.evaluate(node, state, frame), state.heap, self.source.place(node))

    def formatted(self, node: cst.FormattedString, state: State, frame: Frame) -> Value:
        parts: list[tuple[Segment, ...]] = []
        place = self.source.place(node)
        for part in node.parts:
            if isinstance(part, cst.FormattedStringText):
                parts.append((constant(unescaped(part.value, node.prefix, node.quote), place),))
            elif isinstance(part, cst.FormattedStringExpression):
                parts.append(self.interpolated(part, state, frame))
        return joined(parts)

    def interpolated(
        self, part: cst.FormattedStringExpression, state: State, frame: Frame
    ) -> tuple[Segment, ...]:
        value = self.evaluate(part.expression, state, frame)
        place = self.source.place(part.expression)
        spec = part.format_spec
        if isinstance(value, Volatile) and spec:
            texts = [piece.value for piece in spec if isinstance(piece, cst.FormattedStringText)]
            pattern = "".join(texts) if len(texts) == len(spec) else None
            return (formatted_date(value, pattern, place),)
        return segments_of(value, state.heap, place)

    def number(self, node: cst.Integer | cst.Float, state: State, frame: Frame) -> Value:
        del state, frame
        digits = node.value.isascii() and node.value.isdigit()
        try:
            return Scalar(int(node.value) if digits else node.evaluated_value, self.source.place(node))
        except ValueError:
            return UNKNOWN

    def dictionary(self, node: cst.Dict, state: State, frame: Frame) -> Value:
        entries: dict[str, Entry] = {}
        complete = True
        for element in node.elements:
            value = self.evaluate(element.value, state, frame)
            if isinstance(element, cst.DictElement):
                key = known_text(self.evaluate(element.key, state, frame))
                if key is None:
                    complete = False
                else:
                    entries[key] = Entry(value, self.source.place(element.value))
            else:
                complete = self.spread(entries, value, state) and complete
        return self.allocate(DictObject(entries, self.source.place(node), complete), state)

    def spread(self, entries: dict[str, Entry], value: Value, state: State) -> bool:
        """`**value` into `entries`. Returns whether all its keys are known."""
        alternatives = options(value)
        complete = True
        for option in alternatives:
            if isinstance(option, Scalar) and option.value is None:
                continue
            held = state.heap.get(option.key) if isinstance(option, Ref) else None
            if not isinstance(held, DictObject):
                complete = False
                continue
            for key, entry in held.entries.items():
                if len(alternatives) == 1 and entry.certain:
                    entries[key] = entry
                elif key in entries:
                    merged = choice((entries[key].value, entry.value))
                    entries[key] = Entry(merged, entry.place, entries[key].certain)
                else:
                    entries[key] = replace(entry, certain=False)
            complete = complete and held.complete
        if not complete:
            for key, entry in entries.items():
                entries[key] = Entry(choice((entry.value, UNKNOWN)), entry.place, entry.certain)
        return complete

    def sequence(self, node: cst.List | cst.Tuple | cst.Set, state: State, frame: Frame) -> Value:
        items: list[Item] = []
        for element in node.elements:
            value = self.evaluate(element.value, state, frame)
            items.extend(
                self.items_of(value, state) if isinstance(element, cst.StarredElement) else (Item(value),)
            )
        unordered = "a set" if isinstance(node, cst.Set) and len(node.elements) > 1 else ""
        return self.allocate(ListObject(tuple(items), self.source.place(node), unordered), state)

    def items_of(self, value: Value, state: State) -> tuple[Item, ...]:
        """What `*value` gives."""
        held = state.heap.get(value.key) if isinstance(value, Ref) else None
        if isinstance(held, ListObject):
            return held.items
        if isinstance(value, Choice):
            several = [item for option in value.options for item in self.items_of(option, state)]
            return tuple(Item(item.value, certain=False, rest=item.rest) for item in several)
        held_by = value if isinstance(value, Volatile) else UNKNOWN
        return (Item(held_by, certain=False, rest=True),)

    # Subscripts, and what binds names

    def subscript(self, node: cst.Subscript, state: State, frame: Frame) -> Value:
        receiver = self.evaluate(node.value, state, frame)
        part = node.slice[0].slice
        if isinstance(part, cst.Slice):
            return choice([self.sliced(option, part, node, state, frame) for option in options(receiver)])
        key = self.evaluate(part.value, state, frame) if isinstance(part, cst.Index) else UNKNOWN
        if not isinstance(receiver, Choice):
            return self.item_of(receiver, key, state)
        return choice([self.item_of(option, key, state) for option in receiver.options])

    def item_of(self, receiver: Value, key: Value, state: State) -> Value:
        """`receiver[key]`."""
        if isinstance(receiver, Volatile):
            return receiver
        if isinstance(receiver, Unknown):
            index = key.value if isinstance(key, Scalar) else known_text(key)
            return part_of(receiver, f"[{'' if index is None else index}]")
        if receiver == Dotted("os.environ"):
            return Unknown(because=f"the environment variable {known_text(key) or 'that it reads'}")
        held = state.heap.get(receiver.key) if isinstance(receiver, Ref) else None
        if isinstance(held, DictObject):
            text = known_text(key)
            if text is None and held.complete and held.entries:
                return choice([*(entry.value for entry in held.entries.values()), UNKNOWN])
            entry = held.entries.get(text) if text is not None else None
            if entry is None:
                return UNKNOWN
            return entry.value if held.complete and entry.certain else choice((entry.value, UNKNOWN))
        if isinstance(held, ListObject):
            index = key.value if isinstance(key, Scalar) else None
            if isinstance(index, int):
                held = self.last_apart(receiver, held, state) if index == -1 else held
                found = indexed(held, index)
                return UNKNOWN if found is None else held.items[found].value
        return UNKNOWN

    def last_apart(self, receiver: Value, held: ListObject, state: State) -> ListObject:
        """The list, in which the last of any number of dicts like it stands apart from those before."""
        last = held.items[-1] if held.items else None
        made = state.heap.get(last.value.key) if last and last.rest and isinstance(last.value, Ref) else None
        if not isinstance(made, DictObject) or not isinstance(receiver, Ref):
            return held
        split = replace(held, items=(*held.items, Item(self.allocate(made, state))))
        state.heap[receiver.key] = split
        return split

    def sliced(
        self, receiver: Value, part: cst.Slice, node: cst.Subscript, state: State, frame: Frame
    ) -> Value:
        end = self.evaluate(part.upper, state, frame) if part.upper else None
        if isinstance(receiver, Text) and part.lower is None:
            return truncated(
                receiver, end.value if isinstance(end, Scalar) and isinstance(end.value, int) else None
            )
        if isinstance(receiver, Volatile):
            return receiver
        if isinstance(receiver, Unknown):
            return Unknown(loops=receiver.loops)
        held = state.heap.get(receiver.key) if isinstance(receiver, Ref) else None
        if isinstance(held, ListObject):
            whole = part.lower is None and part.upper is None
            items = (
                held.items if whole else tuple(Item(i.value, certain=False, rest=i.rest) for i in held.items)
            )
            return self.allocate(ListObject(items, self.source.place(node)), state)
        return UNKNOWN

    def awaited(self, node: cst.Await, state: State, frame: Frame) -> Value:
        return self.evaluate(node.expression, state, frame)

    def yielded(self, node: cst.Yield, state: State, frame: Frame) -> Value:
        if node.value is None:
            return UNKNOWN
        several = isinstance(node.value, cst.From)
        value = self.evaluate(
            node.value.item if isinstance(node.value, cst.From) else node.value, state, frame
        )
        many = len(frame.loops) > frame.inherited
        for item in self.items_of(value, state) if several else (Item(value),):
            made = Item(item.value, certain=False, rest=many or item.rest)
            if made not in frame.yielded and len(frame.yielded) < MOST_YIELDED:
                frame.yielded.append(made)
        return UNKNOWN

    def named(self, node: cst.NamedExpr, state: State, frame: Frame) -> Value:
        value = self.evaluate(node.value, state, frame)
        if isinstance(node.target, cst.Name):
            state.names[node.target.value] = value
        return value

    def lambda_(self, node: cst.Lambda, state: State, frame: Frame) -> Value:
        return Function(
            node, f"{frame.name}.<lambda>".lstrip("."), (state.names, *frame.outers), frame.this, frame.owner
        )

    def comprehension(self, node: Any, state: State, frame: Frame) -> Value:
        """The value of a comprehension; see `comprehensions`."""
        raise NotImplementedError


def indexed(held: ListObject, index: int) -> int | None:
    """The position in `held.items` of `held[index]`, or `None` when items of unknown number stand before it."""
    count = len(held.items)
    position = index if index >= 0 else count + index
    if not 0 <= position < count:
        return None
    passed = held.items[: position + 1] if index >= 0 else held.items[position:]
    return position if all(item.certain and not item.rest for item in passed) else None
