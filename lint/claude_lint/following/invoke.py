"""Follows calls: methods of texts, lists and dicts, the SDK's constructors, functions and classes of the file.

A call of something that cannot be followed is unknown, and whatever mutable object it is given may have been changed
by it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import libcst as cst

from claude_lint.findings import Step
from claude_lint.following.calls import COPIES, looks_like_claude, method_of
from claude_lint.following.knowncalls import KnownCalls
from claude_lint.following.methods import LISTING_METHODS, SAME_TEXT
from claude_lint.following.segments import (
    known_text,
    segments_of,
    unknown,
)
from claude_lint.following.stability import FOUND, is_search
from claude_lint.following.templates import JINJA_IMPORTS
from claude_lint.following.values import (
    UNKNOWN,
    Class,
    Client,
    DictObject,
    Dotted,
    Function,
    Item,
    ListObject,
    Partial,
    Ref,
    Scalar,
    Template,
    Text,
    Unknown,
    Value,
    Volatile,
    choice,
    loops_of,
    options,
)
from claude_lint.following.ways import (
    BEDROCK,
    BEDROCK_METHODS,
    FRAMEWORK,
    HTTP,
    HTTP_METHODS,
    bedrock_call,
    framework_call,
    http_call,
)

if TYPE_CHECKING:
    from claude_lint.following.methods import Given
    from claude_lint.following.scope import Frame, State


FILLING: Final = frozenset({"format", "format_map", "substitute", "safe_substitute"})
"""Methods that put what they are given into a text."""

READING: Final = frozenset(
    {
        "print",
        "len",
        "isinstance",
        "str",
        "repr",
        "hash",
        "id",
        "type",
        "any",
        "all",
        "enumerate",
        "bool",
        "pprint",
    }
)
LOGGERS: Final = frozenset({"logger", "log", "logging", "console", "LOG", "LOGGER", "_logger"})
READING_ROOTS: Final = frozenset(
    {"builtins", "json", "logging", "logger", "log", "console", "copy", "pprint", "typing"}
)
"""What does not change the objects that it is given."""

CALLING: Final = frozenset({"submit", "run_in_executor", "start_soon", "create_task", "spawn", "apply_async"})
"""Methods that call the function that they are given, with the arguments after it."""

MAPPING: Final = frozenset({"map", "imap", "imap_unordered", "thread_map"})
"""Functions, and methods of pools, that call their first argument for each item of the second."""


class Calls(KnownCalls):
    """Evaluates calls."""

    def record(self, node: cst.Call, client: Client, given: Given, state: State, frame: Frame) -> None:
        """Note a Claude call; see `analyse`."""
        raise NotImplementedError

    def instance(self, owner: Class, given: Given | None, state: State, frame: Frame) -> Value:
        """A new instance of a class of the file; see `classes`."""
        raise NotImplementedError

    def call(self, node: cst.Call, state: State, frame: Frame) -> Value:
        func = node.func
        if isinstance(func, cst.Attribute):
            if isinstance(func.value, cst.Name) and func.value.value in LOGGERS:
                self.given(node, state, frame)
                return UNKNOWN
            receiver = self.evaluate(func.value, state, frame)
            given = self.given(node, state, frame)
            found = []
            for option in options(receiver):
                value = self.method(option, func.attr.value, given, node, state, frame)
                if value is None:
                    callee = self.attribute_of(option, func.attr.value, func, state, frame)
                    value = self.apply(callee, given, node, state, frame)
                found.append(value)
            return choice(found)
        callee = self.evaluate(func, state, frame)
        given = self.given(node, state, frame)
        return choice([self.apply(option, given, node, state, frame) for option in options(callee)])

    def given(self, node: cst.Call, state: State, frame: Frame) -> Given:
        return tuple(
            (
                arg.keyword.value if arg.keyword else arg.star,
                self.evaluate(arg.value, state, frame),
                arg.value,
            )
            for arg in node.args
        )

    def apply(self, callee: Value, given: Given, node: cst.Call, state: State, frame: Frame) -> Value:
        """Call a value."""
        if isinstance(callee, Client):
            return self.sdk(callee, given, node, state, frame)
        if isinstance(callee, Function):
            return self.invoke(callee, given, node, state, frame)
        if isinstance(callee, Class):
            return self.templates(callee, given) or self.instance(callee, given, state, frame)
        if isinstance(callee, Volatile):
            return callee
        if isinstance(callee, Partial):
            return self.apply(callee.callee, (*callee.arguments, *given), node, state, frame)
        origin = callee.name if isinstance(callee, Dotted) else getattr(callee, "origin", "")
        if self.past_sdk(origin, given, node, state, frame):
            return Unknown(origin="anthropic.response")
        if isinstance(callee, Dotted):
            return self.known_call(callee.name, given, node, state, frame)
        self.hand_over(given, node, state, frame)
        method = origin.rpartition(".")[2] if "." in origin else ""
        if method in LISTING_METHODS:
            return self.listing(node, state)
        if method in SAME_TEXT and isinstance(callee, Unknown) and callee.given:
            return replace(callee, origin=origin.removesuffix(f".{method}"))
        return (
            self.filled(given, node, state)
            or self.searched(origin, given, node, frame)
            or self.pass_on(given, node, state, frame)
            or Unknown(origin=origin, loops=loops_of((callee, *(value for _, value, _ in given))))
        )

    def templates(self, callee: Class, given: Given) -> Value | None:
        """The template that a class of the project makes of a text, where the class stands beside Jinja's own."""
        sources = options(given[0][1]) if given else ()
        known = callee.name.endswith("Template") and any(isinstance(one, Text) for one in sources)
        if not known or not any(name in callee.outers[-1] for name in JINJA_IMPORTS):
            return None
        return choice([Template(one, "jinja") if isinstance(one, Text) else UNKNOWN for one in sources])

    def searched(self, name: str, given: Given, node: cst.Call, frame: Frame) -> Value | None:
        """What a search finds for what it is asked, unless that is written in the code."""
        if not is_search(name, frozenset(keyword for keyword, _, _ in given)):
            return None
        if all(isinstance(value, Scalar) or known_text(value) is not None for _, value, _ in given):
            return None
        step = Step(self.source.place(node), f"`{name.rpartition('.')[2]}()` gives {FOUND.word}")
        return Volatile(FOUND.kind, FOUND.stability, FOUND.word, (step,), frame.loops, self.reading())

    def filled(self, given: Given, node: cst.Call, state: State) -> Value | None:
        """The text that a template comes to of which only the name of the method that fills it is known."""
        if not isinstance(node.func, cst.Attribute) or node.func.attr.value not in FILLING:
            return None
        place = self.source.place(node)
        changing = [
            segment
            for _, value, _ in given
            for segment in segments_of(value, state.heap, place)
            if segment.source
        ]
        return Text((unknown(place), *changing)) if changing else None

    def past_sdk(self, name: str, given: Given, node: cst.Call, state: State, frame: Frame) -> bool:
        """Note a request that goes to Claude in one of `ways`."""
        last = name.rpartition(".")[2]
        kind, found = FRAMEWORK, framework_call(name, given)
        if found is None and last in HTTP_METHODS:
            kind, found = HTTP, http_call(given, state.heap)
        elif found is None and last in BEDROCK_METHODS:
            kind, found = BEDROCK, bedrock_call(last, given, state.heap)
        if found is None:
            return False
        method = "stream" if last.endswith("stream") else "create"
        self.record(node, Client(kind, ("messages", method)), found, state, frame)
        return True

    def pass_on(self, given: Given, node: cst.Call, state: State, frame: Frame) -> Value | None:
        """A call that is given something to call, which it calls with the arguments after it."""
        func = node.func
        called = func.attr.value if isinstance(func, cst.Attribute) else getattr(func, "value", "")
        for index, (_, value, _) in enumerate(given):
            rest = given[index + 1 :]
            if isinstance(value, Client) and method_of(value) is not None:
                return self.apply(value, rest, node, state, frame) if rest else UNKNOWN
            if isinstance(value, Partial):
                return self.apply(value, rest, node, state, frame)
            if isinstance(value, Function) and called in MAPPING and rest:
                return self.mapped(value, rest[0], node, state, frame)
            if isinstance(value, Function) and called in CALLING and not isinstance(value.node, cst.Lambda):
                return self.invoke(value, rest, node, state, frame)
        return None

    def mapped(
        self,
        function: Function,
        over: tuple[str, Value, cst.CSTNode],
        node: cst.Call,
        state: State,
        frame: Frame,
    ) -> Value:
        """A call for each item of `over`, by a pool of workers or by `map`."""
        place = self.source.place(node)
        loops, frame.loops = frame.loops, (*frame.loops, place)
        held = state.heap.get(over[1].key) if isinstance(over[1], Ref) else None
        items = [item.value for item in held.items] if isinstance(held, ListObject) else []
        name = cst.Name("item")
        items = [self.turning(name, over[1], frame) if isinstance(one, Unknown) else one for one in items]
        one = choice(items) if items else self.turning(name, over[1], frame)
        made = self.invoke(function, (("", one, over[2]),), node, state, frame)
        frame.loops = loops
        return self.allocate(ListObject((Item(made, certain=False, rest=True),), place), state)

    def sdk(self, client: Client, given: Given, node: cst.Call, state: State, frame: Frame) -> Value:
        if method_of(client) is None:
            return (
                Client(client.kind)
                if client.path and client.path[-1] in COPIES
                else Unknown(origin="anthropic")
            )
        imports_sdk = self.survey_at(state, frame).imports_sdk
        keywords = frozenset(name for name, _, _ in given if name not in {"", "*", "**"})
        spread = any(name == "**" for name, _, _ in given)
        known = set(keywords)
        for name, value, _ in given:
            held = state.heap.get(value.key) if name == "**" and isinstance(value, Ref) else None
            known |= set(held.entries) if isinstance(held, DictObject) else set()
        if (
            client.kind
            or (client.path[-2:-1] == ("batches",) and imports_sdk)
            or looks_like_claude(frozenset(known), spread, imports_sdk)
        ):
            self.record(node, client, given, state, frame)
        return Unknown(origin="anthropic.response")

    def hand_over(self, given: Given, node: cst.Call, state: State, frame: Frame) -> None:
        """Something that cannot be followed gets these values: it may call what can be called, and change the rest."""
        for _, value, _ in given:
            if isinstance(value, Function) and isinstance(value.node, cst.Lambda):
                self.invoke(value, (), node, state, frame)
        self.escape(given, node, state)

    def escape(self, given: Given, node: cst.Call, state: State) -> None:
        """Something that cannot be followed gets these objects, and may change them."""
        func = node.func
        root: cst.BaseExpression = func
        while isinstance(root, cst.Attribute):
            root = root.value
        name = root.value if isinstance(root, cst.Name) else ""
        if name in READING_ROOTS or (isinstance(func, cst.Name) and func.value in READING):
            return
        for _, value, _ in given:
            for option in options(value):
                held = state.heap.get(option.key) if isinstance(option, Ref) else None
                if isinstance(held, DictObject) and isinstance(option, Ref):
                    state.heap[option.key] = DictObject(held.entries, held.place, complete=False)
