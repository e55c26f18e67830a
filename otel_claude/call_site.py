"""The line of the user's code that made a call.

A *call site* is the first frame, going outwards from the SDK, that is the user's own. Frames of the SDK, of ours
and of the libraries in `SKIPPED` are passed over. Where the stack leaves the user's code for a scheduler, in
`BOUNDARIES`, there is no call site: the frames beyond it ran something else.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from types import CodeType

SKIPPED: Final = frozenset(
    {"anthropic", "contextlib", "functools", "httpx", "httpx2", "opentelemetry", "otel_claude"}
)
"""Top-level modules whose frames are between the user and the API, and so never the call site."""

BOUNDARIES: Final = frozenset(
    {"anyio", "asyncio", "concurrent", "multiprocessing", "threading", "trio", "uvloop"}
)
"""Top-level modules that run what was handed to them elsewhere."""


@dataclass(frozen=True, slots=True)
class CallSite:
    """A line of code. `path` is relative to the project's root, with `/`, for a file inside it."""

    path: str
    function: str
    line: int


class CallSites:
    """Finds call sites below one project root. What is known of a code object is kept with it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[CodeType, tuple[str, str] | Literal["skip", "stop"]] = {}

    def find(self, depth: int = 1) -> CallSite | None:
        """The call site of the frame `depth` above the caller, or `None` when there is none to name."""
        frame = sys._getframe(depth)
        known = self._known
        while True:
            code = frame.f_code
            place = known.get(code)
            if place is None:
                place = known[code] = self._place(code, frame.f_globals.get("__name__") or "")
            if place == "stop":
                return None
            if place != "skip":
                return CallSite(place[0], place[1], frame.f_lineno)
            if frame.f_back is None:
                return None
            frame = frame.f_back

    def _place(self, code: CodeType, module: str) -> tuple[str, str] | Literal["skip", "stop"]:
        top = module.partition(".")[0]
        if top in SKIPPED:
            return "skip"
        if top in BOUNDARIES:
            return "stop"
        path = Path(code.co_filename)
        try:
            shown = path.resolve().relative_to(self._root).as_posix()
        except (OSError, ValueError):
            shown = path.as_posix()
        return shown, getattr(code, "co_qualname", code.co_name)
