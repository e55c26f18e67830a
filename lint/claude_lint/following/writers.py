"""What the methods of a class write into its attributes after an instance was made.

A *writer* is the one statement outside the initialisers that sets an attribute, or one item of the list that it holds.
What it sets is followed for any caller; an attribute with several writers can be anything at any time. A method that an
initialiser calls is followed there, and is no writer; one that may return and leave an item as it was keeps it.
"""

from __future__ import annotations

import ast
import re
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, Final

import libcst as cst

from claude_lint.dataclass import dataclass
from claude_lint.findings import Step
from claude_lint.following.segments import with_step
from claude_lint.following.values import Choice, DictObject, InstanceObject, Ref, Text, Value
from claude_lint.reading.bodies import LaterBlock
from claude_lint.reading.walk import descendants
from claude_lint.request import Stability

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from claude_lint.findings import Place
    from claude_lint.following.heap import Heap
    from claude_lint.request import Segment

INITIALISERS: Final = frozenset({"__init__", "__post_init__", "model_post_init"})
TARGETED: Final = frozenset({cst.AssignTarget, cst.AnnAssign, cst.AugAssign})
MUTATORS: Final = frozenset({"append", "extend", "insert", "update", "setdefault", "pop", "clear", "remove"})
APPENDING: Final = frozenset({"append", "extend"})
"""What leaves the items that a list has where they are."""

OWNERS: Final = frozenset({"self", "cls"})
"""The names that an instance has in its methods."""

MAX_DEPTH: Final = 3
"""How deep what is written is looked into."""


@dataclass(frozen=True, slots=True)
class Writer:
    """The method that alone sets an attribute, or the item at `index` of the list that the attribute holds."""

    method: cst.FunctionDef
    index: int | None
    target: cst.CSTNode


@dataclass(slots=True)
class Writes:
    """What the methods of a class other than the initialisers do to the attributes of an instance."""

    changed: set[str] = field(default_factory=set)
    """The attributes that are set."""

    grown: set[str] = field(default_factory=set)
    """Those whose objects are changed."""

    moved: set[str] = field(default_factory=set)
    """Those in whose lists items may go away or to another place."""

    writers: dict[str, list[Writer | None]] = field(default_factory=dict)
    """What sets each; `None` for a statement of which that cannot be followed."""

    def touch(self, name: str, index: int) -> bool:
        """Whether an item of the list that an attribute holds may be set."""
        return any(writer is None or writer.index in {None, index} for writer in self.writers.get(name, ()))

    def sole(self, name: str) -> Writer | None:
        """The one statement that sets an attribute, or `None`."""
        found = self.writers.get(name, ())
        return found[0] if len(found) == 1 and name not in self.moved else None


def writes_of(methods: Sequence[cst.FunctionDef]) -> Writes:
    """What these methods of a class do to the attributes of `self`, but for the initialisers."""
    writes = Writes()
    initial = {
        _of_self(node.func)
        for method in methods
        if method.name.value in INITIALISERS
        for node in descendants(method)
        if isinstance(node, cst.Call)
    }
    for method in methods:
        if method.name.value in INITIALISERS or not _may_write(method):
            continue
        followed = method.name.value not in initial
        node: Any
        for node in descendants(method):
            if type(node) in TARGETED:
                for target in _targets(node.target):
                    _note(target, method, followed and type(node) is not cst.AugAssign, writes)
            elif type(node) is cst.Del and isinstance(node.target, cst.Subscript):
                writes.moved.add(_of_self(node.target.value))
            elif (
                type(node) is cst.Call
                and isinstance(node.func, cst.Attribute)
                and node.func.attr.value in MUTATORS
            ):
                name = _of_self(node.func.value)
                writes.grown.add(name)
                if node.func.attr.value not in APPENDING:
                    writes.moved.add(name)
    return writes


def _may_write(method: cst.FunctionDef) -> bool:
    """Whether there is a reason to look into a method, or someone has."""
    body = method.body
    if not isinstance(body, LaterBlock):
        return True
    words = body.later.words
    if words.isdisjoint(OWNERS):
        return False
    tree = body.later.tree()
    return tree is None or _writes_own(tree, calls=not words.isdisjoint(MUTATORS))


def _writes_own(tree: ast.Module, *, calls: bool) -> bool:
    """Whether something sets or deletes an attribute of the instance, or an item of one, or calls one of `MUTATORS` on
    an attribute where there may be such `calls`.
    """
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.Assign, ast.Delete)):
            written = node.targets
        elif isinstance(node, (ast.AnnAssign, ast.AugAssign)):
            written = [node.target]
        elif (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MUTATORS
        ):
            written = [node.func.value]
        else:
            written = []
        if any(map(_is_own, written)):
            return True
        if calls or not isinstance(node, ast.expr):
            stack.extend(ast.iter_child_nodes(node))
    return False


def _is_own(target: ast.expr) -> bool:
    if isinstance(target, (ast.Tuple, ast.List)):
        return any(map(_is_own, target.elts))
    if isinstance(target, (ast.Starred, ast.Subscript)):
        return _is_own(target.value)
    return (
        isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id in OWNERS
    )


def written_elsewhere(name: str, texts: Iterable[str]) -> bool:
    """Whether code in `texts` sets the attribute `name` of something that is not `self`."""
    setting = re.compile(
        rf"\b(?!self\.)\w+\.{re.escape(name)}(?:\[[^\]\n]{{0,200}}\])?\s*(?::[^=\n]{{1,200}})?=(?!=)"
    )
    return any(setting.search(text) for text in texts)


@dataclass(frozen=True, slots=True)
class Renewal:
    """A method that writes the head of a conversation anew, where, and the last reading of a source before it."""

    by: str
    place: Place
    since: int


def renewed(value: Value, by: Renewal, heap: Heap, depth: int = 0) -> Value:
    """What a renewal writes, with every value in it that it reads from its source marked as read again each time.
    Objects in it are marked where they are.
    """
    if isinstance(value, Text):
        return Text(tuple(_renewed(segment, by) for segment in value.segments))
    if isinstance(value, Choice):
        return Choice(tuple(renewed(option, by, heap, depth) for option in value.options))
    held = heap.get(value.key) if isinstance(value, Ref) and depth < MAX_DEPTH else None
    if isinstance(value, Ref) and isinstance(held, InstanceObject):
        attributes = {name: renewed(one, by, heap, depth + 1) for name, one in held.attributes.items()}
        heap[value.key] = replace(held, attributes=attributes)
    elif isinstance(value, Ref) and isinstance(held, DictObject):
        entries = {
            key: replace(entry, value=renewed(entry.value, by, heap, depth + 1))
            for key, entry in held.entries.items()
        }
        heap[value.key] = replace(held, entries=entries)
    return value


def _renewed(segment: Segment, by: Renewal) -> Segment:
    if segment.made <= by.since or segment.stability.rank < Stability.PER_SESSION.rank:
        return segment
    chain = with_step(segment.chain, Step(by.place, f"`{by.by}()` writes it"))
    return replace(segment, stability=Stability.PER_SESSION, renewed=by.by, chain=chain)


def _targets(target: cst.CSTNode) -> list[cst.CSTNode]:
    if isinstance(target, (cst.Tuple, cst.List)):
        return [inner for one in target.elements for inner in _targets(one.value)]
    return [target]


def _note(target: cst.CSTNode, method: cst.FunctionDef, followed: bool, writes: Writes) -> None:
    if isinstance(target, cst.Subscript):
        name = _of_self(target.value)
        writes.grown.add(name)
        index = _index(target)
        writer = Writer(method, index, target) if index is not None and followed else None
    else:
        name = _of_self(target)
        writes.changed.add(name)
        writer = Writer(method, None, target) if followed else None
    writes.writers.setdefault(name, []).append(writer)


def _index(target: cst.Subscript) -> int | None:
    part = target.slice[0].slice
    number = part.value if isinstance(part, cst.Index) else None
    return int(number.value) if isinstance(number, cst.Integer) and number.value.isdigit() else None


def _of_self(node: cst.CSTNode) -> str:
    """`x` for `self.x`, else an empty string."""
    own = isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name) and node.value.value in OWNERS
    return node.attr.value if own and isinstance(node, cst.Attribute) else ""
