"""What the code around a call does with it: loops, retries, who waits, what is kept.

A *level* is the call itself, or a call of a function of the file that leads to it; each stands in a definition of its
own. What is around any level is around the call.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal

import libcst as cst

from claude_lint.request import FEW_TURNS, Loop, Retry, Surroundings
from claude_lint.turns import LoopNode, Turns, exits_of, name_of, names_in, settings_in
from claude_lint.walk import descendants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from claude_lint.findings import Place
    from claude_lint.outline import Outline
    from claude_lint.request import Piece

RETRIED_ERRORS: Final = frozenset(
    {
        "",
        "Exception",
        "BaseException",
        "AnthropicError",
        "APIError",
        "APIStatusError",
        "APIConnectionError",
        "APITimeoutError",
        "RateLimitError",
        "InternalServerError",
        "OverloadedError",
        "ServiceUnavailableError",
        "ConflictError",
        "ConnectionError",
        "TimeoutError",
    }
)
"""What the SDK tries again by itself comes as one of these; the empty name is an `except` without one. Source:
anthropic 2.11, `_base_client`: connection errors and statuses 408, 409, 429 and 5xx."""

RETRY_DECORATORS: Final = re.compile(r"(^|_)retry(_|$)|(^|_)retrying(_|$)|^on_exception$|backoff")
RETRY_WORDS: Final = re.compile(r"retr(y|ies)|attempt|tries\b")
RETRY_ITERATORS: Final = frozenset({"Retrying", "AsyncRetrying", "retry_context"})
NOT_ERRORS: Final = re.compile(r"retry_if_result|retry_if_not_result|on_predicate")
ERROR_NAME: Final = re.compile(r"\b\w*(?:Error|Exception|Timeout)\b")

SERVERS: Final = frozenset(
    {
        "fastapi",
        "flask",
        "django",
        "starlette",
        "sanic",
        "quart",
        "bottle",
        "tornado",
        "litestar",
        "streamlit",
        "gradio",
        "chainlit",
        "discord",
        "telegram",
        "aiogram",
        "slack_bolt",
        "textual",
        "nicegui",
        "prompt_toolkit",
        "mcp",
        "fastmcp",
        "livekit",
        "websockets",
        "homeassistant",
        "rest_framework",
        "functions_framework",
        "modal",
    }
)
"""Packages of programs in which somebody waits for an answer."""

SERVED_PARAMETERS: Final = frozenset({"request", "websocket", "update", "ctx", "interaction"})
ASKING: Final = frozenset(
    {"input", "receive", "receive_text", "receive_json", "ask", "readline", "recv", "prompt", "chat_input"}
)
GATHERING: Final = frozenset({"gather", "as_completed", "TaskGroup", "create_task_group", "ensure_future"})
TRIMMING: Final = re.compile(
    r"trim|compact|summar|truncat|prune|shorten|window|clear|reset|limit|evict|cache"
)
GROWING: Final = frozenset({"append", "extend"})


class Around:
    """Reads what is around the calls of one file.

    `numbers` gives what a number can be, `length` how many items a list has; `None` where that cannot be told.
    """

    def __init__(
        self,
        outline: Outline,
        numbers: Callable[[cst.BaseExpression], tuple[float, ...] | None],
        length: Callable[[cst.BaseExpression], int | None],
    ) -> None:
        self.outline = outline
        self.place = outline.source.place
        self.numbers = numbers
        self.length = length

    def of(self, levels: Sequence[cst.Call], given: Mapping[str, Place]) -> Surroundings:
        """What is around a call: `levels` is the call, then its callers; `given` is where its arguments are."""
        known = [level for level in levels if self.outline.knows(level)]
        definitions = [one for level in known if (one := self.outline.definition(level)) is not None]
        decorators = [
            one for node in definitions if isinstance(node, cst.FunctionDef) for one in node.decorators
        ]
        retries = [retry for level in known for retry in self.retries(level)]
        retries += [retry for one in decorators if (retry := self.retrying(one)) is not None]
        calls = [call for node in definitions for call in calls_in(node)]
        return Surroundings(
            loop=self.loop(known),
            retries=tuple(dict.fromkeys(retries)),
            served=self.served(definitions),
            script=self.outline.script or not definitions,
            gathered=any(last_name(call.func) in GATHERING for call in calls),
            parses_json=any(is_json_loads(call) for call in calls),
            history=self.history(known[0], given.get("messages")) if known else None,
            turning=self.turning(known[0], given) if known else (),
            alone=self.alone(known[0]) if known else False,
            tagged=any(map(self.tagging, decorators)) or any(map(self.tagged, known)),
            unchecked=self.unchecked(known[0]) if known else None,
        )

    # Loops

    def loops(self, level: cst.Call) -> Iterator[tuple[LoopNode, cst.CSTNode | None]]:
        """The loops around a level, innermost first; of a comprehension with the expression that it makes."""
        below: cst.CSTNode = level
        for node in self.outline.above(level):
            if isinstance(node, cst.For):
                if below is not node.iter and below is not node.orelse:
                    yield node, None
            elif isinstance(node, cst.While):
                if below is not node.orelse:
                    yield node, None
            elif isinstance(node, (cst.ListComp, cst.SetComp, cst.GeneratorExp)) and below is node.elt:
                yield node.for_in, node.elt
            elif isinstance(node, cst.DictComp) and below is not node.for_in:
                yield node.for_in, node.value
            below = node

    def loop(self, levels: Sequence[cst.Call]) -> Loop | None:
        """The innermost loop that is no retry loop."""
        for level in levels:
            for node, element in self.loops(level):
                if not self.is_retry(node, level):
                    return self.described(node, element, level)
        return None

    def turns(self, level: cst.Call) -> Turns | None:
        """The turns of the innermost loop around a level, in its definition."""
        return next(
            (Turns(node, element) for node, element in self.loops(level) if not self.is_retry(node, level)),
            None,
        )

    def described(self, node: LoopNode, element: cst.CSTNode | None, level: cst.Call) -> Loop:
        turns = Turns(node, element)
        calls = calls_in(turns.body)
        kind: Literal["for", "while", "comprehension"] = "for" if element is None else "comprehension"
        if isinstance(node, cst.While):
            kind = "while"
        return Loop(
            self.place(node),
            kind,
            endless=isinstance(node, cst.While)
            and isinstance(node.test, cst.Name)
            and node.test.value == "True",
            few=not isinstance(node, cst.While) and self.is_short(node.iter),
            carried=turns.carries(level),
            asks=any(last_name(call.func) in ASKING for call in calls),
            pauses=self.pauses(calls, turns),
        )

    def is_short(self, iterated: cst.BaseExpression) -> bool:
        if isinstance(iterated, (cst.List, cst.Tuple, cst.Set)):
            starred = any(isinstance(one, cst.StarredElement) for one in iterated.elements)
            return not starred and len(iterated.elements) < FEW_TURNS
        held = self.length(iterated) if isinstance(iterated, cst.Name) else None
        if held is not None:
            return held < FEW_TURNS
        if isinstance(iterated, cst.Call) and iterated.args:
            name = last_name(iterated.func)
            if name in {"enumerate", "zip", "tqdm", "reversed", "sorted"}:
                return any(self.is_short(arg.value) for arg in iterated.args)
            if name == "range":
                numbers = self.numbers(iterated.args[min(1, len(iterated.args) - 1)].value)
                return numbers is not None and max(numbers) < FEW_TURNS
        return False

    def pauses(self, calls: Sequence[cst.Call], turns: Turns) -> tuple[float, ...] | None:
        found: list[float] = []
        for call in calls:
            if last_name(call.func) == "sleep" and call.args:
                seconds = self.numbers(call.args[0].value)
                if seconds is None or any(names_in(call.args[0]) & one.names for one in turns.settings):
                    return None
                found.append(max(seconds))
        return tuple(found)

    # Retries

    def retries(self, level: cst.Call) -> Iterator[Retry]:
        """The loops that try a level again, and a call with `retry` in its name that the level is passed to."""
        if RETRY_DECORATORS.search(last_name(level.func)):
            yield Retry(self.place(level), f"`{last_name(level.func)}`")
        for node, _ in self.loops(level):
            if self.is_retry(node, level):
                yield Retry(self.place(node), "the loop")

    def is_retry(self, node: LoopNode, level: cst.Call) -> bool:
        """Whether a loop makes a call again only after it failed."""
        if isinstance(node, cst.CompFor):
            return False
        if isinstance(node, cst.For) and any(
            last_name(call.func) in RETRY_ITERATORS for call in calls_in(node.iter)
        ):
            return True
        attempt = next(
            (one for one in self.outline.above(level) if isinstance(one, (cst.Try, cst.TryStar))), None
        )
        if attempt is None or not any(one is attempt for one in descendants(node.body)):
            return False
        if not any(tries_again(handler) for handler in attempt.handlers):
            return False
        return self.says_retry(node, attempt) and self.ends_on_success(node, level)

    def says_retry(self, node: cst.For | cst.While, attempt: cst.Try | cst.TryStar) -> bool:
        head = node.test if isinstance(node, cst.While) else node.iter
        words = names_in(head) if isinstance(node, cst.While) else names_in(head) | names_in(node.target)
        counted = isinstance(head, cst.Call) and last_name(head.func) == "range"
        sleeps = any(last_name(call.func) == "sleep" for one in attempt.handlers for call in calls_in(one))
        return counted or sleeps or any(RETRY_WORDS.search(word.lower()) for word in words)

    def ends_on_success(self, node: cst.For | cst.While, level: cst.Call) -> bool:
        if any(True for _ in exits_of(node)):
            return True
        set_by = (
            one.names for one in settings_in(node.body) if any(n is level for n in descendants(one.node))
        )
        return isinstance(node, cst.While) and any(names & names_in(node.test) for names in set_by)

    def retrying(self, decorator: cst.Decorator) -> Retry | None:
        """The retry that a decorator makes of errors of the API, if it does."""
        target = decorator.decorator
        called = target.func if isinstance(target, cst.Call) else target
        if not RETRY_DECORATORS.search(last_name(called)):
            return None
        code = self.outline.source.code(target)
        named = set(ERROR_NAME.findall(code))
        if NOT_ERRORS.search(code) or (named and not named & RETRIED_ERRORS):
            return None
        return Retry(self.place(target), f"`{self.outline.source.code(called)}`")

    # Who waits

    def served(self, definitions: Sequence[cst.CSTNode]) -> bool:
        if self.outline.imports & SERVERS:
            return True
        return any(
            parameter.name.value in SERVED_PARAMETERS
            for node in definitions
            if isinstance(node, cst.FunctionDef)
            for parameter in node.params.params
        )

    # What changes from turn to turn

    def varying(self, pieces: tuple[Piece, ...], call: cst.Call) -> tuple[Piece, ...]:
        """The pieces, with whether each differs from turn to turn of the innermost loop around the call."""
        turns = self.turns(call) if self.outline.knows(call) else None
        if turns is None:
            return pieces
        return tuple(replace(piece, varies=self.varies(piece, turns, call)) for piece in pieces)

    def varies(self, piece: Piece, turns: Turns, call: cst.Call) -> bool | None:
        node = self.outline.at(piece.place)
        if node is None or self.outline.definition(node) is not self.outline.definition(call):
            return None
        inside = any(one is node for one in descendants(turns.body))
        if inside and turns.varies(node):
            return True
        return None if isinstance(turns.loop, cst.While) else False

    def turning(self, call: cst.Call, given: Mapping[str, Place]) -> tuple[str, ...]:
        """The arguments that are set from the target of the innermost `for` around a call."""
        turns = self.turns(call)
        if turns is None:
            return ()
        nodes = ((name, self.outline.at(place)) for name, place in given.items())
        return tuple(name for name, node in nodes if node is not None and turns.varies(node))

    def alone(self, call: cst.Call) -> bool:
        """Whether no other call in the innermost loop calls what `call` does."""
        turns = self.turns(call)
        name = last_name(call.func)
        return turns is not None and [last_name(one.func) for one in calls_in(turns.body)].count(name) == 1

    # What is kept

    def history(self, call: cst.Call, messages: Place | None) -> Place | None:
        """The place that adds to the messages, where nothing in sight ever takes away."""
        given = self.outline.at(messages) if messages is not None else None
        name = name_of(given) if given is not None else ""
        if not name:
            return None
        nodes = [node for part in self.life(call, name) for node in descendants(part)]
        grown = [one for one in nodes if isinstance(one, cst.Call) and grows(one, name)]
        if not grown or any(shrinks(node, name) for node in nodes):
            return None
        return self.place(grown[0])

    def life(self, call: cst.Call, name: str) -> Sequence[cst.CSTNode]:
        """Where the list lives after its start: the body of a loop that asks, or the methods of the class."""
        if name.startswith("self."):
            definition = self.outline.definition(call)
            owner = self.outline.definition(definition) if definition is not None else None
            body = owner.body.body if isinstance(owner, cst.ClassDef) else ()
            return [
                one for one in body if not (isinstance(one, cst.FunctionDef) and one.name.value == "__init__")
            ]
        for node, _ in self.loops(call):
            if isinstance(node, cst.While) and any(
                last_name(one.func) in ASKING for one in calls_in(node.body)
            ):
                return [node.body]
        return ()

    # Attribution and batches

    def tagging(self, decorator: cst.Decorator) -> bool:
        target = decorator.decorator
        return isinstance(target, cst.Call) and last_name(target.func) in {"feature", "task"}

    def tagged(self, level: cst.Call) -> bool:
        return any(
            isinstance(item.item, cst.Call) and last_name(item.item.func) in {"feature", "task"}
            for node in self.outline.above(level)
            if isinstance(node, cst.With)
            for item in node.items
        )

    def unchecked(self, call: cst.Call) -> Place | None:
        """Where the message of a result is read, in the loops over `call`, while nothing looks at its type."""
        for loop in self.loops_over(call):
            body = loop.body if isinstance(loop, cst.For) else next(self.outline.above(loop))
            name = name_of(loop.target)
            reads = [node for node in descendants(body) if is_read(node, name, "message")]
            looked = any(is_read(node, name, "type") for node in descendants(body)) or any(
                is_result(node, name)
                for call_ in calls_in(body)
                for node in (arg.value for arg in call_.args)
            )
            matched = any(isinstance(node, cst.Match) for node in descendants(body))
            if reads and not looked and not matched:
                return self.place(reads[0])
        return None

    def loops_over(self, call: cst.Call) -> Iterator[cst.For | cst.CompFor]:
        bound = ""
        around: cst.CSTNode = call
        for node in self.outline.above(call):
            around = node
            if isinstance(node, (cst.For, cst.CompFor)) and any(
                one is call for one in descendants(node.iter)
            ):
                yield node
                return
            if isinstance(node, cst.Assign):
                bound = name_of(node.targets[0].target)
        for node in descendants(around) if bound else ():
            if isinstance(node, (cst.For, cst.CompFor)) and name_of(node.iter) == bound:
                yield node


def calls_in(node: cst.CSTNode) -> list[cst.Call]:
    return [one for one in descendants(node) if isinstance(one, cst.Call)]


def last_name(node: cst.CSTNode) -> str:
    """`c` for `a.b.c`."""
    if isinstance(node, cst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, cst.Name) else ""


def is_json_loads(call: cst.Call) -> bool:
    func = call.func
    return isinstance(func, cst.Attribute) and func.attr.value in {"loads", "model_validate_json"}


def tries_again(handler: cst.ExceptHandler | cst.ExceptStarHandler) -> bool:
    """Whether a handler takes errors that the SDK tries again too, and lets the loop go on."""
    caught = handler.type
    if caught is None:
        names = {""}
    elif isinstance(caught, cst.Tuple):
        names = {last_name(one.value) for one in caught.elements}
    else:
        names = {last_name(caught)}
    if not names & RETRIED_ERRORS:
        return False
    last = handler.body.body[-1] if handler.body.body else None
    small = last.body[-1] if isinstance(last, cst.SimpleStatementLine) else None
    return not isinstance(small, (cst.Raise, cst.Return, cst.Break))


def grows(call: cst.Call, name: str) -> bool:
    func = call.func
    return isinstance(func, cst.Attribute) and func.attr.value in GROWING and name_of(func.value) == name


def shrinks(node: cst.CSTNode, name: str) -> bool:
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
    return bool(TRIMMING.search(last_name(func).lower()))


def is_result(node: cst.CSTNode, name: str) -> bool:
    """Whether a node is `name` or `name.result`."""
    if isinstance(node, cst.Attribute) and node.attr.value == "result":
        node = node.value
    return bool(name) and name_of(node) == name


def is_read(node: cst.CSTNode, name: str, attribute: str) -> bool:
    """Whether a node is `name.result.attribute`."""
    return (
        isinstance(node, cst.Attribute)
        and node.attr.value == attribute
        and isinstance(node.value, cst.Attribute)
        and node.value.attr.value == "result"
        and name_of(node.value.value) == name
    )
