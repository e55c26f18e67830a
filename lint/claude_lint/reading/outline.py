"""The outline of a file: which node stands in which, what the file imports, and whether it runs by itself.

An *ancestor* of a node is a node that it stands in; a *definition* is a function, a lambda or a class. The ancestors
of a node end at the definition around it unless more are asked for, since what is around a definition runs at
another time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from claude_lint.reading.walk import children, descendants

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_lint.findings import Place
    from claude_lint.reading.source import Source

SCRIPT_PARTS: Final = frozenset(
    {
        "scripts",
        "script",
        "jobs",
        "cron",
        "pipelines",
        "etl",
        "evals",
        "eval",
        "evaluation",
        "benchmark",
        "benchmarks",
        "notebooks",
        "commands",
        "backfill",
    }
)
"""Directories whose programs run by themselves."""


class Outline:
    """The outline of one file."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.imports: set[str] = set()
        """The first parts of the names of the modules that the file imports."""

        self.guarded = False
        """Whether the file has code for when it is run as a program."""

        self.calls: list[cst.Call] = []
        """Every call in the file, in no particular order."""

        self._calls: dict[int, list[cst.Call]] = {}
        self._parents: dict[int, cst.CSTNode] = {}
        self._nodes: dict[Place, cst.CSTNode] = {}
        for cell in source.cells:
            for node in descendants(cell.module):
                self._parents.update((id(child), node) for child in children(node))
                self._note(node)

    @property
    def script(self) -> bool:
        """Whether the file is made to run by itself: a notebook, a program, or in a directory of such."""
        parts = self.source.path.split("/")
        return self.guarded or parts[-1].endswith(".ipynb") or not SCRIPT_PARTS.isdisjoint(parts[:-1])

    def above(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The ancestors of a node up to the definition around it, that included, innermost first."""
        parent = self._parents.get(id(node))
        while parent is not None:
            yield parent
            if isinstance(parent, (cst.FunctionDef, cst.Lambda, cst.ClassDef)):
                return
            parent = self._parents.get(id(parent))

    def calls_in(self, node: cst.CSTNode) -> list[cst.Call]:
        """As `calls_in`, looked for once."""
        known = self._calls.get(id(node))
        if known is None:
            known = self._calls[id(node)] = calls_in(node)
        return known

    def definition(self, node: cst.CSTNode) -> cst.CSTNode | None:
        """The function, lambda or class around a node, or `None` at module level."""
        return next(
            (one for one in self.above(node) if isinstance(one, (cst.FunctionDef, cst.Lambda, cst.ClassDef))),
            None,
        )

    def yields(self, definition: cst.FunctionDef) -> bool:
        """Whether a function is a generator."""
        return any(
            isinstance(one, cst.Yield) and self.definition(one) is definition
            for one in descendants(definition.body)
        )

    def knows(self, node: cst.CSTNode) -> bool:
        """Whether a node is of this file."""
        return id(node) in self._parents

    def at(self, place: Place) -> cst.BaseExpression | None:
        """The expression at a place of this file, or `None`."""
        if not self._nodes:
            found = (one for one in self._expressions() if not isinstance(one, cst.Arg))
            self._nodes = {self.source.place(one): one for one in found}
        node = self._nodes.get(place)
        return node if isinstance(node, cst.BaseExpression) else None

    def _expressions(self) -> Iterator[cst.BaseExpression]:
        for cell in self.source.cells:
            for node in descendants(cell.module):
                if isinstance(node, cst.BaseExpression):
                    yield node

    def _note(self, node: cst.CSTNode) -> None:
        if isinstance(node, cst.Call):
            self.calls.append(node)
        elif isinstance(node, cst.Import):
            self.imports |= {_first_name(one.name) for one in node.names}
        elif isinstance(node, cst.ImportFrom) and node.module is not None and not node.relative:
            self.imports.add(_first_name(node.module))
        elif isinstance(node, cst.If) and isinstance(node.test, cst.Comparison):
            left = node.test.left
            self.guarded |= isinstance(left, cst.Name) and left.value == "__name__"


def calls_in(node: cst.CSTNode) -> list[cst.Call]:
    """The calls in a node, itself included."""
    return [one for one in descendants(node) if type(one) is cst.Call]


def parameters_of(definition: cst.CSTNode | None) -> frozenset[str]:
    """The names of a function's parameters; none for what is no function."""
    if not isinstance(definition, cst.FunctionDef):
        return frozenset()
    return frozenset(parameter.name.value for parameter in definition.params.params)


def last_name(node: cst.CSTNode) -> str:
    """`c` for `a.b.c`."""
    if isinstance(node, cst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, cst.Name) else ""


def _first_name(node: cst.CSTNode) -> str:
    while isinstance(node, cst.Attribute):
        node = node.value
    return node.value if isinstance(node, cst.Name) else ""
