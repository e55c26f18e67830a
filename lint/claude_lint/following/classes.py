"""Follows the classes of a file: what an instance's attributes are, its methods and properties.

An attribute that only `__init__` and the class body set is what they set; one that other methods set too can be
something else at any time.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import libcst as cst

from claude_lint.following.calls import FOREIGN_ROOTS, client_class, client_in_annotation
from claude_lint.following.commandline import option
from claude_lint.following.invoke import Calls
from claude_lint.following.resolve import FILE, indexed
from claude_lint.following.scope import Frame, State
from claude_lint.following.segments import lowered
from claude_lint.following.stability import REQUEST_TYPES
from claude_lint.following.values import (
    UNKNOWN,
    Class,
    Client,
    DictObject,
    Dotted,
    Entry,
    FilePath,
    Function,
    InstanceObject,
    Item,
    ListObject,
    Ref,
    Scalar,
    Text,
    Unknown,
    Value,
    choice,
    options,
)
from claude_lint.following.writers import (
    Renewal,
    Writer,
    Writes,
    renewed,
    writes_of,
    written_elsewhere,
)
from claude_lint.request import PARAMETER, Stability

if TYPE_CHECKING:
    from collections.abc import Mapping

    from claude_lint.following.heap import Heap
    from claude_lint.following.methods import Given
    from claude_lint.following.project import Project
    from claude_lint.following.survey import Survey
    from claude_lint.reading.source import Source

MAX_BASES: Final = 6
"""How many classes up the bases of one are followed."""

FIELD_BASES: Final = frozenset({"BaseModel", "BaseSettings", "NamedTuple", "Struct", "TypedDict", "Protocol"})
SETTINGS_BASE: Final = "BaseSettings"
"""What lets the environment override the defaults of a class. Source: the documentation of pydantic-settings."""

FIELD_DECORATORS: Final = frozenset({"dataclass", "define", "attrs", "frozen", "s"})
"""What makes annotated names of a class body parameters of its constructor."""

DUMPING: Final = frozenset({"model_dump", "_asdict"})
"""Methods that give the fields of an instance as a dict."""

PROPERTIES: Final = frozenset({"property", "cached_property"})


class Classes(Calls):
    """Evaluates classes and instances."""

    def __init__(self, source: Source, project: Project, survey: Survey | None = None) -> None:
        super().__init__(source, project, survey)
        self.lineages: dict[int, tuple[Class, ...]] = {}
        self.written_by: dict[int, Writes] = {}
        self.settling = False
        """Whether what writers set is followed. It is where a request needs it."""

        self.set_later = False
        """Whether an attribute was read that a writer sets."""

        self.writing = False
        self.bodies: dict[int, tuple[Class, State]] = {}

    def instance(self, owner: Class, given: Given | None, state: State, frame: Frame) -> Value:
        """A new instance; of any call when `given` is `None`: its parameters are their defaults or unknown."""
        ref = self.allocate(InstanceObject(owner, {}, built=False), state)
        self.build(ref, owner, given, state, frame)
        return ref

    def build(self, ref: Ref, owner: Class, given: Given | None, state: State, frame: Frame) -> None:
        """Find the attributes of an instance."""
        state.heap[ref.key] = InstanceObject(owner, {})
        fielded = is_fielded(owner.node)
        if frame.depth < 4 and not self.running(owner.node):
            self.active.append(owner.node)
            try:
                for base in self.lineage(owner):
                    self.class_body(base, ref, given, fielded, state, frame)
                self.initialise(owner, ref, given, state, frame)
            finally:
                self.active.pop()
        held = state.heap[ref.key]
        assert isinstance(held, InstanceObject)
        writes = self.writes(owner)
        settled: dict[str, Value] = {}
        for name, value in held.attributes.items():
            once = lowered(value, Stability.PER_SESSION)
            settled[name] = choice((once, Unknown(origin=f"self.{name}"))) if name in writes.changed else once
            for one in options(value) if name in writes.grown else ():
                if isinstance(one, Ref):
                    self.loosen(one, name, writes, state)
        set_later = frozenset(writes.writers) if given is None else frozenset()
        state.heap[ref.key] = InstanceObject(owner, settled, open=set_later)

    def built(self, ref: Ref, held: InstanceObject, state: State, frame: Frame) -> InstanceObject:
        """The instance with its attributes."""
        if not held.built:
            self.build(ref, held.owner, None, state, frame)
        built = state.heap[ref.key]
        assert isinstance(built, InstanceObject)
        return built

    def method(
        self, receiver: Value, name: str, given: Given, node: cst.Call, state: State, frame: Frame
    ) -> Value | None:
        if name in DUMPING and isinstance(receiver, Ref):
            dumped = self.dumped(receiver, given, node, state, frame)
            if dumped is not None:
                return dumped
        return super().method(receiver, name, given, node, state, frame)

    def dumped(self, ref: Ref, given: Given, node: cst.Call, state: State, frame: Frame) -> Value | None:
        """The dict of the fields of an instance, or `None` for what has no fields."""
        held = state.heap.get(ref.key)
        if not isinstance(held, InstanceObject):
            return None
        lineage = self.lineage(held.owner)
        if not any(is_fielded(one.node) for one in lineage) or self.find_method(held.owner, "model_dump"):
            return None
        held = self.built(ref, held, state, frame)
        named = {keyword: value for keyword, value, _ in given}
        fields = [
            one.target.value
            for owner in lineage
            for one in annotated(owner.node)
            if isinstance(one.target, cst.Name)
        ]
        entries: dict[str, Entry] = {}
        place = self.source.place(node)
        for name in fields:
            values = options(held.attributes.get(name, UNKNOWN))
            nones = [one for one in values if isinstance(one, Scalar) and one.value is None]
            left_out = "exclude_none" in named and nones
            kept = [one for one in values if one not in nones] if left_out else list(values)
            if kept:
                entries[name] = Entry(choice(kept), place, certain=not left_out)
        bases = set().union(*(base_names(one.node) for one in lineage))
        known = set(named) <= {"exclude_none"} and bases <= FIELD_BASES | {
            one.node.name.value for one in lineage
        }
        return self.allocate(DictObject(entries, place, complete=known), state)

    def loosen(self, ref: Ref, name: str, writes: Writes, state: State) -> None:
        """Other methods change this object, of the attribute `name`: it may hold more than what is known, and other."""
        held = state.heap.get(ref.key)
        if isinstance(held, ListObject):
            kept = tuple(
                Item(
                    choice((item.value, UNKNOWN)) if writes.touch(name, index) else item.value,
                    item.certain and name not in writes.moved,
                    item.rest,
                )
                for index, item in enumerate(held.items)
            )
            state.heap[ref.key] = ListObject((*kept, Item(UNKNOWN, certain=False, rest=True)), held.place)
        elif isinstance(held, DictObject):
            state.heap[ref.key] = DictObject(held.entries, held.place, complete=False)

    def lineage(self, owner: Class) -> tuple[Class, ...]:
        """The bases of a class that are in the project, farthest first, then the class, each once."""
        known = self.lineages.get(id(owner.node))
        if known is not None:
            return known
        chain, level = [owner], [owner]
        for _ in range(MAX_BASES):
            bases = [base for one in level for base in self.bases(one)]
            level = [base for base in dict.fromkeys(bases) if base not in chain]
            chain[:0] = reversed(level)
        self.lineages[id(owner.node)] = tuple(chain)
        return tuple(chain)

    def bases(self, owner: Class) -> list[Class]:
        """The classes of the project that a class names as its bases."""
        frame = Frame(owner.name, owner.outers, module=True)
        found: list[Value] = []
        for arg in owner.node.bases:
            target = arg.value.value if isinstance(arg.value, cst.Subscript) else arg.value
            if arg.keyword is None and isinstance(target, (cst.Name, cst.Attribute)):
                found.extend(options(self.evaluate(target, self.blank(), frame)))
        return [one for one in found if isinstance(one, Class)]

    def class_body(
        self, owner: Class, ref: Ref, given: Given | None, fielded: bool, state: State, frame: Frame
    ) -> None:
        inner = State({}, state.heap)
        around = Frame(owner.name, owner.outers, module=True, depth=frame.depth + 1)
        self.block(plain_body(owner.node), inner, around)
        state.heap = inner.heap
        bound = {keyword: value for keyword, value, _ in given or () if keyword not in {"", "*", "**"}}
        positional = [value for keyword, value, _ in given or () if not keyword]
        if fielded and positional:
            fields = [one.target.value for one in annotated(owner.node) if isinstance(one.target, cst.Name)]
            bound |= dict(zip(fields, positional, strict=False))
        held = state.heap[ref.key]
        assert isinstance(held, InstanceObject)
        settings = SETTINGS_BASE in base_names(held.owner.node)
        attributes = dict(held.attributes)
        for name, default in inner.names.items():
            if fielded and name in bound:
                attributes[name] = bound[name]
            elif fielded and given is None:
                attributes[name] = choice(
                    (default, Unknown(because=f"the field {name}", origin=f"self.{name}"))
                )
            elif settings and isinstance(default, (Text, Scalar)):
                because = f"the environment variable {name.upper()} of the settings"
                attributes[name] = choice((default, Unknown(because=because, origin=f"self.{name}")))
            else:
                attributes[name] = default
        if fielded:
            attributes |= {name: value for name, value in bound.items() if name not in attributes}
        state.heap[ref.key] = replace(held, attributes=attributes)

    def initialise(self, owner: Class, ref: Ref, given: Given | None, state: State, frame: Frame) -> None:
        for name in ("__init__", "__post_init__"):
            method = self.find_method(owner, name)
            if method is None:
                continue
            arguments = given if name == "__init__" and given is not None else ()
            function = Function(method[0], f"{owner.name}.{name}", owner.outers, ref, method[1])
            if given is None and name == "__init__":
                inner = self.enter(
                    function, state, Frame(function.name, owner.outers, depth=frame.depth + 1, this=ref)
                )
                state.heap = inner.heap
            else:
                self.invoke(function, arguments, owner.node, state, frame)

    def enter(self, function: Function, state: State, frame: Frame) -> State:
        """Follow a function for any caller: its parameters are unknown, or their default or unknown."""
        inner = State({}, state.heap)
        self.bind_any(function, inner, frame)
        self.active.append(function.node)
        try:
            self.block(function.node.body.body, inner, frame)
        finally:
            self.active.pop()
        return inner

    def bind_any(self, function: Function, inner: State, frame: Frame) -> None:
        self.note_options(function)
        parameters = function.node.params
        ordered = [*parameters.posonly_params, *parameters.params, *parameters.kwonly_params]
        if function.this is not None and ordered and not self.is_static(function):
            inner.names[ordered.pop(0).name.value] = function.this
        for parameter in ordered:
            name = parameter.name.value
            typed = self.annotated_value(parameter, inner, frame)
            if typed is not None:
                inner.names[name] = typed
                continue
            other = Unknown(because=f"{PARAMETER}{name}", origin=name, given=self.reading())
            if parameter.default is None:
                command = self.commands.get(id(parameter))
                inner.names[name] = (
                    other
                    if command is None
                    else option(name, self.evaluate(command, State({}, inner.heap), frame))
                )
                continue
            module = Frame(frame.name, frame.outers, module=True)
            inner.names[name] = choice(
                (self.evaluate(parameter.default, State({}, inner.heap), module), other)
            )
        place = self.source.place(function.node)
        if isinstance(parameters.star_arg, cst.Param):
            rest = ListObject((Item(UNKNOWN, certain=False, rest=True),), place)
            inner.names[parameters.star_arg.name.value] = self.allocate(rest, inner)
        if parameters.star_kwarg is not None:
            loose = DictObject({}, place, complete=False)
            inner.names[parameters.star_kwarg.name.value] = self.allocate(loose, inner)

    def annotated_value(self, parameter: cst.Param, state: State, frame: Frame) -> Value | None:
        """A client, or an instance of a class of the file, as the annotation of a parameter says."""
        if parameter.annotation is None:
            return None
        return self.typed(parameter.annotation.annotation, state, frame)

    def typed(self, annotation: cst.BaseExpression, state: State, frame: Frame) -> Value | None:
        """The value that the annotation stands for, or `None` when it says nothing of use."""
        if isinstance(annotation, cst.SimpleString):
            kind = client_in_annotation(annotation.value)
            return Client(kind) if kind else None
        if isinstance(annotation, cst.BinaryOperation):
            sides = (self.typed(side, state, frame) for side in (annotation.left, annotation.right))
            return next((side for side in sides if side is not None), None)
        if isinstance(annotation, cst.Subscript):
            parts = (element.slice for element in annotation.slice)
            inner = (self.typed(part.value, state, frame) for part in parts if isinstance(part, cst.Index))
            return next((value for value in inner if value is not None), None)
        value = self.evaluate(annotation, state, frame)
        if isinstance(value, Dotted):
            if value.name in REQUEST_TYPES:
                return value
            kind = client_class(value.name)
            return Client(kind) if kind else self.foreign(value)
        if isinstance(value, Class):
            return self.allocate(InstanceObject(value, {}, built=False), state)
        return None

    def foreign(self, value: Dotted) -> Value | None:
        """Something that an annotation says is not a client."""
        return Unknown(origin=value.name) if value.name.split(".")[0] in FOREIGN_ROOTS else None

    def find_method(self, owner: Class, name: str) -> tuple[Any, Class] | None:
        """The definition of a method, from the class itself up to its bases."""
        for one in reversed(self.lineage(owner)):
            for statement in one.node.body.body:
                if isinstance(statement, cst.FunctionDef) and statement.name.value == name:
                    return statement, one
        return None

    def attribute_of_class(self, owner: Class, name: str, state: State, frame: Frame) -> Value:
        for one in reversed(self.lineage(owner)):
            names, heap = self.body_of(one, frame)
            if name in names:
                for key, held in heap.items():
                    if key not in state.heap:
                        state.heap[key] = held
                return lowered(names[name], Stability.IMPORT_TIME)
        method = self.find_method(owner, name)
        if method is None:
            return Unknown(origin=f"{owner.name}.{name}")
        bound = any(decorator_name(one) == "classmethod" for one in method[0].decorators)
        return Function(
            method[0], f"{owner.name}.{name}", method[1].outers, owner if bound else None, method[1]
        )

    def body_of(self, owner: Class, frame: Frame) -> tuple[Mapping[str, Value], Heap]:
        """The names that the body of a class sets, and the objects behind them."""
        known = self.bodies.get(id(owner.node))
        if known is None:
            state = self.blank()
            known = self.bodies[id(owner.node)] = (owner, state)
            self.block(
                plain_body(owner.node),
                state,
                Frame(owner.name, owner.outers, depth=frame.depth + 1, module=True),
            )
        return known[1].names, known[1].heap

    def attribute_of_instance(
        self, ref: Ref, held: InstanceObject, name: str, state: State, frame: Frame
    ) -> Value:
        held = self.built(ref, held, state, frame)
        if name in held.open and self.writes(held.owner).sole(name) is not None:
            self.set_later = True
            if self.settling:
                return self.written(ref, held, name, state, frame)
        if name in held.attributes:
            return held.attributes[name]
        method = self.find_method(held.owner, name)
        if method is None:
            return self.attribute_of_unknown(Unknown(origin="self"), name)
        function = Function(method[0], f"{held.owner.name}.{name}", method[1].outers, ref, method[1])
        if any(decorator_name(one) in PROPERTIES for one in method[0].decorators):
            return self.invoke(function, (), method[0], state, frame)
        if any(decorator_name(one) == "classmethod" for one in method[0].decorators):
            return Function(method[0], function.name, function.outers, ref, method[1])
        return function

    def written(self, ref: Ref, held: InstanceObject, name: str, state: State, frame: Frame) -> Value:
        """An attribute that a method may have set since the instance was made: as it was made, or as that method sets
        it. Of one that is set elsewhere too only the former is told.
        """
        made = held.attributes.get(name, Unknown(origin=f"self.{name}"))
        writer = self.writes(held.owner).sole(name)
        if self.writing or writer is None or self.running(writer.method):
            return made
        method = self.find_method(held.owner, writer.method.name.value)
        if method is None or method[0] is not writer.method or self.set_elsewhere(name, method[1]):
            return made
        self.writing = True
        try:
            value = self.as_written(ref, writer, method[1], name, made, state, frame)
        finally:
            self.writing = False
        held = state.heap[ref.key]
        assert isinstance(held, InstanceObject)
        attributes = {**held.attributes, name: value}
        state.heap[ref.key] = replace(held, attributes=attributes, open=held.open - {name})
        return value

    def as_written(
        self, ref: Ref, writer: Writer, owner: Class, name: str, made: Value, state: State, frame: Frame
    ) -> Value:
        """The attribute `name`, which is `made` at first, before or after its writer ran for any caller."""
        by = Renewal(writer.method.name.value, self.source.place(writer.target), self.reading())
        function = Function(writer.method, f"{owner.name}.{by.by}", owner.outers, ref, owner)
        called = Frame(function.name, function.outers, depth=frame.depth + 1, this=ref, owner=owner)
        inner = self.enter(function, state.fork(), called)
        end = State({}, state.heap, live=False)
        end.become(*(State({}, one.heap) for _, one in called.returned), inner)
        held = end.heap.get(ref.key) if end.live else None
        if not isinstance(held, InstanceObject):
            return made
        for key, one in end.heap.items():
            if key not in state.heap:
                state.heap[key] = one
        after = held.attributes.get(name, UNKNOWN)
        if writer.index is None:
            return choice((made, lowered(after, Stability.PER_SESSION), Unknown(origin=f"self.{name}")))
        several: list[Value] = []
        for one in options(made):
            before = state.heap.get(one.key) if isinstance(one, Ref) else None
            then = end.heap.get(one.key) if isinstance(one, Ref) else None
            if isinstance(before, ListObject) and isinstance(then, ListObject):
                place, other = indexed(before, writer.index), indexed(then, writer.index)
                items = list(before.items)
                if place is not None and other is not None:
                    value = renewed(then.items[other].value, by, state.heap)
                    items[place] = replace(items[place], value=choice((items[place].value, value)))
                several.append(self.allocate(replace(before, items=tuple(items)), state))
            else:
                several.append(one)
        return choice(several)

    def set_elsewhere(self, name: str, owner: Class) -> bool:
        """Whether the file of a class, or the file that is analysed, sets an attribute of an instance from outside."""
        held = owner.outers[-1].get(FILE)
        texts = [cell.text for cell in self.source.cells]
        if isinstance(held, FilePath) and held.path != self.source.path:
            texts.append(self.project.text(held.path) or "")
        return written_elsewhere(name, texts)

    def writes(self, owner: Class) -> Writes:
        """What methods other than the initialisers do to the attributes of an instance."""
        known = self.written_by.get(id(owner.node))
        if known is None:
            nodes = tuple(base.node for base in self.lineage(owner))
            known = self.project.writes.get(nodes)
            if known is None:
                bodies = (method for node in nodes for method in node.body.body)
                known = writes_of([one for one in bodies if isinstance(one, cst.FunctionDef)])
                self.project.writes[nodes] = known
            self.written_by[id(owner.node)] = known
        return known


def plain_body(node: cst.ClassDef) -> list[cst.CSTNode]:
    """The statements of a class body, without definitions."""
    return [one for one in node.body.body if not isinstance(one, (cst.FunctionDef, cst.ClassDef))]


def annotated(node: cst.ClassDef) -> list[cst.AnnAssign]:
    """The annotated names of a class body, in order."""
    return [
        small
        for line in node.body.body
        if isinstance(line, cst.SimpleStatementLine)
        for small in line.body
        if isinstance(small, cst.AnnAssign)
    ]


def decorator_name(decorator: cst.Decorator) -> str:
    """The last name of a decorator: `dataclass` for `@dataclasses.dataclass(frozen=True)`."""
    target = decorator.decorator
    target = target.func if isinstance(target, cst.Call) else target
    if isinstance(target, cst.Attribute):
        return target.attr.value
    return target.value if isinstance(target, cst.Name) else ""


def base_names(node: cst.ClassDef) -> set[str]:
    """The last names of the bases of a class."""
    return {
        arg.value.attr.value if isinstance(arg.value, cst.Attribute) else getattr(arg.value, "value", "")
        for arg in node.bases
    }


def is_fielded(node: cst.ClassDef) -> bool:
    """Whether the annotated names of the class are parameters of its constructor."""
    return bool(base_names(node) & FIELD_BASES) or any(
        decorator_name(one) in FIELD_DECORATORS for one in node.decorators
    )
