"""Stores of conversations: dicts that keep a list of messages for each user or session, and only ever add to it.

A *store* is a name that starts as an empty dict; a *list* is what it holds for one key. What is told errs on the side
of something that shortens a list.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import libcst as cst

from claude_lint.modelling.turns import name_of, names_in
from claude_lint.reading.outline import last_name
from claude_lint.reading.walk import descendants

if TYPE_CHECKING:
    from collections.abc import Callable

    from claude_lint.findings import Place
    from claude_lint.reading.outline import Outline

    Elsewhere = Callable[[cst.BaseExpression], tuple[cst.FunctionDef, Callable[[], Outline | None]] | None]
    """What a called expression leads to: a function, with the outline of its file."""

GROWING: Final = frozenset({"append", "extend"})
READING: Final = frozenset({"get", "setdefault", "items", "keys", "values"})
TRIMMING: Final = r"trim|compact|summar|truncat|prune|shorten|window|clear|reset|limit|evict|cache"
"""Names of functions that may shorten what they are given."""


def growth_in_store(
    given: cst.BaseExpression | None, call: cst.Call, outline: Outline, elsewhere: Elsewhere
) -> Place | None:
    """The place that adds to a list of a store, where `given` is such a list and nothing in sight ever shortens it."""
    definition = outline.definition(call)
    if given is None or not isinstance(definition, cst.FunctionDef):
        return None
    store = store_of(given, definition)
    if store:
        return _growth(store, outline)
    value = _only_value(given, definition)
    made = elsewhere(value.func) if isinstance(value, cst.Call) else None
    if made is None or _shortened(definition, {name_of(given)}, ""):
        return None
    function, around = made
    returned = [
        one.value for one in descendants(function) if isinstance(one, cst.Return) and one.value is not None
    ]
    stores = {store_of(one, function) for one in returned}
    store = stores.pop() if len(stores) == 1 else ""
    there = around() if store else None
    return None if there is None else _growth(store, there)


def store_of(node: cst.CSTNode, definition: cst.CSTNode) -> str:
    """The store that an expression in `definition` reads a list from, or an empty string."""
    if isinstance(node, cst.Name):
        value = _only_value(node, definition)
        return "" if value is None or isinstance(value, cst.Name) else store_of(value, definition)
    if isinstance(node, cst.Subscript):
        return name_of(node.value) if isinstance(node.slice[0].slice, cst.Index) else ""
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        return name_of(node.func.value) if node.func.attr.value == "setdefault" else ""
    return ""


def _only_value(node: cst.BaseExpression, definition: cst.CSTNode) -> cst.BaseExpression | None:
    """What a name is set to in `definition`, where that is one thing."""
    name = name_of(node)
    found = [
        one.value
        for one in descendants(definition)
        if isinstance(one, (cst.Assign, cst.AnnAssign)) and one.value is not None and name in _targets(one)
    ]
    return found[0] if name and len(found) == 1 else None


def _targets(node: cst.Assign | cst.AnnAssign) -> list[str]:
    targets = [one.target for one in node.targets] if isinstance(node, cst.Assign) else [node.target]
    return [name_of(one) for one in targets]


def _growth(store: str, outline: Outline) -> Place | None:
    if not store:
        return None
    nodes = [node for cell in outline.source.cells for node in descendants(cell.module)]
    starts = [one for one in nodes if isinstance(one, (cst.Assign, cst.AnnAssign)) and store in _targets(one)]
    if len(starts) != 1 or not _is_empty_dict(starts[0].value):
        return None
    functions = [one for one in nodes if isinstance(one, cst.FunctionDef)]
    grown: list[cst.CSTNode] = []
    for function in functions:
        lists = {
            name
            for name, values in _settings(function).items()
            if len(values) == 1 and store_of(values[0], function) == store
        }
        if _shortened(function, lists, store):
            return None
        grown += [one for one in descendants(function) if _adds(one, lists, store)]
    return outline.source.place(grown[0]) if grown else None


def _settings(function: cst.FunctionDef) -> dict[str, list[cst.BaseExpression]]:
    """What each name of a function is set to."""
    found: dict[str, list[cst.BaseExpression]] = {}
    for one in descendants(function):
        if isinstance(one, (cst.Assign, cst.AnnAssign)) and one.value is not None:
            for name in _targets(one):
                found.setdefault(name, []).append(one.value)
    return found


def _is_list(node: cst.CSTNode, lists: set[str], store: str) -> bool:
    if isinstance(node, cst.Name):
        return node.value in lists
    return bool(store) and not isinstance(node, cst.Name) and store_of(node, node) == store


def _adds(node: cst.CSTNode, lists: set[str], store: str) -> bool:
    return (
        isinstance(node, cst.Call)
        and isinstance(node.func, cst.Attribute)
        and node.func.attr.value in GROWING
        and _is_list(node.func.value, lists, store)
    )


def _shortened(function: cst.FunctionDef, lists: set[str], store: str) -> bool:
    """Whether anything in a function may shorten one of `lists` or a list of the store, or hands it to what may."""
    mine = lists | ({store} if store else set())
    for node in descendants(function):
        if isinstance(node, cst.Assign) and any(_replaces(one.target, lists, store) for one in node.targets):
            if not (isinstance(node.value, cst.List) and not node.value.elements):
                return True
        elif isinstance(node, cst.Del) and names_in(node.target) & mine:
            return True
        elif isinstance(node, cst.Subscript) and isinstance(node.slice[0].slice, cst.Slice):
            if _is_list(node.value, lists, store):
                return True
        elif isinstance(node, cst.Call) and _may_shorten(node, lists, store, mine):
            return True
    return False


def _replaces(target: cst.BaseExpression, lists: set[str], store: str) -> bool:
    """Whether a target is a list of the store."""
    return not isinstance(target, cst.Name) and _is_list(target, lists, store)


def _may_shorten(call: cst.Call, lists: set[str], store: str, mine: set[str]) -> bool:
    func = call.func
    if isinstance(func, cst.Attribute):
        if store and name_of(func.value) == store:
            return func.attr.value not in READING
        if _is_list(func.value, lists, store):
            return func.attr.value not in GROWING
    given = any(names_in(arg.value) & mine for arg in call.args)
    if last_name(func) == "len":
        return given
    return bool(re.search(TRIMMING, last_name(func).lower())) and (given or not call.args)


def _is_empty_dict(node: cst.BaseExpression | None) -> bool:
    """Whether a value is a dict without entries, or one that makes a list for each key that is missing."""
    if isinstance(node, cst.Dict):
        return not node.elements
    if not isinstance(node, cst.Call):
        return False
    name = last_name(node.func)
    makes_lists = name == "defaultdict" and len(node.args) == 1 and name_of(node.args[0].value) == "list"
    return makes_lists or (name == "dict" and not node.args)
