"""What the code around a call does with it: loops, retries, who waits, what is kept.

A *level* is the call itself, or a call of a function of the file that leads to it; each stands in a definition of its
own. What is around any level is around the call.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import libcst as cst

from claude_lint.following.knowncalls import RETRYING
from claude_lint.modelling.history import growth_of
from claude_lint.modelling.loops import MAPPING
from claude_lint.modelling.retries import retries_around, retry_by, retry_given, retry_passed
from claude_lint.modelling.schedules import schedule_of
from claude_lint.modelling.turns import Turns, name_of, names_in
from claude_lint.reading.outline import last_name, parameters_of
from claude_lint.reading.walk import descendants
from claude_lint.request import Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from claude_lint.findings import Place
    from claude_lint.modelling.loops import Loops
    from claude_lint.modelling.stores import Elsewhere
    from claude_lint.reading.outline import Outline
    from claude_lint.request import Piece, Schedule


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
QUESTIONS: Final = frozenset(
    {"query", "question", "user_query", "user_question", "user_message", "user_input"}
)
"""Parameters that hold what somebody asks, and waits for the answer to."""

GATHERING: Final = frozenset({"gather", "as_completed", "TaskGroup", "create_task_group", "ensure_future"})


class Around:
    """Reads what is around the calls of one file.

    `leading` are the names of its functions that lead to a call. `spelled` gives the call that made the value of a
    decorator, as it would be written with full names, for what tries again; an empty string for any other.
    `elsewhere` gives the function that an expression leads to, with the outline of its file.
    """

    def __init__(
        self,
        outline: Outline,
        loops: Loops,
        leading: frozenset[str],
        spelled: Callable[[cst.BaseExpression], str],
        elsewhere: Elsewhere,
    ) -> None:
        self.outline = outline
        self.loops = loops
        self.leading = leading
        self.spelled = spelled
        self.elsewhere = elsewhere
        self.place = outline.source.place

    def of(self, levels: Sequence[cst.Call], given: Mapping[str, Place]) -> Surroundings:
        """What is around a call: `levels` is the call, then its callers; `given` is where its arguments are."""
        known = [level for level in levels if self.outline.knows(level)]
        definitions = [one for level in known if (one := self.outline.definition(level)) is not None]
        decorators = [
            one
            for node in definitions
            if isinstance(node, cst.FunctionDef)
            for one in node.decorators
            if not (self.outline.yields(node) and self.of_package(one))
        ]
        retries = [
            retry
            for level in known
            for retry in retries_around(level, self.outline, direct=level is levels[0])
        ]
        retries += [
            retry for one in decorators if (retry := retry_by(one, self.outline, self.spelled)) is not None
        ]
        retries = retries or [
            retry
            for find in (retry_passed, retry_given)
            for level in known
            for retry in find(level, self.outline)
        ]
        calls = [call for node in definitions for call in self.outline.calls_in(node)]
        return Surroundings(
            loop=self.loops.loop(known),
            retries=tuple(dict.fromkeys(retries)),
            served=self.served(definitions) or any(map(self.answering, known)),
            script=self.outline.script or not definitions,
            gathered=any(last_name(call.func) in GATHERING for call in calls) or any(map(self.pooled, known)),
            parses_json=any(is_json_loads(call) for call in calls),
            history=growth_of(given.get("messages"), known[0], self.outline, self.elsewhere)
            if known
            else None,
            turning=self.turning(known[0], given) if known else (),
            alone=self.alone(known),
            schedule=self.schedule(known),
            tagged=any(map(self.tagging, decorators)) or any(map(self.tagged, known)),
            unchecked=self.unchecked(known[0]) if known else None,
        )

    # Who waits

    def of_package(self, decorator: cst.Decorator) -> bool:
        """Whether a decorator is one of a package that tries again. None of them sees how a generator fails, which is
        when somebody goes through it.
        """
        return self.spelled(decorator.decorator).partition("(")[0] in RETRYING

    def served(self, definitions: Sequence[cst.CSTNode]) -> bool:
        if self.outline.imports & SERVERS:
            return True
        return any(
            parameter.name.value in SERVED_PARAMETERS
            for node in definitions
            if isinstance(node, cst.FunctionDef)
            for parameter in node.params.params
        )

    def answering(self, level: cst.Call) -> bool:
        """Whether a level stands in a loop of a function that is given one question to answer."""
        turns = self.loops.turns(level)
        if turns is None or isinstance(turns.loop, cst.While):
            return False
        given = parameters_of(self.outline.definition(level)) - names_in(turns.loop.iter)
        return not QUESTIONS.isdisjoint(given)

    def pooled(self, level: cst.Call) -> bool:
        """Whether a level hands work to a pool, for items that its function is given: a helper that saves time."""
        if last_name(level.func) not in MAPPING:
            return False
        turns = self.loops.turns(level)
        items = turns.loop.iter if turns is not None and not isinstance(turns.loop, cst.While) else level
        return not names_in(items).isdisjoint(parameters_of(self.outline.definition(level)))

    # What changes from turn to turn

    def varying(
        self, pieces: tuple[Piece, ...], call: cst.Call, loops: tuple[Place, ...]
    ) -> tuple[Piece, ...]:
        """The pieces, with whether each differs from turn to turn of the innermost of the `loops` around the call."""
        turns = self.loops.turns(call) if self.outline.knows(call) else None
        return tuple(replace(piece, varies=self.varies(piece, turns, call, loops)) for piece in pieces)

    def varies(
        self, piece: Piece, turns: Turns | None, call: cst.Call, loops: tuple[Place, ...]
    ) -> bool | None:
        if any(segment.differs(loops) for segment in piece.segments):
            return True
        if turns is None:
            return None
        node = self.outline.at(piece.place)
        if node is None or self.outline.definition(node) is not self.outline.definition(call):
            return None
        inside = any(one is node for one in descendants(turns.body))
        if inside and turns.varies(node):
            return True
        return None if isinstance(turns.loop, cst.While) else False

    def turning(self, call: cst.Call, given: Mapping[str, Place]) -> tuple[str, ...]:
        """The arguments that are set from the target of the innermost `for` around a call."""
        turns = self.loops.turns(call)
        if turns is None:
            return ()
        nodes = ((name, self.outline.at(place)) for name, place in given.items())
        return tuple(name for name, node in nodes if node is not None and turns.varies(node))

    def alone(self, levels: Sequence[cst.Call]) -> bool:
        """Whether a turn of the innermost loop makes this one call to Claude, as far as names tell."""
        for level in levels:
            turns = self.loops.turns(level)
            within = turns.body if turns is not None else self.outline.definition(level)
            if last_name(level.func) in MAPPING:
                return True
            if within is None:
                return False
            wanted = self.leading | {last_name(level.func)}
            if sum(last_name(one.func) in wanted for one in self.outline.calls_in(within)) != 1:
                return False
            if turns is not None:
                return True
        return False

    def schedule(self, levels: Sequence[cst.Call]) -> Schedule | None:
        """What runs the function around one of `levels`, where each run makes one call."""
        for level in levels:
            definition = self.outline.definition(level)
            if not isinstance(definition, cst.FunctionDef) or self.loops.turns(level) is not None:
                return None
            wanted = self.leading | {last_name(level.func)}
            if sum(last_name(one.func) in wanted for one in self.outline.calls_in(definition)) != 1:
                return None
            found = schedule_of(definition, self.outline, self.loops.numbers)
            if found is not None:
                return found
        return None

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
                for call_ in self.outline.calls_in(body)
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


def is_json_loads(call: cst.Call) -> bool:
    func = call.func
    return isinstance(func, cst.Attribute) and func.attr.value in {"loads", "model_validate_json"}


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
