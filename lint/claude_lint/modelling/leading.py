"""Which functions of a file are worth following: those in which what is called may be a Claude call, or lead to one.

A *site* is a place where something of a promising name is called or passed on (`Survey`). Names are cheap to compare
and often mean something else: `self.generate()` is another method than the `generate` of a wrapper where the class says
so, and `client.messages.create(thread_id=…)` is no request to Claude whatever `client` is. A value is *foreign* when
following it would end at nothing that is known: what another package gives, or an argument that only callers know. A
function that depends on an argument is worth following on behalf of its callers. What cannot be told without following
leads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import libcst as cst

from claude_lint.following.calls import FOREIGN_KEYWORDS, LOOK_ALIKE_PARENTS, METHODS
from claude_lint.following.resolve import BUILTINS, FILE
from claude_lint.following.scope import Frame, State
from claude_lint.following.survey import is_messages
from claude_lint.following.values import (
    Class,
    Dotted,
    FilePath,
    Function,
    Scalar,
    Text,
    Unknown,
    Value,
    Volatile,
    options,
)
from claude_lint.reading.walk import children

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from claude_lint.following.heap import Heap
    from claude_lint.following.imports import Imports
    from claude_lint.following.survey import Path, Site

LEADING_ROOTS: Final = frozenset(
    {"anthropic", "boto3", "instructor", "langchain_anthropic", "litellm", "pydantic_ai"}
)
"""Packages whose objects may be clients, or wrap them."""

SCOPES: Final = frozenset({cst.FunctionDef, cst.ClassDef, cst.Lambda})

_QUIET: Final = frozenset(
    {
        cst.Arg,
        cst.Attribute,
        cst.Await,
        cst.Call,
        cst.Expr,
        cst.Name,
        cst.SimpleStatementLine,
        cst.SimpleString,
    }
)
"""The commonest nodes that bind nothing."""

Bindings = dict[str, list["cst.CSTNode | None"]]
"""What each name of a function may be: expressions, and `None` for what is not looked into."""


class Leading:
    """Judges the sites of one file, once its top has been followed: `names` are those that it binds, with `heap`."""

    def __init__(self, follower: Imports, names: Mapping[str, Value], heap: Heap) -> None:
        self._follower, self._names, self._heap = follower, names, heap
        self._entered: set[Path] = set()
        self._is_given = False
        """Whether what was judged last depends on an argument."""

        self._bindings: dict[cst.CSTNode, Bindings] = {}
        self._parameters: dict[cst.CSTNode, dict[str, cst.Param]] = {}

    def entries(self, wrappers: Collection[str]) -> list[Path]:
        """The paths of the functions to follow for any caller; see `Survey.entries`."""
        found = self._follower.survey.entries(wrappers, self._counts)
        return [path for path in found if path in self._entered]

    def _counts(self, site: Site) -> bool:
        """Whether a site may lead on, if only from a caller's argument."""
        self._is_given = False
        leads = self.may_lead(site)
        if leads:
            self._entered.add(site.path)
        return leads or self._is_given

    def may_lead(self, site: Site) -> bool:
        """Whether what stands at a site may be a Claude call or lead to one, whoever the caller is."""
        node, path = site.node, site.path
        if not any(isinstance(one, cst.FunctionDef) for one in path):
            return True
        if not isinstance(node, cst.Attribute):
            return site.direct or not isinstance(node, cst.Name) or self._leads_on(node, path)
        if is_messages(node.value):
            return not self._is_another(site)
        if site.direct and not (isinstance(node.value, cst.Name) and node.attr.value in METHODS):
            return True
        owner = self._owner(node.value, path)
        return self._leads_on(node, path) if owner is None else self._method_leads(owner, node.attr.value)

    def _is_another(self, site: Site) -> bool:
        """Whether `x.messages.create(…)` is known not to be Claude's, whatever `x` is."""
        assert isinstance(site.node, cst.Attribute)
        assert isinstance(site.node.value, cst.Attribute)
        client = site.node.value.value
        named = isinstance(client, cst.Attribute) and client.attr.value in LOOK_ALIKE_PARENTS
        shaped = site.call is not None and any(
            arg.keyword is not None and arg.keyword.value in FOREIGN_KEYWORDS for arg in site.call.args
        )
        return (named or shaped) and self.is_foreign(client, site.path, ())

    def _leads_on(self, node: cst.CSTNode, path: Path) -> bool:
        """Whether a name, or an attribute, may stand for a function that leads to Claude."""
        if _root(node) in self._names and not any(_root(node) in self._bound_at(one) for one in path):
            around = Frame("", (self._names,), module=True)
            found = self._follower.evaluate(node, State({}, self._heap.fork()), around)
            return any(self._value_leads(option) for option in options(found))
        return not self.is_foreign(node, path, ())

    def _value_leads(self, value: Value) -> bool:
        if not isinstance(value, (Function, Class)):
            return not _is_foreign(value)
        return self._is_wrapper(value.outers, value.name.rpartition(".")[2])

    def _is_wrapper(self, outers: tuple[Mapping[str, Value], ...], name: str) -> bool:
        """Whether what is defined in the module behind `outers` is of this file, or a known wrapper of another."""
        held = outers[-1].get(FILE) if outers else None
        if not isinstance(held, FilePath) or held.path == self._follower.source.path:
            return True
        return any((one.path, one.name) == (held.path, name) for one in self._follower.project.wrappers)

    def _owner(self, receiver: cst.CSTNode, path: Path) -> Class | None:
        """The class at the top of the file in whose method `receiver` is the instance."""
        if len(path) != 2 or not isinstance(receiver, cst.Name) or not isinstance(path[0], cst.ClassDef):
            return None
        parameters = path[1].params.params if isinstance(path[1], cst.FunctionDef) else ()
        if not parameters or parameters[0].name.value != receiver.value:
            return None
        if receiver.value not in {"self", "cls"} or self._bound(path[1])[receiver.value] != [None]:
            return None
        owner = self._names.get(path[0].name.value)
        return owner if isinstance(owner, Class) and owner.node is path[0] else None

    def _method_leads(self, owner: Class, name: str) -> bool:
        """Whether the method `name` of a class, or of a class of the file that inherits from it, may lead on."""
        heirs = [
            one
            for one in self._names.values()
            if isinstance(one, Class) and any(base.node is owner.node for base in self._follower.lineage(one))
        ]
        for heir in heirs or [owner]:
            found = self._follower.find_method(heir, name)
            if found is None or self._is_wrapper(found[1].outers, name):
                return True
        return False

    def is_foreign(self, node: cst.CSTNode, path: Path, asked: tuple[tuple[cst.CSTNode, str], ...]) -> bool:
        """Whether an expression in the function at the end of `path` is foreign. `asked` are the names that are being
        asked about.
        """
        if isinstance(node, (cst.Attribute, cst.Subscript, cst.Arg, cst.Element, cst.DictElement)):
            return self.is_foreign(node.value, path, asked)
        if isinstance(node, cst.Await):
            return self.is_foreign(node.expression, path, asked)
        if isinstance(node, cst.Name):
            return self._name_is_foreign(node.value, path, asked)
        if isinstance(node, cst.Call):
            parts: list[cst.CSTNode] = [node.func, *node.args]
        elif isinstance(node, (cst.List, cst.Tuple, cst.Set, cst.Dict)):
            parts = list(node.elements)
        elif isinstance(node, (cst.BinaryOperation, cst.BooleanOperation)):
            parts = [node.left, node.right]
        elif isinstance(node, cst.IfExp):
            parts = [node.body, node.orelse]
        else:
            return isinstance(
                node, (cst.SimpleString, cst.ConcatenatedString, cst.FormattedString, cst.Integer, cst.Float)
            )
        return all(self.is_foreign(part, path, asked) for part in parts)

    def _name_is_foreign(self, name: str, path: Path, asked: tuple[tuple[cst.CSTNode, str], ...]) -> bool:
        for depth in range(len(path) - 1, -1, -1):
            definition = path[depth]
            if not isinstance(definition, cst.FunctionDef):
                continue
            bound = self._bound(definition).get(name)
            parameter = self._parameters_of(definition).get(name)
            if bound is None and parameter is None:
                continue
            if (definition, name) in asked:
                return True  # it is what else it is
            asked = (*asked, (definition, name))
            around = path[: depth + 1]
            self._is_given |= parameter is not None
            if parameter is not None and not self._parameter_is_foreign(parameter, around, asked):
                return False
            return all(one is not None and self.is_foreign(one, around, asked) for one in bound or ())
        if name not in self._names:
            return name in BUILTINS
        value = self._follower.imported(self._names[name], self._follower.blank())
        return all(_is_foreign(option) for option in options(value))

    def _parameter_is_foreign(
        self, parameter: cst.Param, path: Path, asked: tuple[tuple[cst.CSTNode, str], ...]
    ) -> bool:
        """Whether what a caller gives is foreign, as far as its annotation and its default tell."""
        told: list[cst.CSTNode] = [] if parameter.default is None else [parameter.default]
        if parameter.annotation is not None:
            told += _names_in(parameter.annotation.annotation)
        return all(self.is_foreign(one, path[:-1], asked) for one in told)

    def _bound_at(self, definition: cst.CSTNode) -> Collection[str]:
        """The names that a function binds, its parameters included."""
        if not isinstance(definition, cst.FunctionDef):
            return ()
        return self._bound(definition).keys() | self._parameters_of(definition).keys()

    def _parameters_of(self, definition: cst.FunctionDef) -> dict[str, cst.Param]:
        """The parameters that one argument reaches. The instance of a method is bound in another way."""
        known = self._parameters.get(definition)
        if known is None:
            params = definition.params
            each = (*params.posonly_params, *params.params, *params.kwonly_params)
            known = self._parameters[definition] = {one.name.value: one for one in each}
        return known

    def _bound(self, definition: cst.CSTNode) -> Bindings:
        """What the names are bound to that a function binds itself."""
        known = self._bindings.get(definition)
        if known is None:
            known = self._bindings[definition] = {}
            for name, value in _bindings(definition):
                known.setdefault(name, []).append(value)
        return known


def _bindings(definition: Any) -> Iterator[tuple[str, cst.CSTNode | None]]:
    params = definition.params
    for rest in (params.star_arg, params.star_kwarg):
        if isinstance(rest, cst.Param):
            yield rest.name.value, None
    first = next(iter((*params.posonly_params, *params.params)), None)
    if first is not None and first.name.value in {"self", "cls"}:
        yield first.name.value, None
    stack = children(definition.body)
    while stack:
        node: Any = stack.pop()
        kind = type(node)
        if kind in _QUIET:
            stack += children(node)
            continue
        if kind is cst.FunctionDef or kind is cst.ClassDef:
            yield node.name.value, None
        elif kind is cst.Assign:
            for each in node.targets:
                yield from _targets(each.target, node.value)
        elif kind is cst.AnnAssign or kind is cst.NamedExpr:
            yield from _targets(node.target, node.value)
        elif kind is cst.For or kind is cst.CompFor:
            yield from _targets(node.target, node.iter)
        elif kind is cst.WithItem and node.asname is not None:
            yield from _targets(node.asname.name, node.item)
            stack.append(node.item)
            continue
        elif kind is cst.AugAssign:
            yield from _targets(node.target, None)
        elif kind is cst.AsName:
            yield from _targets(node.name, None)
        elif kind is cst.ImportAlias and node.asname is None:
            yield _root(node.name), None
        elif kind is cst.NameItem:
            yield node.name.value, None
        if kind not in SCOPES:
            stack += children(node)


def _targets(target: cst.CSTNode, value: cst.CSTNode | None) -> Iterator[tuple[str, cst.CSTNode | None]]:
    """The names that an assignment binds or, through an attribute or an item, changes."""
    if isinstance(target, (cst.Tuple, cst.List)):
        for element in target.elements:
            yield from _targets(element.value, value)
    elif isinstance(target, cst.StarredElement):
        yield from _targets(target.value, value)
    elif isinstance(target, (cst.Attribute, cst.Subscript)):
        yield _root(target), None
    elif isinstance(target, cst.Name):
        yield target.value, value


def _root(node: cst.CSTNode) -> str:
    while isinstance(node, (cst.Attribute, cst.Subscript)):
        node = node.value
    return node.value if isinstance(node, cst.Name) else ""


def _names_in(annotation: cst.CSTNode) -> list[cst.CSTNode]:
    """The names in an annotation, and the texts, of which a client's name is one."""
    if isinstance(annotation, (cst.Name, cst.Attribute)):
        return [annotation]
    if isinstance(annotation, cst.SimpleString):
        return [cst.Name("anthropic")] if "nthropic" in annotation.value else []
    return [one for child in children(annotation) for one in _names_in(child)]


def _is_foreign(value: Value) -> bool:
    if isinstance(value, Dotted):
        return value.name.split(".")[0] not in LEADING_ROOTS
    return isinstance(value, (Unknown, Scalar, Text, Volatile))
