"""Walks a libcst tree without its whitespace: four fifths of the nodes are spaces, commas and brackets."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import libcst as cst

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SKIPPED: Final = frozenset(
    {
        "lpar",
        "rpar",
        "lbracket",
        "rbracket",
        "lbrace",
        "rbrace",
        "comma",
        "semicolon",
        "equal",
        "dot",
        "colon",
        "header",
    }
    | {
        "footer",
        "leading_lines",
        "lines_after_decorators",
        "trailing_whitespace",
        "newline",
        "asynchronous",
        "operator",
    }
)


@cache
def child_fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    """The names of the fields of a node type that can hold code."""
    return tuple(
        one.name
        for one in fields(kind)
        if one.name not in SKIPPED and not one.name.startswith(("whitespace", "_"))
    )


@cache
def child_values(kind: type[cst.CSTNode]) -> Callable[[Any], tuple[Any, ...]]:
    """What gets the values of these fields from a node."""
    names = child_fields(kind)
    if len(names) > 1:
        return attrgetter(*names)
    return (lambda node: (getattr(node, names[0]),)) if names else (lambda _: ())


_NODE_TYPES: Final[dict[type[object], bool]] = {}


def is_node(kind: type[object]) -> bool:
    """Whether a type is one of nodes; `isinstance` on an abstract class costs five times as much."""
    known = _NODE_TYPES.get(kind)
    if known is None:
        known = _NODE_TYPES[kind] = issubclass(kind, cst.CSTNode)
    return known


def children(node: cst.CSTNode) -> list[cst.CSTNode]:
    """The child nodes that hold code, in source order."""
    found: list[cst.CSTNode] = []
    for value in child_values(type(node))(node):
        kind = type(value)
        if kind is str or value is None:
            continue
        if kind is list or kind is tuple:
            found += [one for one in value if is_node(type(one))]
        elif is_node(kind):
            found.append(value)
    return found


def descendants(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The node and all nodes below it that hold code, parents before children."""
    stack = [node]
    while stack:
        one = stack.pop()
        yield one
        below = children(one)
        below.reverse()
        stack += below
