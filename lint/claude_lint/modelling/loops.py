"""The loops around a call: how many turns they have, whether turns depend on each other, how long they sleep.

A loop that only tries again is none. A pool of workers that calls a function for each item is one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

import libcst as cst

from claude_lint.modelling.retries import is_retry
from claude_lint.modelling.turns import ASKING, LoopNode, Turns, loops_around, name_of, names_in, settings_in
from claude_lint.reading.outline import calls_in, last_name, parameters_of
from claude_lint.request import FEW_TURNS, Loop

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from claude_lint.reading.outline import Outline

MAPPING: Final = frozenset({"map", "imap", "imap_unordered", "starmap", "thread_map", "submit", "apply"})
"""Methods of pools, and of a column of a data frame, that call their first argument for each item."""

DATASET: Final = r"eval|data|bench|corpus|test_cases|records|rows"
"""Names of collections that stand for more than the few items that an example writes out."""


FEW_ROWS: Final = 3
"""So many items make a list of such a name more than an example of one."""

PROGRESS: Final = r"^(a?tqdm|trange|track|progress_?bar|alive_it)"
"""Who shows how far a loop has come expects it to take long."""


class Loops:
    """Reads the loops of one file.

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

    def loop(self, levels: Sequence[cst.Call]) -> Loop | None:
        """The innermost loop that is no retry loop."""
        for level in levels:
            for node, element in loops_around(level, self.outline):
                if not is_retry(node, level, self.outline):
                    return self.described(node, element, level)
        return next((loop for level in levels if (loop := self.mapped(level)) is not None), None)

    def turns(self, level: cst.Call) -> Turns | None:
        """The turns of the innermost loop around a level, in its definition."""
        return next(
            (
                Turns(node, element)
                for node, element in loops_around(level, self.outline)
                if not is_retry(node, level, self.outline)
            ),
            None,
        )

    def mapped(self, level: cst.Call) -> Loop | None:
        """The loop in which a pool of workers calls the function around a level, for each item on its own."""
        definition = self.outline.definition(level)
        if not isinstance(definition, cst.FunctionDef):
            return None
        name = definition.name.value
        for call in self.outline.calls:
            if last_name(call.func) not in MAPPING or not call.args or name_of(call.args[0].value) != name:
                continue
            if last_name(call.func) == "apply":
                series = call.func.value if isinstance(call.func, cst.Attribute) else None
                if len(call.args) == 1 and isinstance(series, cst.Subscript):
                    return Loop(self.place(call), "for")
                continue
            submitted = last_name(call.func) == "submit"
            over = next(
                (
                    node.iter
                    for node, _ in loops_around(call, self.outline)
                    if not isinstance(node, cst.While)
                ),
                None,
            )
            iterated = over if submitted else call.args[min(1, len(call.args) - 1)].value
            if iterated is not None:
                few, many = self.is_short(iterated), self.is_long(iterated)
                return Loop(self.place(call), "for", few=few, many=many)
        return None

    def described(self, node: LoopNode, element: cst.CSTNode | None, level: cst.Call) -> Loop:
        turns = Turns(node, element)
        calls = calls_in(turns.body)
        kind: Literal["for", "while", "comprehension"] = "for" if element is None else "comprehension"
        if isinstance(node, cst.While):
            kind = "while"
        return Loop(
            self.place(node),
            kind,
            few=not isinstance(node, cst.While) and self.is_short(node.iter),
            many=not isinstance(node, cst.While) and self.is_long(node.iter),
            carried=turns.carries(level),
            asks=any(last_name(call.func) in ASKING for call in calls),
            pauses=self.pauses(calls, turns),
        )

    def is_long(self, iterated: cst.BaseExpression) -> bool:
        """Whether a progress bar, or a name that stands for many, says that there are many turns."""
        called = iterated if isinstance(iterated, cst.Call) else None
        names = names_in(iterated) if called is None else names_in(called.func) | names_in(called)
        return any(re.search(PROGRESS, name.lower()) or re.search(DATASET, name.lower()) for name in names)

    def is_short(self, iterated: cst.BaseExpression) -> bool:
        if isinstance(iterated, (cst.List, cst.Tuple, cst.Set)):
            starred = any(isinstance(one, cst.StarredElement) for one in iterated.elements)
            return not starred and len(iterated.elements) < FEW_TURNS
        if isinstance(iterated, cst.Name):
            held = self.length(iterated)
            held = self.written(iterated) if held is None else held
            few = FEW_ROWS if re.search(DATASET, iterated.value.lower()) else FEW_TURNS
            return held is not None and held < few
        if isinstance(iterated, cst.Call) and iterated.args:
            name = last_name(iterated.func)
            if name in {"enumerate", "zip", "tqdm", "reversed", "sorted"}:
                return any(self.is_short(arg.value) for arg in iterated.args)
            if name == "range":
                numbers = self.numbers(iterated.args[min(1, len(iterated.args) - 1)].value)
                return numbers is not None and max(numbers) < FEW_TURNS
        return False

    def written(self, name: cst.Name) -> int | None:
        """How many items the longest list has that the file writes out for a name that it gives nothing else."""
        if name.value in parameters_of(self.outline.definition(name)):
            return None
        cells = self.outline.source.cells
        found = [one.node for cell in cells for one in settings_in(cell.module) if name.value in one.names]
        lengths = [self.items(node) for node in found]
        known = [length for length in lengths if length is not None]
        return max(known) if known and len(known) == len(lengths) else None

    def items(self, setting: cst.CSTNode) -> int | None:
        """How many items an assignment of a list writes out."""
        if not isinstance(setting, cst.Assign) or not isinstance(setting.value, (cst.List, cst.Tuple)):
            return None
        starred = any(isinstance(one, cst.StarredElement) for one in setting.value.elements)
        return None if starred else len(setting.value.elements)

    def pauses(self, calls: Sequence[cst.Call], turns: Turns) -> tuple[float, ...] | None:
        found: list[float] = []
        for call in calls:
            if last_name(call.func) == "sleep" and call.args:
                seconds = self.numbers(call.args[0].value)
                if seconds is None or any(names_in(call.args[0]) & one.names for one in turns.settings):
                    return None
                found.append(max(seconds))
        return tuple(found)
