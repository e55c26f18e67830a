"""Follows what sets names, attributes and items: assignments, `+=`, `del`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from claude_lint.findings import Step
from claude_lint.following.classes import Classes
from claude_lint.following.methods import set_entry
from claude_lint.following.resolve import indexed
from claude_lint.following.segments import known_text
from claude_lint.following.values import (
    UNKNOWN,
    DictObject,
    InstanceObject,
    Item,
    ListObject,
    Object,
    Ref,
    Scalar,
    Unknown,
    Value,
    Volatile,
    choice,
    options,
    part_of,
)
from claude_lint.request import Stability

if TYPE_CHECKING:
    from claude_lint.following.scope import Frame, State


class Targets(Classes):
    """Follows assignments."""

    def assign(self, target: cst.CSTNode, value: Value, state: State, frame: Frame) -> None:
        if isinstance(target, cst.Name):
            if target.value in frame.globals:
                return
            state.names[target.value] = value
        elif isinstance(target, (cst.Tuple, cst.List)):
            for index, element in enumerate(target.elements):
                parts = [self.unpacked(option, index, state) for option in options(value)]
                self.assign(element.value, choice(parts), state, frame)
        elif isinstance(target, cst.Attribute):
            self.set_attribute(target, value, state, frame)
        elif isinstance(target, cst.Subscript):
            self.set_item(target, value, state, frame)

    def unpacked(self, value: Value, index: int, state: State) -> Value:
        """The value at `index` of what is unpacked."""
        if isinstance(value, Unknown):
            return part_of(value, f"[{index}]")
        held = state.heap.get(value.key) if isinstance(value, Ref) else None
        found = indexed(held, index) if isinstance(held, ListObject) else None
        return held.items[found].value if isinstance(held, ListObject) and found is not None else UNKNOWN

    def set_attribute(self, target: cst.Attribute, value: Value, state: State, frame: Frame) -> None:
        receiver = self.evaluate(target.value, state, frame)
        for option in options(receiver):
            held = state.heap.get(option.key) if isinstance(option, Ref) else None
            if isinstance(held, InstanceObject) and isinstance(option, Ref):
                held = self.built(option, held, state, frame)
                name = target.attr.value
                attributes = {**held.attributes, name: value}
                state.heap[option.key] = replace(held, attributes=attributes, open=held.open - {name})

    def set_item(self, target: cst.Subscript, value: Value, state: State, frame: Frame) -> None:
        """`receiver[key] = value`, certain where the receiver is one object."""
        part = target.slice[0].slice
        key = self.evaluate(part.value, state, frame) if isinstance(part, cst.Index) else UNKNOWN
        text = known_text(key)
        held_by = self.evaluate(target.value, state, frame)
        if isinstance(held_by, Unknown) and text is not None:
            held_by = self.opened(target.value, self.blank_dict(target), state, frame)
        receivers = options(held_by)
        place = self.source.place(target)
        for receiver in receivers:
            held = state.heap.get(receiver.key) if isinstance(receiver, Ref) else None
            if not isinstance(receiver, Ref):
                continue
            if isinstance(held, DictObject):
                if text is None:
                    state.heap[receiver.key] = DictObject(held.entries, held.place, complete=False)
                else:
                    set_entry(receiver, text, value, place, state, certain=len(receivers) == 1)
            elif isinstance(held, ListObject):
                if isinstance(key, Scalar) and key.value == -1:
                    held = self.last_apart(receiver, held, state)
                found = (
                    indexed(held, key.value)
                    if isinstance(key, Scalar) and isinstance(key.value, int)
                    else None
                )
                items = list(held.items)
                if found is None:
                    items = [Item(choice((item.value, UNKNOWN)), item.certain, item.rest) for item in items]
                else:
                    items[found] = Item(value)
                state.heap[receiver.key] = ListObject(tuple(items), held.place)

    def blank_dict(self, node: cst.CSTNode) -> DictObject:
        """A dict of which nothing is known."""
        return DictObject({}, self.source.place(node), complete=False)

    def opened(self, node: cst.BaseExpression, made: Object, state: State, frame: Frame) -> Value:
        """What an assignment into something unknown shows it to be: `made`, in whatever `node` names it by."""
        value = self.evaluate(node, state, frame)
        if not isinstance(value, Unknown):
            return value
        ref = self.allocate(made, state)
        if isinstance(node, (cst.Name, cst.Attribute)):
            self.assign(node, ref, state, frame)
            return ref
        part = node.slice[0].slice if isinstance(node, cst.Subscript) else None
        if not isinstance(node, cst.Subscript) or not isinstance(part, cst.Index):
            return UNKNOWN
        key, place = self.evaluate(part.value, state, frame), self.source.place(node)
        text = known_text(key)
        if text is not None:
            base = self.opened(node.value, self.blank_dict(node), state, frame)
            if isinstance(base, Ref):
                set_entry(base, text, ref, place, state)
                return ref
        elif isinstance(key, Scalar) and key.value == -1:
            anything = Item(UNKNOWN, certain=False, rest=True)
            base = self.opened(node.value, ListObject((anything,), place), state, frame)
            held = state.heap.get(base.key) if isinstance(base, Ref) else None
            if isinstance(base, Ref) and isinstance(held, ListObject):
                state.heap[base.key] = replace(held, items=(*held.items, Item(ref)))
                return ref
        return UNKNOWN

    def augmented(self, node: cst.AugAssign, state: State, frame: Frame) -> None:
        value = self.evaluate(node.value, state, frame)
        before = self.evaluate(node.target, state, frame)
        held = state.heap.get(before.key) if isinstance(before, Ref) else None
        if isinstance(node.operator, cst.AddAssign):
            if isinstance(held, ListObject) and isinstance(before, Ref):
                state.heap[before.key] = self.extended(held, value, state)
                return
            counted = None if isinstance(before, Scalar) else self.counted(node, value, frame)
            self.assign(node.target, counted or self.added(before, value, node.value, state), state, frame)
        elif (
            isinstance(node.operator, cst.BitOrAssign)
            and isinstance(held, DictObject)
            and isinstance(before, Ref)
        ):
            entries = dict(held.entries)
            complete = self.spread(entries, value, state) and held.complete
            state.heap[before.key] = DictObject(entries, held.place, complete)
        else:
            self.assign(node.target, UNKNOWN, state, frame)

    def counted(self, node: cst.AugAssign, value: Value, frame: Frame) -> Value | None:
        """What `self.count += 1` makes of an attribute, where every call of the method gets to it."""
        number = isinstance(value, Scalar) and isinstance(value.value, (int, float)) and value.value
        if not number or frame.branches or not isinstance(node.target, cst.Attribute):
            return None
        step = Step(self.source.place(node), f"`{self.source.code(node.target)}` counts")
        return Volatile("other", Stability.PER_CALL, "a counter", (step,), frame.loops, self.reading())

    def delete(self, node: cst.Del, state: State, frame: Frame) -> None:
        if isinstance(node.target, cst.Subscript):
            receiver = self.evaluate(node.target.value, state, frame)
            held = state.heap.get(receiver.key) if isinstance(receiver, Ref) else None
            part = node.target.slice[0].slice
            key = known_text(self.evaluate(part.value, state, frame)) if isinstance(part, cst.Index) else None
            if isinstance(held, DictObject) and isinstance(receiver, Ref) and key is not None:
                rest = {name: entry for name, entry in held.entries.items() if name != key}
                state.heap[receiver.key] = DictObject(rest, held.place, held.complete)


def words_of(target: cst.CSTNode) -> tuple[str, ...]:
    """The names that an assignment binds."""
    if isinstance(target, cst.Name):
        return (target.value,)
    if isinstance(target, cst.Attribute):
        return (target.attr.value,)
    return (
        tuple(word for one in target.elements for word in words_of(one.value))
        if isinstance(target, cst.Tuple)
        else ()
    )
