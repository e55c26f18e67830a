"""Finds the Claude calls of a file and what is known of each request.

Only functions that hold a call, and the functions of the file that lead to them, are followed. A function is followed
once for any caller, and once more for each caller in the file, which knows the arguments.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import libcst as cst

from claude_lint.following.calls import method_of
from claude_lint.following.classes import base_names
from claude_lint.following.functions import is_stub
from claude_lint.following.heap import Heap
from claude_lint.following.imports import Imports
from claude_lint.following.project import Project
from claude_lint.following.resolve import BUDGET, FILE
from claude_lint.following.scope import Frame, State
from claude_lint.following.values import (
    UNKNOWN,
    Class,
    Client,
    DictObject,
    Dotted,
    Entry,
    FilePath,
    Function,
    InstanceObject,
    ListObject,
    Partial,
    Ref,
    Scalar,
    Unknown,
    Value,
    choice,
    options,
)
from claude_lint.following.ways import WAYS
from claude_lint.modelling.leading import Leading
from claude_lint.modelling.loops import Loops
from claude_lint.modelling.prompt import Prompt, argument
from claude_lint.modelling.retries import tries_again
from claude_lint.modelling.surroundings import Around
from claude_lint.reading.errors import SourceError
from claude_lint.reading.outline import Outline
from claude_lint.reading.source import Source, parse
from claude_lint.reading.walk import descendants
from claude_lint.request import Argument, Method, Request, Segment, Stability

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from claude_lint.findings import Place
    from claude_lint.following.methods import Given
    from claude_lint.following.survey import Survey

WRAPPED_BUDGET: Final = 45_000
"""For how many expressions a file is followed that calls Claude through the wrappers of other files only."""

MAX_VARIANTS: Final = 12
"""In how many ways of reaching it a call is looked at."""

PATIENCE: Final = 15_000
"""Of its share a function that has led to no call yet is given so many. In five public repositories with 133 that lead
to one each did so within 12,300; the others would spend all of theirs.
"""

EMPTY: Final = cst.Module([])
"""What spells nodes of any file."""

LEAST_SHARE: Final = 1_500
"""Each function is followed for so many expressions at least, however many there are."""


def requests_in(source: Source, project: Project | None = None) -> tuple[Request, ...]:
    """The Claude calls of a file, in the order of their places.

    A call in a function that the file itself calls appears once for each different way of calling it. With a
    `project`, names are followed into its other files, and calls of the wrappers that it knows so far lead to their
    requests, whose `call` is in the file of the wrapper; wrappers of this file become known to it. Raises
    `SourceError` when the file is nested too deep, or a function in it is none to libcst.
    """
    project = project or Project()
    project.begin()
    try:
        return _Follower(source, project).requests()
    except RecursionError:
        raise SourceError(source.path, 1, 1, None, "the code is nested too deep to analyse") from None
    finally:
        project.end(source.path)


class _Follower(Imports):
    """Follows one file and keeps the calls that it meets."""

    def __init__(self, source: Source, project: Project, survey: Survey | None = None) -> None:
        super().__init__(source, project, survey)
        self.active = []
        self.commands = {}
        self.yielding = {}
        self.shared: set[int] = set()
        self.outline: Outline | None = None
        self.outlines: dict[str, Outline] = {}
        """The outlines of other files, by path."""

        self.found: dict[tuple[int, ...], Callable[[], tuple[Request, ...]]] = {}
        """The requests of each call by the calls that led to it, innermost first, and by the class that inherits it."""

        self.instances: dict[int, tuple[Value, Heap]] = {}
        self.recorded = 0
        self.withheld = 0
        """How many expressions the function that is followed may have once it leads to a call."""

        self.unsettled = False
        """Whether what a writer sets may be in a cached prefix."""

        self.reached: set[tuple[int, int]] = set()
        """The calls that callers in the file reach, each with the class of the instance that makes it."""

        self.heir: tuple[int, ...] = ()
        """What tells the class apart whose inherited method is being followed."""

        self.leading: frozenset[str] = frozenset()

    def requests(self) -> tuple[Request, ...]:
        path = self.source.path
        wrappers = self.project.wrapper_names(path)
        inherits = self.inherits()
        if not inherits and not self.survey.calls_any(wrappers):
            return ()
        names: dict[str, Value] = {FILE: FilePath(path)}
        state = State(names, Heap(self.project.objects))
        self.leading = frozenset(one[-1].name.value for one in self.survey.entries(wrappers))
        for cell in self.source.cells:
            state.live = True
            self.block(cell.module.body, state, Frame("", (names,), module=True))
        for name in self.survey.globals:
            names[name] = choice((names.get(name, UNKNOWN), Unknown(origin=name)))
        bound = (name for name in names if leads_to_claude(names[name]))
        self.spent = 0
        entries = Leading(self, names, state.heap).entries({*wrappers, *bound})
        heirs = list(self.heirs(names, entries))
        followed = max(len(entries) + len(heirs), 1)
        share = max((BUDGET if self.survey.calls else WRAPPED_BUDGET) // followed, LEAST_SHARE)
        for definitions in entries:
            if self.led(share, partial(self.enter_path, definitions, names, state.heap)):
                self.project.leads(path, reachable(definitions))
        for heir, function in heirs:
            self.heir = (-id(heir.node),)
            if self.led(share, partial(self.enter_heir, heir, function, names, state.heap)):
                self.project.leads(path, (heir.name, function.node.name.value))
        # What a test passes to a client that is none is never sent.
        return tuple(one for one in self.merged() if not self.survey.mocks or one.call.path == path)

    def led(self, share: int, enter: Callable[[], None]) -> bool:
        """Follow a function for any caller, and once more with what writers set where a request needs that. Returns
        whether it led to a call.
        """
        before = self.recorded
        for self.settling in (False, True):
            self.set_later = self.unsettled = False
            self.withheld = max(share - PATIENCE, 0)
            self.spent = BUDGET - share + self.withheld
            enter()
            if not self.unsettled:
                break
        self.settling = False
        return self.recorded > before

    def inherits(self) -> bool:
        """Whether a class of the file may inherit a wrapper of another file."""
        owners = {wrapper.owner for wrapper in self.project.wrappers if wrapper.owner}
        return bool(owners) and any(base_names(node) & owners for node in self.classes())

    def classes(self) -> list[cst.ClassDef]:
        """The classes at the top of the file that have bases, and say more than the name of one."""
        return [
            node
            for cell in self.source.cells
            for node in cell.module.body
            if isinstance(node, cst.ClassDef) and node.bases and (len(node.bases) > 1 or not is_stub(node))
        ]

    def heirs(
        self, names: Mapping[str, Value], entries: Sequence[tuple[Any, ...]]
    ) -> Iterator[tuple[Class, Function]]:
        """The classes of the file, each with a method on the way to a call that it inherits."""
        methods = [path[-1] for path in entries if len(path) > 1 and isinstance(path[-2], cst.ClassDef)]
        wanted = {wrapper.name for wrapper in self.project.wrappers if wrapper.owner}
        owners = {id(path[-2]) for path in entries if len(path) > 1}
        wrapped = {wrapper.owner for wrapper in self.project.wrappers if wrapper.owner}
        for node in self.classes() if owners or wrapped else ():
            heir = names.get(node.name.value)
            if not isinstance(heir, Class) or heir.node is not node:
                continue
            for base in self.lineage(heir)[:-1]:
                for method in base.node.body.body:
                    if not isinstance(method, cst.FunctionDef):
                        continue
                    leads = any(method is one for one in methods) or (
                        base.name in wrapped and method.name.value in wanted
                    )
                    found = self.find_method(heir, method.name.value) if leads else None
                    if found is not None and found[0] is method:
                        name = f"{base.name}.{method.name.value}"
                        yield heir, Function(method, name, base.outers, owner=base)

    def enter_heir(self, heir: Class, function: Function, names: dict[str, Value], heap: Heap) -> None:
        """Follow a method for any caller, on an instance of a class that inherits it."""
        state = State(names, heap.fork())
        if not self.is_static(function):
            function = replace(function, this=self.typical(heir, state, Frame("", heir.outers)))
        self.enter(function, state, Frame(function.name, function.outers, depth=1, this=function.this))

    def enter_path(self, path: tuple[Any, ...], names: dict[str, Value], heap: Heap) -> None:
        """Follow the function at the end of `path` for any caller, from inside the definitions around it."""
        state = State(names, heap.fork())
        outers: tuple[dict[str, Value], ...] = (names,)
        owner: Class | None = None
        qualified = ""
        for node in path:
            qualified = f"{qualified}.{node.name.value}".lstrip(".")
            if isinstance(node, cst.ClassDef):
                owner = Class(node, qualified, outers)
                continue
            this: Value | None = None
            frame = Frame(qualified, outers, depth=1)
            if owner is not None and not self.is_static(Function(node, qualified, outers)):
                this = self.typical(owner, state, Frame("", outers))
            function = Function(node, qualified, outers, this, owner)
            state = self.enter(function, state, frame)
            outers = (state.names, *outers)
            owner = None

    def typical(self, owner: Class, state: State, frame: Frame) -> Value:
        """An instance of a class, as it is for any caller. At the top of a module it is made once."""
        if len(frame.outers) > 1:
            return self.instance(owner, None, state, frame)
        known = self.instances.get(id(owner.node))
        if known is None:
            made = self.instance(owner, None, state, frame)
            known = self.instances[id(owner.node)] = made, state.heap.fork()
        state.heap = known[1].fork()
        return known[0]

    def record(self, node: cst.Call, client: Client, given: Given, state: State, frame: Frame) -> None:
        method = method_of(client)
        assert method is not None
        self.recorded += 1
        self.spent -= self.withheld
        self.withheld = 0
        key = (id(node), *callers_of(frame), *self.heir)
        if key not in self.found and sum(one[0] == key[0] for one in self.found) >= MAX_VARIANTS:
            return
        maker = state.heap.get(frame.this.key) if isinstance(frame.this, Ref) else None
        if len(key) > 1 and not self.heir and isinstance(maker, InstanceObject):
            self.reached.add((key[0], id(maker.owner.node)))
        entries: dict[str, Entry] = {}
        complete = True
        for keyword, value, argument_node in given:
            if keyword == "**":
                complete = self.spread(entries, value, state) and complete
            elif keyword in {"", "*"}:
                complete = False
            else:
                entries[keyword] = Entry(value, self.source.place(argument_node))
        batched = self.batch(entries, state) if method == "batch" else []
        made = [self.request(node, client, method, params, state, frame, params.place) for params in batched]
        if not made:
            held = DictObject(entries, self.source.place(node), complete)
            made.append(self.request(node, client, method, held, state, frame))
        readings = frozenset(
            segment.made
            for request in made
            for piece in request.pieces
            for segment in piece.segments
            if segment.made
        )
        self.unsettled |= self.set_later and any(one.prefix_open for one in made)
        self.shared |= readings & state.sent
        state.sent |= readings
        # A loop, and each caller, comes here again: what is around a call is read for the last time only.
        around = client, node, entries, state.fork(), replace(frame)
        self.found[key] = lambda: tuple(self.placed(one, *around) for one in made)

    def placed(
        self,
        request: Request,
        client: Client,
        node: cst.Call,
        entries: Mapping[str, Entry],
        state: State,
        frame: Frame,
    ) -> Request:
        """The request, with what is known of its client and of the code around the call."""
        prompt = Prompt(state.heap, ())
        held = client.settings
        settings = held.entries.items() if held is not None else ()
        if self.outline is None:
            self.outline = Outline(self.source.source)

        def numbers(expression: cst.BaseExpression) -> tuple[float, ...] | None:
            found = [
                one.value
                for one in options(self.evaluate(expression, state.fork(), frame))
                if isinstance(one, Scalar)
            ]
            return tuple(float(one) for one in found if one is not None) or None

        def length(expression: cst.BaseExpression) -> int | None:
            value = self.evaluate(expression, state.fork(), frame)
            held = state.heap.get(value.key) if isinstance(value, Ref) else None
            items = held.items if isinstance(held, ListObject) else ()
            return len(items) if items and all(item.certain and not item.rest for item in items) else None

        def spelled(decorator: cst.BaseExpression) -> str:
            made = self.evaluate(decorator, state.fork(), frame)
            if isinstance(made, Function) and tries_again(made.node):
                return f"retry {EMPTY.code_for_node(decorator)}"
            if not isinstance(made, Partial) or not isinstance(made.callee, Dotted):
                return ""
            given = ", ".join(EMPTY.code_for_node(one) for _, _, one in made.arguments)
            return f"{made.callee.name}({given})"

        def elsewhere(
            expression: cst.BaseExpression,
        ) -> tuple[cst.FunctionDef, Callable[[], Outline | None]] | None:
            made = self.evaluate(expression, state.fork(), frame)
            if not isinstance(made, Function) or not isinstance(made.node, cst.FunctionDef):
                return None
            held = made.outers[-1].get(FILE) if made.outers else None
            return (made.node, partial(self.outline_of, held.path)) if isinstance(held, FilePath) else None

        around = Around(self.outline, Loops(self.outline, numbers, length), self.leading, spelled, elsewhere)
        levels = [node, *callers_in(frame)]
        given = {name: entry.place for name, entry in entries.items()}
        return replace(
            request,
            settings=tuple((name, argument(entry, request.call)) for name, entry in settings),
            constructed=held is not None and held.complete,
            betas=prompt.betas(entries, held.entries if held is not None else {}),
            around=around.of(levels, given),
            pieces=around.varying(request.pieces, node, request.loops),
        )

    def outline_of(self, path: str) -> Outline | None:
        """The outline of a file of the project. Of one that is followed into not everything is parsed: here it is."""
        if path == self.source.path:
            return self.outline
        text = self.project.text(path) if path not in self.outlines else None
        if text is not None:
            self.outlines[path] = Outline(parse(text.encode(), path))
        return self.outlines.get(path)

    def batch(self, entries: dict[str, Entry], state: State) -> list[DictObject]:
        """The parameters of each request of a batch that are written in the file."""
        requests = entries.get("requests")
        found: list[DictObject] = []
        for item in self.items_of(requests.value, state) if requests else ():
            held = state.heap.get(item.value.key) if isinstance(item.value, Ref) else None
            params = held.entries.get("params") if isinstance(held, DictObject) else None
            inner = state.heap.get(params.value.key) if params and isinstance(params.value, Ref) else None
            if isinstance(inner, DictObject):
                found.append(inner)
        return found

    def request(
        self,
        node: cst.Call,
        client: Client,
        method: Method,
        held: DictObject,
        state: State,
        frame: Frame,
        params: Place | None = None,
    ) -> Request:
        call = self.source.place(node)
        callers = [self.source.place(caller) for caller in callers_in(frame)]
        prompt = Prompt(state.heap, frame.loops)
        prompt.collect(held.entries)
        if method != "tool_runner":
            prompt.echoes()
        arguments: tuple[tuple[str, Argument], ...] = tuple(
            (name, replace(argument(entry, call, callers), left_out=self.left_out(entry, frame)))
            for name, entry in held.entries.items()
        )
        return Request(
            call,
            self.source.code(node.func),
            method,
            arguments,
            held.complete,
            tuple(prompt.pieces),
            tuple(prompt.breakpoints),
            prompt.output(held.entries),
            frame.name,
            frame.loops,
            frame.around,
            client.kind,
            params=params,
            way=WAYS.get(client.kind, "sdk"),
            decided=self.decided(node, frame),
            fields=prompt.fields(held.entries, call),
        )

    def left_out(self, entry: Entry, frame: Frame) -> bool:
        """Whether a branch of the function leaves an argument out that the other sets, and the call follows on both."""
        constant = not entry.certain and isinstance(entry.value, Scalar)
        if not constant or not entry.unless or frame.branches or not self.active:
            return False
        tests = (
            one.test
            for one in descendants(self.active[-1])
            if isinstance(one, (cst.If, cst.IfExp, cst.While))
        )
        named = (
            isinstance(one, cst.Name) and one.value == entry.unless
            for test in tests
            for one in descendants(test)
        )
        return sum(named) == 1

    def decided(self, node: cst.Call, frame: Frame) -> Place | None:
        """The caller that decides which arguments there are: functions on the way pass on their `**` parameter."""
        functions = [one for one in reversed(self.active) if isinstance(one, cst.FunctionDef)]
        found, call = None, node
        for function, caller in zip(functions, callers_in(frame), strict=False):
            rest = function.params.star_kwarg
            if rest is None or not any(
                arg.star == "**" and isinstance(arg.value, cst.Name) and arg.value.value == rest.name.value
                for arg in call.args
            ):
                break
            found, call = self.source.place(caller), caller
        return found

    def merged(self) -> tuple[Request, ...]:
        """Each call once for any caller, unless callers in the file say more, and once for each class that inherits it;
        equal requests once.
        """
        self.spent = 0
        by_call: dict[int, list[tuple[tuple[int, ...], Callable[[], tuple[Request, ...]]]]] = {}
        for key, found in self.found.items():
            by_call.setdefault(key[0], []).append((key, found))
        requests: list[Request] = []
        for variants in by_call.values():
            reached = [(key, found) for key, found in variants if len(key) > 1 and key[-1] > 0]
            reached = reached or [(key, found) for key, found in variants if key[-1] > 0]
            reached += [
                (key, found)
                for key, found in variants
                if key[-1] < 0 and (len(key) > 2 or (key[0], -key[-1]) not in self.reached)
            ]
            called = traced([(key, found()) for key, found in reached])
            shared = len(called) > 1
            for made in called:
                settled = (replace(self.reused(one), shared=shared) for one in made)
                requests.extend(one for one in settled if one not in requests)
        return tuple(
            sorted(
                requests, key=lambda one: (one.call.path, one.call.cell or 0, one.call.line, one.call.column)
            )
        )

    def reused(self, request: Request) -> Request:
        """The request, with what another request on the same path sends too taken for the same in a session."""

        def settle(segment: Segment) -> Segment:
            again = segment.made in self.shared and segment.stability is Stability.PER_CALL
            return replace(segment, stability=Stability.PER_SESSION) if again else segment

        if not any(segment.made in self.shared for piece in request.pieces for segment in piece.segments):
            return request
        pieces = (replace(one, segments=tuple(settle(s) for s in one.segments)) for one in request.pieces)
        return replace(request, pieces=tuple(pieces), reuses=True)


def traced(
    variants: list[tuple[tuple[int, ...], tuple[Request, ...]]],
) -> list[tuple[Request, ...]]:
    """The ways to a call, without those that a caller farther up goes on with and gives the client to."""
    known = [key for key, made in variants if any(one.constructed for one in made)]
    return [
        made
        for key, made in variants
        if key in known or not any(key == longer[: len(key)] for longer in known)
    ]


def leads_to_claude(value: Value) -> bool:
    """Whether a name at the top of a module stands for a method of the API, as it is or with arguments bound."""
    if isinstance(value, Partial):
        return leads_to_claude(value.callee)
    return isinstance(value, Client) and method_of(value) is not None


def reachable(definitions: tuple[Any, ...]) -> tuple[str, ...]:
    """The qualified name, in parts, of the outermost function of a path: what is inside it no other file can call."""
    names: list[str] = []
    for one in definitions:
        names.append(one.name.value)
        if isinstance(one, cst.FunctionDef):
            break
    return tuple(names)


def callers_of(frame: Frame) -> tuple[int, ...]:
    """The ids of the calls that led to a frame, innermost first."""
    return tuple(id(call) for call in callers_in(frame))


def callers_in(frame: Frame) -> list[cst.Call]:
    """The calls that led to a frame, innermost first."""
    found: list[cst.Call] = []
    caller = frame.caller
    while caller is not None:
        found.append(caller[0])
        caller = caller[1]
    return found
