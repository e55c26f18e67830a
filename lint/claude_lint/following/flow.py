"""Follows statements: assignments, branches and loops.

The two sides of a branch are followed apart and joined. The body of a loop is followed twice, the second time from
what is known where the first turn and the start meet, so that a call in a loop sees what earlier turns appended.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import libcst as cst

from claude_lint.following.operators import is_instance, truth_of
from claude_lint.following.segments import known_text, order_mark, written
from claude_lint.following.targets import Targets, words_of
from claude_lint.following.values import (
    UNKNOWN,
    Choice,
    Class,
    Client,
    DictObject,
    Entry,
    Function,
    Item,
    ListObject,
    OpenFile,
    Ref,
    Scalar,
    Text,
    Unknown,
    Value,
    choice,
)
from claude_lint.reading.walk import descendants

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from claude_lint.following.project import Project
    from claude_lint.following.scope import Frame, State
    from claude_lint.following.survey import Survey
    from claude_lint.reading.source import Source

DEEP_LOOPS: Final = 3
"""Loops nested deeper are followed once."""


RETRY_NAMES: Final = frozenset(
    {"attempt", "_attempt", "attempts", "retry", "_retry", "retries", "tries", "try_"}
)
"""What the target of a loop is called that repeats a call only after it failed: such a loop is none for a request."""


class Statements(Targets):
    """Follows statements."""

    def __init__(self, source: Source, project: Project, survey: Survey | None = None) -> None:
        super().__init__(source, project, survey)
        self.marking: dict[int, bool] = {}
        self.followers: dict[type[cst.CSTNode], Callable[[Any, State, Frame], None]] = {
            cst.SimpleStatementLine: self.line,
            cst.If: self.if_,
            cst.For: self.loop,
            cst.While: self.loop,
            cst.With: self.with_,
            cst.Try: self.try_,
            cst.TryStar: self.try_,
            cst.FunctionDef: self.function,
            cst.ClassDef: self.class_,
            cst.Match: self.match,
            cst.Assign: self.assignment,
            cst.AnnAssign: self.annotated_assignment,
            cst.AugAssign: self.augmented,
            cst.Expr: self.expression,
            cst.Return: self.return_,
            cst.Raise: self.raise_,
            cst.Import: self.import_,
            cst.ImportFrom: self.import_from,
            cst.Global: self.declaration,
            cst.Nonlocal: self.declaration,
            cst.Del: self.delete,
        }

    def block(self, body: Sequence[cst.CSTNode], state: State, frame: Frame) -> None:
        for statement in body:
            if not state.live:
                return
            self.statement(statement, state, frame)

    def body(self, suite: cst.BaseSuite, state: State, frame: Frame) -> None:
        self.block(suite.body, state, frame)

    def statement(self, node: cst.CSTNode, state: State, frame: Frame) -> None:
        follow = self.followers.get(type(node))
        if follow is not None:
            follow(node, state, frame)

    def line(self, node: cst.SimpleStatementLine, state: State, frame: Frame) -> None:
        for small in node.body:
            if state.live:
                self.statement(small, state, frame)

    def function(self, node: cst.FunctionDef, state: State, frame: Frame) -> None:
        name = f"{frame.name}.{node.name.value}".lstrip(".")
        outers = frame.outers if frame.module else (state.names, *frame.outers)
        state.names[node.name.value] = Function(node, name, outers)

    def class_(self, node: cst.ClassDef, state: State, frame: Frame) -> None:
        outers = frame.outers if frame.module else (state.names, *frame.outers)
        state.names[node.name.value] = Class(node, f"{frame.name}.{node.name.value}".lstrip("."), outers)

    def assignment(self, node: cst.Assign, state: State, frame: Frame) -> None:
        frame.around = tuple(word for target in node.targets for word in words_of(target.target))
        value = self.evaluate(node.value, state, frame)
        frame.around = ()
        for target in node.targets:
            self.assign(target.target, value, state, frame)

    def annotated_assignment(self, node: cst.AnnAssign, state: State, frame: Frame) -> None:
        if node.value is not None:
            frame.around = words_of(node.target)
            value = self.evaluate(node.value, state, frame)
            frame.around = ()
            self.assign(node.target, value, state, frame)

    def expression(self, node: cst.Expr, state: State, frame: Frame) -> None:
        self.evaluate(node.value, state, frame)

    def raise_(self, node: cst.Raise, state: State, frame: Frame) -> None:
        del node, frame
        state.live = False

    def declaration(self, node: cst.Global | cst.Nonlocal, state: State, frame: Frame) -> None:
        del state
        frame.globals |= {item.name.value for item in node.names}

    def return_(self, node: cst.Return, state: State, frame: Frame) -> None:
        """What is returned is made once: it leaves the loops of the function."""
        loops, frame.loops = frame.loops, frame.loops[: frame.inherited]
        value = (
            self.evaluate(node.value, state, frame) if node.value else Scalar(None, self.source.place(node))
        )
        frame.loops = loops
        frame.returned.append((value, state.fork()))
        state.live = False

    def import_(self, node: cst.Import, state: State, frame: Frame) -> None:
        """Bind the names of an import; see `imports`."""
        raise NotImplementedError

    def import_from(self, node: cst.ImportFrom, state: State, frame: Frame) -> None:
        """Bind the names of an import; see `imports`."""
        raise NotImplementedError

    # Branches

    def if_(self, node: cst.If, state: State, frame: Frame) -> None:
        truth = truth_of(self.evaluate(node.test, state, frame), state)
        then, other = state.fork(), state.fork()
        then.live, other.live = truth is not False, truth is not True
        self.narrow(node.test, True, then, frame)
        self.narrow(node.test, False, other, frame)
        frame.branches += truth is None
        self.body(node.body, then, frame)
        if isinstance(node.orelse, cst.If):
            if other.live:
                self.if_(node.orelse, other, frame)
        elif node.orelse is not None:
            self.body(node.orelse.body, other, frame)
        frame.branches -= truth is None
        both = truth is None and then.live and other.live and isinstance(node.orelse, cst.Else)
        tested = node.test.expression if isinstance(node.test, cst.UnaryOperation) else node.test
        state.become(then, other)
        if both and isinstance(tested, cst.Name):
            tell_apart(tested.value, then, other, state)

    def narrow(self, test: cst.BaseExpression, outcome: bool, state: State, frame: Frame) -> None:
        """What is known on the side of a branch where `test` came out as `outcome`."""
        if not state.live:
            return
        if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
            self.narrow(test.expression, not outcome, state, frame)
        elif isinstance(test, cst.Name):
            self.keep(test.value, lambda option: truth_of(option, state) in {outcome, None}, state)
        elif isinstance(test, cst.Call):
            self.narrow_instance(test, outcome, state, frame)
        elif isinstance(test, cst.Comparison) and len(test.comparisons) == 1:
            self.narrow_comparison(test, outcome, state, frame)
        elif isinstance(test, cst.BooleanOperation) and isinstance(
            test.operator, cst.And if outcome else cst.Or
        ):
            self.narrow(test.left, outcome, state, frame)
            self.narrow(test.right, outcome, state, frame)

    def keep(self, name: str, allowed: Any, state: State) -> None:
        value = state.names.get(name)
        if isinstance(value, Choice):
            kept = [option for option in value.options if allowed(option)]
            if kept:
                state.names[name] = choice(kept)

    def narrow_instance(self, test: cst.Call, outcome: bool, state: State, frame: Frame) -> None:
        """Narrow by `isinstance(name, kinds)`."""
        named = isinstance(test.func, cst.Name) and test.func.value == "isinstance" and len(test.args) == 2
        if named and isinstance(test.args[0].value, cst.Name):
            kinds = self.evaluate(test.args[1].value, state, frame)
            self.keep(
                test.args[0].value.value,
                lambda option: is_instance(option, kinds, state) in {outcome, None},
                state,
            )

    def narrow_comparison(self, test: cst.Comparison, outcome: bool, state: State, frame: Frame) -> None:
        target = test.comparisons[0]
        if isinstance(target.operator, (cst.Is, cst.IsNot)) and isinstance(test.left, cst.Name):
            none = outcome == isinstance(target.operator, cst.Is)
            if isinstance(target.comparator, cst.Name) and target.comparator.value == "None":
                self.keep(
                    test.left.value,
                    lambda option: not isinstance(option, Scalar) or (option.value is None) == none,
                    state,
                )
        elif isinstance(target.operator, (cst.In, cst.NotIn)) and outcome == isinstance(
            target.operator, cst.In
        ):
            holder = self.evaluate(target.comparator, state, frame)
            key = known_text(self.evaluate(test.left, state, frame))
            held = state.heap.get(holder.key) if isinstance(holder, Ref) else None
            if isinstance(held, DictObject) and isinstance(holder, Ref) and key is not None:
                before = held.entries.get(key)
                entry = Entry(before.value if before else UNKNOWN, before.place if before else held.place)
                state.heap[holder.key] = DictObject({**held.entries, key: entry}, held.place, held.complete)

    def match(self, node: cst.Match, state: State, frame: Frame) -> None:
        self.evaluate(node.subject, state, frame)
        paths = [state.fork()]
        frame.branches += 1
        for case in node.cases:
            path = state.fork()
            self.body(case.body, path, frame)
            paths.append(path)
        frame.branches -= 1
        state.become(*paths)

    def loop(self, node: cst.For | cst.While, state: State, frame: Frame) -> None:
        loops = frame.loops
        retries = isinstance(node, cst.For) and bool(RETRY_NAMES.intersection(words_of(node.target)))
        frame.loops = loops if retries else (*loops, self.source.place(node))
        iterated = self.evaluate(node.iter, state, frame) if isinstance(node, cst.For) else None
        if isinstance(iterated, Unknown) and isinstance(node, cst.For) and self.marks_items(node):
            one = Item(self.allocate(self.blank_dict(node.iter), state), certain=False, rest=True)
            iterated = self.opened(node.iter, ListObject((one,), self.source.place(node.iter)), state, frame)
        start = state.fork()
        for _ in range(1 if retries or len(frame.loops) > DEEP_LOOPS else 2):
            turn = state.fork()
            if isinstance(node, cst.For):
                self.bind_loop(node.target, iterated or UNKNOWN, turn, frame)
            else:
                self.evaluate(node.test, turn, frame)
            self.body(node.body, turn, frame)
            state.become(start, turn)
            if not retries:
                repeat_additions(start, turn, state)
            if iterated is not None and turn.live:
                settle_items(iterated, node, turn, state)
        if iterated is not None:
            lose_order(iterated, node, start, state)
        frame.loops = loops
        if node.orelse is not None:
            self.body(node.orelse.body, state, frame)

    def marks_items(self, node: cst.For) -> bool:
        """Whether each turn of a loop sets a breakpoint: then it goes over dicts."""
        known = self.marking.get(id(node))
        if known is None:
            known = self.marking[id(node)] = not leaves_turns(node) and any(
                isinstance(one, cst.AssignTarget) and sets_breakpoint(one.target)
                for one in descendants(node.body)
            )
        return known

    def with_(self, node: cst.With, state: State, frame: Frame) -> None:
        for item in node.items:
            value = self.evaluate(item.item, state, frame)
            if item.asname is not None:
                passed = (
                    value
                    if isinstance(value, (Client, Ref, Choice, OpenFile))
                    else Unknown(origin=getattr(value, "origin", ""), loops=getattr(value, "loops", ()))
                )
                self.assign(item.asname.name, passed, state, frame)
        self.body(node.body, state, frame)

    def try_(self, node: cst.Try | cst.TryStar, state: State, frame: Frame) -> None:
        start = state.fork()
        self.body(node.body, state, frame)
        if node.orelse is not None:
            self.body(node.orelse.body, state, frame)
        paths = [state.fork()]
        for handler in node.handlers:
            path = start.fork()
            path.become(start, paths[0])
            path.live, path.sent = start.live, start.sent
            frame.branches += 1
            self.body(handler.body, path, frame)
            frame.branches -= 1
            paths.append(path)
        state.become(*paths)
        if node.finalbody is not None:
            live = state.live
            state.live = True
            self.body(node.finalbody.body, state, frame)
            state.live = state.live and live


def tell_apart(name: str, then: State, other: State, state: State) -> None:
    """Note on which name the keys of a dict depend of which each side of a branch sets some."""
    for key, held in tuple(state.heap.own.items()):
        one, two = then.heap.get(key), other.heap.get(key)
        if not all(isinstance(each, DictObject) and each.complete for each in (one, two, held)):
            continue
        sides = one.entries.keys() - two.entries.keys(), two.entries.keys() - one.entries.keys()
        if all(sides):
            entries = {
                word: replace(entry, unless=name) if word in sides[0] | sides[1] else entry
                for word, entry in held.entries.items()
            }
            state.heap[key] = replace(held, entries=entries)


def repeat_additions(start: State, turn: State, state: State) -> None:
    """What each turn of a loop adds to a list stands for what any number of turns add."""
    for key, held in tuple(state.heap.own.items()):
        before, after = start.heap.get(key), turn.heap.get(key)
        if all(isinstance(one, ListObject) for one in (before, after, held)):
            kept = len(before.items)
            added = [item.value for item in after.items[kept:] if item.certain]
            items: dict[object, Item] = {}
            for item in held.items[kept:]:
                made = state.heap.get(item.value.key) if isinstance(item.value, Ref) else None
                same = made.place if isinstance(made, (DictObject, ListObject)) else item.value
                items[same] = replace(item, rest=True) if item.value in added else item
            state.heap[key] = replace(held, items=(*held.items[:kept], *items.values()))


def settle_items(iterated: Value, node: cst.For | cst.While, turn: State, state: State) -> None:
    """What a loop sets in each item of a list is set in every item that there is."""
    held = state.heap.get(iterated.key) if isinstance(iterated, Ref) else None
    keys = (
        [item.value.key for item in held.items if isinstance(item.value, Ref)]
        if isinstance(held, ListObject)
        else []
    )
    changed = {key: made for key in keys if isinstance(made := turn.heap.get(key), DictObject)}
    different = {key: made for key, made in changed.items() if made is not state.heap.get(key)}
    if different and not leaves_turns(node):
        for key, made in different.items():
            state.heap[key] = made


def lose_order(iterated: Value, node: cst.For | cst.While, start: State, state: State) -> None:
    """What a loop over something without an order of its own adds to a list or a text has none either."""
    over = state.heap.get(iterated.key) if isinstance(iterated, Ref) else None
    if not isinstance(over, ListObject) or not over.unordered:
        return
    if any(isinstance(one, (cst.Break, cst.Return)) for one in descendants(node.body)):
        return
    for key, held in tuple(state.heap.own.items()):
        before = start.heap.get(key)
        grown = isinstance(held, ListObject) and isinstance(before, ListObject)
        if grown and len(held.items) > len(before.items):
            state.heap[key] = replace(held, place=over.place, unordered=over.unordered)
    for name, value in state.names.items():
        before = start.names.get(name)
        if isinstance(value, Choice) and isinstance(before, Text) and before in value.options:
            longer = (one for one in value.options if isinstance(one, Text) and one is not before)
            grown_to = next(
                (one for one in longer if one.segments[: len(before.segments)] == before.segments), None
            )
            if grown_to is not None:
                added = grown_to.segments[len(before.segments) :]
                state.names[name] = Text((*before.segments, *order_mark(over), *added))


def sets_breakpoint(target: cst.BaseExpression) -> bool:
    """Whether a target is `x["cache_control"]`."""
    part = target.slice[0].slice if isinstance(target, cst.Subscript) else None
    key = part.value if isinstance(part, cst.Index) else None
    return isinstance(key, cst.SimpleString) and written(key) == "cache_control"


def leaves_turns(node: cst.For | cst.While) -> bool:
    """Whether a turn of a loop can end before the end of its body."""
    return any(isinstance(one, (cst.Break, cst.Continue)) for one in descendants(node.body))


def dotted_name(node: cst.CSTNode) -> str:
    """`a.b.c` for a chain of names, else an empty string."""
    if isinstance(node, cst.Name):
        return node.value
    return f"{dotted_name(node.value)}.{node.attr.value}" if isinstance(node, cst.Attribute) else ""
