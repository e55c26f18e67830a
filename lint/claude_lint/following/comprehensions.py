"""Follows comprehensions, and binds what a loop goes over to its target."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import libcst as cst

from claude_lint.following.operators import Operators, truth_of
from claude_lint.following.segments import known_text
from claude_lint.following.values import (
    OPTIONS,
    UNKNOWN,
    DictObject,
    Entry,
    Item,
    ListObject,
    Object,
    Ref,
    Unknown,
    Value,
    Volatile,
    choice,
)
from claude_lint.reading.walk import descendants

if TYPE_CHECKING:
    from claude_lint.following.scope import Frame, State


MOST_ENTRIES: Final = 24
"""A dict of more entries is not made entry by entry."""


class Comprehensions(Operators):
    """Evaluates comprehensions."""

    def comprehension(self, node: Any, state: State, frame: Frame) -> Value:
        place = self.source.place(node)
        inner = state.fork()
        loops, frame.loops = frame.loops, (*frame.loops, place)
        clause: cst.CompFor | None = node.for_in
        ordered_by: ListObject | None = None
        iterated: Value = UNKNOWN
        while clause is not None:
            iterated = self.evaluate(clause.iter, inner, frame)
            over = inner.heap.get(iterated.key) if isinstance(iterated, Ref) else None
            if isinstance(over, ListObject) and over.unordered:
                ordered_by = over
            self.bind_loop(clause.target, iterated, inner, frame)
            for test in clause.ifs:
                self.evaluate(test.test, inner, frame)
            clause = clause.inner_for_in
        if isinstance(node, cst.DictComp):
            made: Object = self.dict_apart(node, iterated, inner, frame)
            if ordered_by is not None and isinstance(made, DictObject):
                made = replace(made, place=ordered_by.place, unordered=ordered_by.unordered)
        else:
            apart = self.each_apart(node, iterated, inner, frame)
            value = UNKNOWN if apart else self.evaluate(node.elt, inner, frame)
            count = 0 if apart else self.count_of(node.for_in, inner, frame)
            items = (
                apart or (Item(value),) * count
                if apart or count
                else (Item(value, certain=False, rest=True),)
            )
            if isinstance(node, cst.SetComp):
                made = ListObject(items, place, "a set")
            elif ordered_by is not None:
                made = replace(ordered_by, items=items)
            else:
                made = ListObject(items, place)
        frame.loops = loops
        state.heap, state.sent = inner.heap, inner.sent
        return self.allocate(made, state)

    def each_apart(self, node: Any, iterated: Value, inner: State, frame: Frame) -> tuple[Item, ...]:
        """The items of a comprehension that makes a literal of each item of a short list; none for any other."""
        clause = node.for_in
        if clause.ifs or clause.inner_for_in or not isinstance(node.elt, (cst.Dict, cst.FormattedString)):
            return ()
        held = inner.heap.get(iterated.key) if isinstance(iterated, Ref) else None
        if not isinstance(held, ListObject) or not 1 < len(held.items) <= OPTIONS:
            return ()
        if any(isinstance(one, cst.Call) for one in descendants(node.elt)):
            return ()
        made = []
        for item in held.items:
            self.assign(clause.target, item.value, inner, frame)
            made.append(replace(item, value=self.evaluate(node.elt, inner, frame)))
        return tuple(made)

    def dict_apart(self, node: cst.DictComp, iterated: Value, inner: State, frame: Frame) -> DictObject:
        """The dict that a comprehension makes of each item of a short list; of any other nothing is known."""
        clause, place = node.for_in, self.source.place(node)
        held = inner.heap.get(iterated.key) if isinstance(iterated, Ref) else None
        items = held.items if isinstance(held, ListObject) and not clause.inner_for_in else ()
        if not items or len(items) > MOST_ENTRIES or any(item.rest for item in items):
            self.evaluate(node.key, inner, frame)
            self.evaluate(node.value, inner, frame)
            return DictObject({}, place, complete=False)
        entries: dict[str, Entry] = {}
        complete = True
        for item in items:
            self.assign(clause.target, item.value, inner, frame)
            truths = {truth_of(self.evaluate(one.test, inner, frame), inner) for one in clause.ifs}
            if False in truths:
                continue
            key = known_text(self.evaluate(node.key, inner, frame))
            value = self.evaluate(node.value, inner, frame)
            if key is None:
                complete = False
            else:
                entries[key] = Entry(
                    value, self.source.place(node.value), item.certain and None not in truths
                )
        return DictObject(entries, place, complete)

    def count_of(self, clause: cst.CompFor, state: State, frame: Frame) -> int:
        """How many turns a comprehension has that goes over a list that is written out; 0 where it is not."""
        if clause.ifs or clause.inner_for_in or not isinstance(clause.iter, (cst.List, cst.Tuple)):
            return 0
        over = self.evaluate(clause.iter, state, frame)
        held = state.heap.get(over.key) if isinstance(over, Ref) else None
        items = held.items if isinstance(held, ListObject) else ()
        return (
            len(items) if len(items) <= OPTIONS and all(one.certain and not one.rest for one in items) else 0
        )

    def bind_loop(self, target: cst.BaseExpression, iterated: Value, state: State, frame: Frame) -> None:
        """Bind the target of a loop to whatever one turn of it can see."""
        held = state.heap.get(iterated.key) if isinstance(iterated, Ref) else None
        items = [item.value for item in held.items] if isinstance(held, ListObject) else []
        if isinstance(iterated, Volatile):
            items = [iterated]
        if not items or any(isinstance(item, Unknown) for item in items):
            one = self.turning(target, iterated, frame)
            items = [one, *(item for item in items if not isinstance(item, Unknown))]
        self.assign(target, choice(items), state, frame)

    def turning(self, target: cst.BaseExpression, iterated: Value, frame: Frame) -> Unknown:
        """What a loop binds its target to in each turn, where that is unknown."""
        name = target.value if isinstance(target, cst.Name) else ""
        origin = iterated.origin if isinstance(iterated, Unknown) else ""
        return Unknown(origin=f"{origin}[]" if origin else name, loops=frame.loops, given=self.reading())

    def assign(self, target: cst.CSTNode, value: Value, state: State, frame: Frame) -> None:
        """Bind `target` to `value`; see `flow`."""
        raise NotImplementedError
