"""Conversations that only grow: whether anything ever takes away from the list of messages.

What is told errs on the side of something that does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import libcst as cst

from claude_lint.modelling.stores import GROWING, TRIMMING, growth_in_store
from claude_lint.modelling.turns import ASKING, loops_around, name_of, names_in
from claude_lint.reading.outline import calls_in, last_name
from claude_lint.reading.walk import descendants

if TYPE_CHECKING:
    from collections.abc import Sequence

    from claude_lint.findings import Place
    from claude_lint.modelling.stores import Elsewhere
    from claude_lint.reading.outline import Outline


def growth_of(messages: Place | None, call: cst.Call, outline: Outline, elsewhere: Elsewhere) -> Place | None:
    """The place that adds to the messages, where nothing in sight ever takes away."""
    given = outline.at(messages) if messages is not None else None
    return growth_in_store(given, call, outline, elsewhere) or _growth(given, call, outline)


def _growth(given: cst.BaseExpression | None, call: cst.Call, outline: Outline) -> Place | None:
    name = name_of(given) if given is not None else ""
    if not name:
        return None
    nodes = [node for part in _life(call, name, outline) for node in descendants(part)]
    grown = [one for one in nodes if isinstance(one, cst.Call) and _grows(one, name)]
    if not grown or any(_shrinks(node, name) for node in nodes):
        return None
    return outline.source.place(grown[0])


def _life(call: cst.Call, name: str, outline: Outline) -> Sequence[cst.CSTNode]:
    """Where the list lives after its start: the body of a loop that asks, or the methods of the class."""
    if name.startswith("self."):
        definition = outline.definition(call)
        owner = outline.definition(definition) if definition is not None else None
        body = owner.body.body if isinstance(owner, cst.ClassDef) else ()
        return [
            one for one in body if not (isinstance(one, cst.FunctionDef) and one.name.value == "__init__")
        ]
    for node, _ in loops_around(call, outline):
        if isinstance(node, cst.While) and any(last_name(one.func) in ASKING for one in calls_in(node.body)):
            return [node.body]
    return ()


def _grows(call: cst.Call, name: str) -> bool:
    func = call.func
    return isinstance(func, cst.Attribute) and func.attr.value in GROWING and name_of(func.value) == name


def _shrinks(node: cst.CSTNode, name: str) -> bool:
    """Whether a node may take something away from the list `name`, or hands it to what may."""
    if isinstance(node, cst.Assign):
        return any(name in names_in(one.target) for one in node.targets)
    if isinstance(node, cst.AnnAssign):
        return node.value is not None and name in names_in(node.target)
    if isinstance(node, cst.Del):
        return name in names_in(node.target)
    if not isinstance(node, cst.Call):
        return False
    func = node.func
    if isinstance(func, cst.Attribute) and name_of(func.value) == name:
        return func.attr.value not in GROWING
    if last_name(func) == "len":
        return any(name_of(arg.value) == name for arg in node.args)
    return bool(re.search(TRIMMING, last_name(func).lower()))
