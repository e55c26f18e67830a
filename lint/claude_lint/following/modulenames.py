"""The names of a module that other files import from, each followed when it is first asked for.

A statement is followed for every name that it binds or changes: an assignment, a definition, an import, a method call
on the name, and whatever a branch or loop holds of these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst

from claude_lint.reading.parts import Part
from claude_lint.reading.walk import children

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from claude_lint.following.values import Value


class ModuleNames(dict[str, "Value"]):
    """A dict that fills itself. `follow` follows one statement, `starred` finds a name behind `import *`."""

    def __init__(
        self,
        statements: Iterable[cst.CSTNode | Part],
        follow: Callable[[cst.CSTNode | Part], None],
        starred: Callable[[str], Value | None],
    ) -> None:
        super().__init__()
        self._follow, self._starred = follow, starred
        self._pending: dict[str, list[cst.CSTNode | Part]] = {}
        self._followed: set[int] = set()
        for statement in statements:
            bound = (statement.name,) if isinstance(statement, Part) else names_bound(statement)
            for name in dict.fromkeys(bound):
                self._pending.setdefault(name, []).append(statement)

    def bound(self) -> tuple[str, ...]:
        """All names of the module, without following anything."""
        return tuple(dict.fromkeys((*self._pending, *self)))

    def settle(self, name: str) -> None:
        """Follow the statements that bind `name`, unless that was done or is being done."""
        for statement in self._pending.pop(name, ()):
            if id(statement) not in self._followed:
                self._followed.add(id(statement))
                self._follow(statement)
        if not dict.__contains__(self, name) and (value := self._starred(name)) is not None:
            self[name] = value

    def __contains__(self, name: object) -> bool:
        if not dict.__contains__(self, name) or name in self._pending:
            self.settle(str(name))
        return dict.__contains__(self, name)

    def __getitem__(self, name: str) -> Value:
        if name in self._pending:
            self.settle(name)
        return dict.__getitem__(self, name)

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a name, or `default`."""
        return dict.__getitem__(self, name) if name in self else default


def names_bound(statement: cst.CSTNode) -> Iterator[str]:
    """The names that a statement binds or changes, in branches and loops too."""
    stack = [statement]
    while stack:
        node = stack.pop()
        if isinstance(node, (cst.FunctionDef, cst.ClassDef)):
            yield node.name.value
        elif isinstance(node, (cst.Import, cst.ImportFrom)):
            yield from _imported(node)
        elif isinstance(node, cst.Assign):
            for target in node.targets:
                yield from _roots(target.target)
        elif isinstance(node, (cst.AnnAssign, cst.AugAssign)):
            yield from _roots(node.target)
        elif isinstance(node, (cst.For, cst.CompFor)):
            yield from _roots(node.target)
            stack.extend(children(node))
        elif isinstance(node, cst.AsName):
            yield from _roots(node.name)
        elif isinstance(node, cst.Expr):
            if isinstance(node.value, cst.Call) and isinstance(node.value.func, cst.Attribute):
                yield from _roots(node.value.func)
        elif isinstance(node, cst.Del):
            yield from _roots(node.target)
        elif not isinstance(node, cst.BaseExpression):
            stack.extend(children(node))


def _imported(node: cst.Import | cst.ImportFrom) -> Iterator[str]:
    for alias in () if isinstance(node.names, cst.ImportStar) else node.names:
        bound: cst.CSTNode = alias.asname.name if alias.asname is not None else alias.name
        while isinstance(bound, cst.Attribute):
            bound = bound.value
        if isinstance(bound, cst.Name):
            yield bound.value


def _roots(target: cst.CSTNode) -> Iterator[str]:
    """The names at the root of a target: `a` of `a.b[0]`, `a` and `b` of `a, b`."""
    if isinstance(target, (cst.Tuple, cst.List)):
        for element in target.elements:
            yield from _roots(element.value)
        return
    while isinstance(target, (cst.Attribute, cst.Subscript, cst.Call)):
        target = target.func if isinstance(target, cst.Call) else target.value
    if isinstance(target, cst.Name):
        yield target.value
