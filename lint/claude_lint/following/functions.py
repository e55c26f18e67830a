"""Follows functions of the file: binds their parameters and runs through their body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import libcst as cst

from claude_lint.following.commandline import click_options, option
from claude_lint.following.methods import Methods
from claude_lint.following.scope import Frame, State
from claude_lint.following.segments import (
    lowered,
)
from claude_lint.following.values import (
    UNKNOWN,
    DictObject,
    Dotted,
    Entry,
    Function,
    Item,
    ListObject,
    Scalar,
    Value,
    choice,
)
from claude_lint.reading.bodies import LaterBlock
from claude_lint.reading.walk import children
from claude_lint.request import Stability

if TYPE_CHECKING:
    from collections.abc import Sequence

    from claude_lint.following.methods import Given


MAX_DEPTH: Final = 6
"""How many functions deep a call is followed."""

FORGETFUL: Final = frozenset({"functools.cache", "functools.lru_cache", "functools.cached_property"})
"""Decorators that make a function give the same value again."""


ENTERED: Final = frozenset({"contextlib.contextmanager", "contextlib.asynccontextmanager"})
"""Decorators that make a `with` of a generator, which gives what is yielded."""


class Functions(Methods):
    """Evaluates calls of functions of the file."""

    active: list[Any]
    """The definitions being followed, outermost first."""

    yielding: dict[int, bool]
    """Whether each definition yields, by its id, as far as that was asked."""

    commands: dict[int, cst.BaseExpression]
    """The defaults that click gives to parameters, by the id of the parameter."""

    def block(self, body: Sequence[cst.CSTNode], state: State, frame: Frame) -> None:
        """Follow statements; see `flow`."""
        raise NotImplementedError

    def escape(self, given: Given, node: cst.Call, state: State) -> None:
        """Something that cannot be followed gets these objects; see `invoke`."""
        raise NotImplementedError

    def invoke(self, function: Function, given: Given, node: Any, state: State, frame: Frame) -> Value:
        """Follow a function of the file with its arguments bound. Unknown when that goes too deep or round."""
        if frame.depth >= MAX_DEPTH or self.running(function.node):
            if isinstance(node, cst.Call):
                self.escape(given, node, state)
            return UNKNOWN
        if (
            isinstance(function.node, cst.FunctionDef)
            and function.owner is not None
            and is_stub(function.node)
        ):
            return UNKNOWN
        inner = State({}, state.heap, sent=state.sent)
        called = Frame(
            function.name,
            function.outers,
            frame.loops,
            frame.depth + 1,
            function.this,
            function.owner,
            inherited=len(frame.loops),
            branches=frame.branches,
            caller=(node, frame.caller) if isinstance(node, cst.Call) else frame.caller,
        )
        self.bind(function, given, inner, called)
        if isinstance(function.node, cst.Lambda):
            return self.evaluate(function.node.body, inner, called)
        self.active.append(function.node)
        try:
            self.block(function.node.body.body, inner, called)
        finally:
            self.active.pop()
        if inner.live:
            called.returned.append((Scalar(None, self.source.place(function.node)), inner))
        value = choice([value for value, _ in called.returned])
        meeting = State({}, state.heap, live=False)
        meeting.become(*(State({}, end.heap, sent=end.sent) for _, end in called.returned))
        if meeting.live:
            state.heap, state.sent = meeting.heap, meeting.sent
        else:
            state.live = state.live and bool(called.returned)
        if self.is_generator(function.node):
            made = ListObject(tuple(called.yielded), self.source.place(function.node))
            entered = self.decorators(function, inner, called) & ENTERED
            return choice([item.value for item in made.items]) if entered else self.allocate(made, state)
        if self.decorators(function, inner, called) & FORGETFUL:
            return lowered(value, Stability.IMPORT_TIME)
        return value

    def running(self, node: Any) -> bool:
        return any(one is node for one in self.active)

    def is_generator(self, node: Any) -> bool:
        """Whether a definition yields."""
        known = self.yielding.get(id(node))
        if known is None:
            known = self.yielding[id(node)] = isinstance(node, cst.FunctionDef) and yields(node)
        return known

    def decorators(self, function: Function, state: State, frame: Frame) -> set[str]:
        """The dotted names of the decorators of a function."""
        names = set()
        for decorator in getattr(function.node, "decorators", ()):
            target = decorator.decorator
            value = self.evaluate(target.func if isinstance(target, cst.Call) else target, state, frame)
            if isinstance(value, Dotted):
                names.add(value.name)
        return names

    def note_options(self, function: Function) -> None:
        """Note the defaults that click gives to the parameters of a function."""
        named = dict(click_options(function.node))
        for parameter in function.node.params.params if named else ():
            if parameter.name.value in named:
                self.commands[id(parameter)] = named[parameter.name.value]

    def bind(self, function: Function, given: Given, inner: State, frame: Frame) -> None:
        """Bind the parameters of a function. Those that no argument reaches have their default."""
        self.note_options(function)
        parameters = function.node.params
        ordered = [*parameters.posonly_params, *parameters.params]
        positional = [(value, node) for keyword, value, node in given if not keyword]
        keywords = {
            keyword: (value, node) for keyword, value, node in given if keyword not in {"", "*", "**"}
        }
        loose = any(keyword == "*" for keyword, _, _ in given)
        spread = [value for keyword, value, _ in given if keyword == "**"]
        surplus: dict[str, Entry] = {}
        complete = True
        for value in spread:
            complete = self.spread(surplus, value, inner) and complete
        surplus |= {
            keyword: Entry(value, self.source.place(node)) for keyword, (value, node) in keywords.items()
        }
        if function.this is not None and ordered and not self.is_static(function):
            inner.names[ordered.pop(0).name.value] = function.this
        for parameter in ordered:
            name = parameter.name.value
            if positional:
                surplus.pop(name, None)
                inner.names[name] = positional.pop(0)[0]
            else:
                inner.names[name] = self.parameter(
                    parameter, surplus.pop(name, None), complete and not loose, inner, frame
                )
        for parameter in parameters.kwonly_params:
            inner.names[parameter.name.value] = self.parameter(
                parameter, surplus.pop(parameter.name.value, None), complete, inner, frame
            )
        place = self.source.place(function.node)
        if isinstance(parameters.star_arg, cst.Param):
            items = tuple(Item(value) for value, _ in positional)
            inner.names[parameters.star_arg.name.value] = self.allocate(ListObject(items, place), inner)
        if parameters.star_kwarg is not None:
            rest = self.allocate(DictObject(surplus, place, complete), inner)
            inner.names[parameters.star_kwarg.name.value] = rest

    def is_static(self, function: Function) -> bool:
        return any(
            isinstance(decorator.decorator, cst.Name) and decorator.decorator.value == "staticmethod"
            for decorator in getattr(function.node, "decorators", ())
        )

    def parameter(
        self, parameter: cst.Param, entry: Entry | None, complete: bool, inner: State, frame: Frame
    ) -> Value:
        """What a parameter is: its argument, else its default, else unknown."""
        if entry is not None and entry.certain:
            return entry.value
        if parameter.default is None:
            command = self.commands.get(id(parameter))
            if entry is None and command is not None:
                return option(parameter.name.value, self.evaluate(command, State({}, inner.heap), frame))
            return entry.value if entry else UNKNOWN
        default = self.evaluate(
            parameter.default, State({}, inner.heap), Frame(frame.name, frame.outers, module=True)
        )
        if entry is not None:
            return choice((entry.value, default))
        return default if complete else choice((default, UNKNOWN))


def yields(function: cst.FunctionDef) -> bool:
    """Whether a function is a generator."""
    if isinstance(function.body, LaterBlock) and "yield" not in function.body.later.text:
        return False
    stack: list[cst.CSTNode] = [function.body]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.Yield):
            return True
        if not isinstance(node, (cst.FunctionDef, cst.ClassDef)):
            stack += children(node)
    return False


def is_stub(definition: cst.FunctionDef | cst.ClassDef) -> bool:
    """Whether a definition leaves what it does to others: no more than a docstring, `...`, `pass` or an error."""
    lines = definition.body.body
    small = [
        one for line in lines for one in (line.body if isinstance(line, cst.SimpleStatementLine) else [line])
    ]
    return all(_says_nothing(one) for one in small)


def _says_nothing(node: cst.CSTNode) -> bool:
    if isinstance(node, cst.Expr):
        return isinstance(node.value, (cst.Ellipsis, cst.SimpleString, cst.ConcatenatedString))
    if isinstance(node, cst.Raise):
        raised = node.exc.func if isinstance(node.exc, cst.Call) else node.exc
        return isinstance(raised, cst.Name) and raised.value == "NotImplementedError"
    return isinstance(node, cst.Pass)
