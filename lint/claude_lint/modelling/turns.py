"""The turns of a loop: what a turn reads and sets, and whether turns depend on each other.

A *name* is a variable (`x`) or an attribute of the instance (`self.x`). The *slice* of names is all names that may
flow into them within one turn. What is told errs on the side of dependence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from claude_lint.dataclass import dataclass
from claude_lint.reading.walk import children, descendants

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_lint.reading.outline import Outline

ASKING: Final = frozenset(
    {"input", "receive", "receive_text", "receive_json", "ask", "readline", "recv", "prompt", "chat_input"}
)
"""What a call is named that waits for what somebody types or sends."""

SETTING: Final = frozenset(
    {cst.Assign, cst.AnnAssign, cst.AugAssign, cst.NamedExpr, cst.For, cst.CompFor, cst.WithItem, cst.Call}
)
"""The nodes that can set names."""

LoopNode = cst.For | cst.While | cst.CompFor


@dataclass(frozen=True, slots=True)
class Setting:
    """One place that sets names, from what it reads."""

    node: cst.CSTNode
    names: frozenset[str]
    reads: frozenset[str]


class Turns:
    """One loop: a `for`, a `while`, or the `for` of a comprehension with the expression that it makes."""

    def __init__(self, loop: LoopNode, element: cst.CSTNode | None = None) -> None:
        self.loop = loop
        self.body: cst.CSTNode = element if isinstance(loop, cst.CompFor) and element is not None else loop
        self.targets = frozenset() if isinstance(loop, cst.While) else names_in(loop.target)
        self.settings = tuple(settings_in(self.body))

    def slice(self, names: frozenset[str], anew: frozenset[str] = frozenset()) -> frozenset[str]:
        """`names`, and all names that a turn sets them from. What sets the names of `anew` is not asked."""
        return self._closure(names, anew, forward=False)

    def touched(self, names: frozenset[str]) -> frozenset[str]:
        """`names`, and all names that a turn sets from them."""
        return self._closure(names, frozenset(), forward=True)

    def _closure(self, names: frozenset[str], anew: frozenset[str], forward: bool) -> frozenset[str]:
        found = set(names)
        size = -1
        while size != len(found):
            size = len(found)
            for one in self.settings:
                source, result = (one.reads, one.names) if forward else (one.names - anew, one.reads)
                if not source.isdisjoint(found):
                    found |= result
        return frozenset(found)

    def carries(self, call: cst.Call) -> bool:
        """Whether a turn's `call` may depend on an earlier turn's, or its answer decides about the next turn."""
        if isinstance(self.loop, cst.CompFor):
            return False
        taken = [
            one
            for one in self.settings
            if one.node is not call and any(node is call for node in descendants(one.node))
        ]
        answers = self.touched(frozenset().union(*(one.names for one in taken))) if taken else frozenset()
        asked = frozenset().union(*(names_in(arg) for arg in call.args)) if call.args else frozenset()
        anew = self.targets | self.fresh(call, answers - self.targets)
        return bool((answers & self.slice(asked, anew)) - anew) or self.ends_early()

    def fresh(self, call: cst.Call, answers: frozenset[str]) -> frozenset[str]:
        """The names that each turn sets anew before `call`, and not from `answers`."""
        found: set[str] = set()
        body = self.loop.body.body if isinstance(self.loop, (cst.For, cst.While)) else ()
        for statement in body:
            if any(node is call for node in descendants(statement)):
                break
            for small in statement.body if isinstance(statement, cst.SimpleStatementLine) else ():
                if isinstance(small, cst.Assign):
                    names = {name_of(one.target) for one in small.targets} - {""}
                    found |= names if names_in(small.value).isdisjoint(answers - names) else set()
        return frozenset(found)

    def ends_early(self) -> bool:
        """Whether the body can leave the loop by itself, other than after an error."""
        return any(True for _ in exits_of(self.loop))

    def varies(self, node: cst.CSTNode) -> bool:
        """Whether an expression in the body depends on the loop's target, or on what a turn sets from it."""
        return not self.targets.isdisjoint(self.slice(names_in(node)))


def loops_around(level: cst.Call, outline: Outline) -> Iterator[tuple[LoopNode, cst.CSTNode | None]]:
    """The loops around a level, innermost first; of a comprehension with the expression that it makes."""
    below: cst.CSTNode = level
    for node in outline.above(level):
        if isinstance(node, cst.For):
            if below is not node.iter and below is not node.orelse:
                yield node, None
        elif isinstance(node, cst.While):
            if below is not node.orelse:
                yield node, None
        elif isinstance(node, (cst.ListComp, cst.SetComp, cst.GeneratorExp)) and below is node.elt:
            yield node.for_in, node.elt
        elif isinstance(node, cst.DictComp) and below is not node.for_in:
            yield node.for_in, node.value
        below = node


def exits_of(loop: LoopNode) -> Iterator[cst.CSTNode]:
    """The `break`s and `return`s that leave a loop, those in handlers of errors left out."""
    if isinstance(loop, cst.CompFor):
        return
    stack: list[tuple[cst.CSTNode, bool]] = [(loop.body, True)]
    while stack:
        node, own = stack.pop()
        if isinstance(node, (cst.FunctionDef, cst.ClassDef, cst.Lambda, cst.ExceptHandler)):
            continue
        if isinstance(node, cst.Return) or (isinstance(node, cst.Break) and own):
            yield node
        inner = own and not isinstance(node, (cst.For, cst.While))
        stack.extend((child, inner) for child in children(node))


def names_in(node: cst.CSTNode) -> frozenset[str]:
    """The names that an expression or a target holds."""
    found: set[str] = set()
    stack = [node]
    while stack:
        one = stack.pop()
        own = name_of(one)
        if own:
            found.add(own)
        elif isinstance(one, (cst.Attribute, cst.Arg)):
            stack.append(one.value)
        else:
            stack.extend(children(one))
    return frozenset(found)


def name_of(node: cst.CSTNode) -> str:
    """`x` or `self.x` for a name, else an empty string."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name) and node.value.value == "self":
        return f"self.{node.attr.value}"
    return ""


def settings_in(body: cst.CSTNode) -> Iterator[Setting]:
    """The places in `body` that set names: assignments, loops, `with`, and method calls on a name."""
    for node in descendants(body):
        # Asking each node for each type takes longer than the walk.
        if type(node) not in SETTING:
            continue
        if isinstance(node, cst.Assign):
            targets = frozenset().union(*(names_in(one.target) for one in node.targets))
            yield Setting(node, targets, names_in(node.value))
        elif isinstance(node, cst.AnnAssign) and node.value is not None:
            yield Setting(node, names_in(node.target), names_in(node.value))
        elif isinstance(node, cst.AugAssign):
            yield Setting(node, names_in(node.target), names_in(node.value) | names_in(node.target))
        elif isinstance(node, cst.NamedExpr):
            yield Setting(node, names_in(node.target), names_in(node.value))
        elif isinstance(node, (cst.For, cst.CompFor)) and node is not body:
            yield Setting(node.iter, names_in(node.target), names_in(node.iter))
        elif isinstance(node, cst.WithItem) and node.asname is not None:
            yield Setting(node, names_in(node.asname.name), names_in(node.item))
        elif isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.args:
            receiver = names_in(node.func.value)
            if len(receiver) == 1:
                yield Setting(node, receiver, frozenset().union(*(names_in(arg) for arg in node.args)))
