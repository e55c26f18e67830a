"""Where names are looked up while code is followed: the state of one path, and the frame of one function."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from claude_lint.dataclass import dataclass
from claude_lint.following.values import Item, Unknown, Value, choice, join_objects

if TYPE_CHECKING:
    from collections.abc import Mapping

    from claude_lint.findings import Place
    from claude_lint.following.heap import Heap


@dataclass(slots=True)
class State:
    """What is known at one point of one path. Not `live` after a return, a raise, a break."""

    names: dict[str, Value]
    heap: Heap
    live: bool = True
    sent: frozenset[int] = frozenset()
    """The readings of changing sources that requests made on this path so far have sent."""

    def fork(self) -> State:
        return State(dict(self.names), self.heap.fork(), self.live, self.sent)

    def become(self, *paths: State) -> None:
        """Go on from where `paths` meet. A path that ended does not arrive.

        The names stay in the same dict, in which functions defined so far look up theirs.
        """
        arriving = [path for path in paths if path.live]
        if not arriving:
            self.live = False
            return
        first, *others = arriving
        sent = first.sent.union(*(other.sent for other in others))
        names, heap = first.names, first.heap
        for other in others:
            names = {
                name: choice((names.get(name, Unknown()), other.names.get(name, Unknown())))
                if names.get(name) is not other.names.get(name)
                else names[name]
                for name in {**names, **other.names}
            }
            heap = heap.joined(other.heap, join_objects)
        if names is not self.names:
            self.names.update(names)
        self.heap, self.live, self.sent = heap, True, sent


@dataclass(slots=True)
class Frame:
    """One function being followed, or the module."""

    name: str
    outers: tuple[Mapping[str, Value], ...] = ()
    loops: tuple[Place, ...] = ()
    depth: int = 0
    this: Value | None = None
    owner: Any = None
    module: bool = False
    caller: Any = None
    """The call that led here, for a function followed on behalf of a caller."""

    globals: set[str] = field(default_factory=set)
    returned: list[tuple[Value, State]] = field(default_factory=list)
    inherited: int = 0
    """How many of `loops` are around the call that led here, and not in the function itself."""

    branches: int = 0
    """How many branches are around the statement being followed, in this function and its callers."""

    yielded: list[Item] = field(default_factory=list)
    """What a generator has given so far."""

    around: tuple[str, ...] = ()
    """Names of the statement being followed: the targets of an assignment."""
