"""The line of the user's code that made a call.

A *call site* is the first frame, going outwards from the SDK, that is the user's own. Frames of the SDK, of ours and
of the libraries in `SKIPPED` are passed over, and those of the libraries in `WRAPPERS`, of which the outermost is
named. Where the stack leaves the user's code for a scheduler, in `BOUNDARIES`, there is no call site: the frames
beyond it ran something else.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from types import FrameType

SKIPPED: Final = frozenset(
    {"anthropic", "contextlib", "functools", "httpx", "httpx2", "opentelemetry", "otel_claude"}
)
"""Top-level modules whose frames are between the user and the API, and so never the call site."""

WRAPPERS: Final = {
    "instructor": "instructor",
    "langchain": "langchain",
    "langchain_anthropic": "langchain",
    "langchain_core": "langchain",
    "langgraph": "langchain",
    "llama_index": "llama-index",
    "llama_index_instrumentation": "llama-index",
    "pydantic_ai": "pydantic-ai",
    "pydantic_graph": "pydantic-ai",
}
"""Top-level modules of libraries that call the SDK for the user, with the name of the library."""

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
    wrapper: str | None = None
    """The library between the line and the SDK, as `WRAPPERS` names it."""


@lru_cache(maxsize=1024)
def _place(module: str) -> Literal["user", "skipped", "wrapper", "boundary"]:
    """Whose the frames of a module of that name are."""
    top = module.partition(".")[0]
    if top in BOUNDARIES:
        return "boundary"
    if top in WRAPPERS:
        return "wrapper"
    return "skipped" if top in SKIPPED else "user"


class CallSites:
    """Finds call sites. Paths below `root` are shown from there, others as they are."""

    def __init__(self, root: Path | None) -> None:
        self._root = root
        self._shown: dict[str, str] = {}

    def find(self, depth: int = 1) -> CallSite | None:
        """The call site of the frame `depth` above the caller, or `None` when there is none to name."""
        frame: FrameType | None = sys._getframe(depth)
        wrapper = None
        while frame is not None:
            place = _place(str(frame.f_globals.get("__name__")))
            if place == "boundary":
                return None
            if place == "wrapper":
                wrapper = WRAPPERS[str(frame.f_globals["__name__"]).partition(".")[0]]
            elif place == "user":
                # Known by its file, not by its code: that of a copy of a function in another file is equal to it.
                code = frame.f_code
                path = self._shown.get(code.co_filename) or self._show(code.co_filename)
                return CallSite(path, getattr(code, "co_qualname", code.co_name), frame.f_lineno, wrapper)
            frame = frame.f_back
        return None

    def _show(self, filename: str) -> str:
        path = Path(filename)
        if self._root is not None:
            with suppress(OSError, ValueError):
                path = path.resolve().relative_to(self._root)
        shown = self._shown[filename] = path.as_posix()
        return shown
