"""Follows operators: what `+`, `%`, `|`, `or`, `not`, comparisons and conditions give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from claude_lint.following.resolve import Expressions
from claude_lint.following.segments import (
    format_percent,
    joined,
    known_text,
    segments_of,
)
from claude_lint.following.texts import below
from claude_lint.following.values import (
    UNKNOWN,
    Choice,
    Class,
    Client,
    DictObject,
    Dotted,
    Entry,
    FilePath,
    Function,
    ListObject,
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
    from claude_lint.following.project import Project
    from claude_lint.following.scope import Frame, State
    from claude_lint.following.survey import Survey
    from claude_lint.reading.source import Source


KINDS: Final = frozenset({"str", "list", "dict", "int", "float", "bool"})
"""The builtin types that values are told apart by."""


class Operators(Expressions):
    """Evaluates operators."""

    def __init__(self, source: Source, project: Project, survey: Survey | None = None) -> None:
        super().__init__(source, project, survey)
        self.evaluators |= {
            cst.BinaryOperation: self.binary,
            cst.BooleanOperation: self.boolean,
            cst.UnaryOperation: self.unary,
            cst.IfExp: self.conditional,
            cst.Comparison: self.comparison,
        }

    def binary(self, node: cst.BinaryOperation, state: State, frame: Frame) -> Value:
        chain: list[cst.BaseExpression] = []
        left: cst.BaseExpression = node
        if isinstance(node.operator, cst.Add):
            while isinstance(left, cst.BinaryOperation) and isinstance(left.operator, cst.Add):
                chain.append(left.right)
                left = left.left
            value = self.evaluate(left, state, frame)
            for right in reversed(chain):
                value = self.added(value, self.evaluate(right, state, frame), right, state)
            return value
        one, other = self.evaluate(node.left, state, frame), self.evaluate(node.right, state, frame)
        return self.combined(node, one, other, state)

    def combined(self, node: cst.BinaryOperation, one: Value, other: Value, state: State) -> Value:
        place = self.source.place(node)
        if isinstance(node.operator, cst.Divide) and isinstance(one, FilePath):
            return below(one, (other,))
        if isinstance(node.operator, cst.Modulo) and isinstance(one, Text):
            return format_percent(one, other, state.heap, place)
        if isinstance(node.operator, cst.BitOr):
            entries: dict[str, Entry] = {}
            complete = self.spread(entries, one, state)
            complete = self.spread(entries, other, state) and complete
            return self.allocate(DictObject(entries, place, complete), state) if entries else UNKNOWN
        if isinstance(one, Scalar) and isinstance(other, Scalar):
            return self.arithmetic(node, one, other)
        dated = [value for value in (one, other) if isinstance(value, Volatile)]
        same = len(dated) == 1 and isinstance(node.operator, cst.Subtract)
        return dated[0] if same else UNKNOWN

    def arithmetic(self, node: cst.BinaryOperation, one: Scalar, other: Scalar) -> Value:
        left, right = one.value, other.value
        if left is None or right is None or abs(left) > 1e9 or abs(right) > 1e9:
            return UNKNOWN
        place = self.source.place(node)
        if isinstance(node.operator, cst.Multiply):
            return Scalar(left * right, place)
        if isinstance(node.operator, cst.Subtract):
            return Scalar(left - right, place)
        if isinstance(node.operator, cst.FloorDivide) and right:
            return Scalar(left // right, place)
        power = isinstance(node.operator, cst.Power) and isinstance(right, int) and 0 <= right <= 64
        return Scalar(left**right, place) if power and abs(left) <= 1024 else UNKNOWN

    def added(self, left: Value, right: Value, node: cst.CSTNode, state: State) -> Value:
        """`left + right`: texts, lists, numbers, a date and a span."""
        if isinstance(left, Scalar) and isinstance(right, Scalar):
            known = left.value is not None and right.value is not None
            return (
                Scalar((left.value or 0) + (right.value or 0), self.source.place(node)) if known else UNKNOWN
            )
        lists = [state.heap.get(side.key) if isinstance(side, Ref) else None for side in (left, right)]
        if any(isinstance(held, ListObject) for held in lists):
            items = (*self.items_of(left, state), *self.items_of(right, state))
            return self.allocate(ListObject(items, self.source.place(node)), state)
        if isinstance(left, Volatile) and not isinstance(right, Text):
            return left
        if any(isinstance(option, (Text, Volatile)) for side in (left, right) for option in options(side)):
            place = self.source.place(node)
            return joined([segments_of(left, state.heap, place), segments_of(right, state.heap, place)])
        return UNKNOWN

    def boolean(self, node: cst.BooleanOperation, state: State, frame: Frame) -> Value:
        left = self.evaluate(node.left, state, frame)
        right = self.evaluate(node.right, state, frame)
        truth = truth_of(left, state)
        if isinstance(node.operator, cst.Or):
            if truth is not None:
                return left if truth else right
            kept = [option for option in options(left) if truth_of(option, state) is not False]
            return choice([*kept, right])
        if truth is not None:
            return right if truth else left
        return choice([right, UNKNOWN])

    def unary(self, node: cst.UnaryOperation, state: State, frame: Frame) -> Value:
        value = self.evaluate(node.expression, state, frame)
        if isinstance(node.operator, cst.Minus) and isinstance(value, Scalar) and value.value is not None:
            return Scalar(-value.value, self.source.place(node))
        if isinstance(node.operator, cst.Not):
            truth = truth_of(value, state)
            return UNKNOWN if truth is None else Scalar(not truth, self.source.place(node))
        return UNKNOWN

    def comparison(self, node: cst.Comparison, state: State, frame: Frame) -> Value:
        left = self.evaluate(node.left, state, frame)
        rights = [self.evaluate(target.comparator, state, frame) for target in node.comparisons]
        if len(rights) != 1:
            return UNKNOWN
        truth = compared(left, node.comparisons[0].operator, rights[0], state)
        return UNKNOWN if truth is None else Scalar(truth, self.source.place(node))

    def conditional(self, node: cst.IfExp, state: State, frame: Frame) -> Value:
        truth = truth_of(self.evaluate(node.test, state, frame), state)
        if truth is not None:
            return self.evaluate(node.body if truth else node.orelse, state, frame)
        return choice([self.evaluate(node.body, state, frame), self.evaluate(node.orelse, state, frame)])


def truth_of(value: Value, state: State) -> bool | None:
    """Whether a value is true, or `None` when it cannot be told."""
    if isinstance(value, Scalar):
        return bool(value.value)
    if isinstance(value, Text):
        if any(segment.text for segment in value.segments):
            return True
        return False if known_text(value) == "" else None
    if isinstance(value, (Client, Function, Class, Volatile)):
        return True
    if isinstance(value, Choice):
        truths = {truth_of(option, state) for option in value.options}
        return truths.pop() if len(truths) == 1 else None
    held = state.heap.get(value.key) if isinstance(value, Ref) else None
    if isinstance(held, ListObject):
        return True if any(item.certain for item in held.items) else (None if held.items else False)
    if isinstance(held, DictObject):
        return True if any(entry.certain for entry in held.entries.values()) else None
    return None


def is_instance(value: Value, kinds: Value, state: State) -> bool | None:
    """The outcome of `isinstance(value, kinds)` for texts, lists and dicts; `None` when it cannot be told."""
    held = state.heap.get(kinds.key) if isinstance(kinds, Ref) else None
    listed = [item.value for item in held.items] if isinstance(held, ListObject) else [kinds]
    names = {kind.name.removeprefix("builtins.") for kind in listed if isinstance(kind, Dotted)}
    if len(names) != len(listed) or not names <= KINDS:
        return None
    outcomes = {None if (kind := kind_of(one, state)) is None else kind in names for one in options(value)}
    return outcomes.pop() if len(outcomes) == 1 else None


def kind_of(value: Value, state: State) -> str | None:
    """The builtin type of a value where that is sure."""
    if isinstance(value, Text):
        return "str"
    if isinstance(value, Scalar):
        return type(value.value).__name__
    held = state.heap.get(value.key) if isinstance(value, Ref) else None
    if isinstance(held, DictObject):
        return "dict"
    return "list" if isinstance(held, ListObject) else None


def compared(left: Value, operator: cst.BaseCompOp, right: Value, state: State) -> bool | None:
    """The outcome of a comparison that decides what a request holds: `is None`, `in` a dict, equality of constants."""
    negated = isinstance(operator, (cst.IsNot, cst.NotIn, cst.NotEqual))
    outcome: bool | None = None
    if isinstance(operator, (cst.Is, cst.IsNot)) and isinstance(right, Scalar) and right.value is None:
        nones = {is_none(option) for option in options(left)}
        outcome = nones.pop() if len(nones) == 1 else None
    elif isinstance(operator, (cst.In, cst.NotIn)):
        held = state.heap.get(right.key) if isinstance(right, Ref) else None
        key = known_text(left)
        if isinstance(held, DictObject) and key is not None:
            entry = held.entries.get(key)
            certain = entry is not None and entry.certain
            outcome = True if certain else (False if entry is None and held.complete else None)
    elif isinstance(operator, (cst.Equal, cst.NotEqual)):
        one, other = known_text(left), known_text(right)
        if one is not None and other is not None:
            outcome = one == other
    return None if outcome is None else outcome is not negated


def is_none(value: Value) -> bool | None:
    """Whether a value is None, or `None` when it cannot be told."""
    if isinstance(value, Scalar):
        return value.value is None
    return None if isinstance(value, (Unknown, Dotted)) else False
