"""The line of the user's code that made a call.

A *call site* is the first frame, going outwards from the SDK, that is the user's own. Frames of the SDK, of ours and
of the libraries in `SKIPPED` are passed over, and those of the libraries in `WRAPPERS`, of which the outermost is
named. Where the stack leaves the user's code for a scheduler, in `BOUNDARIES`, there is no call site: the frames
beyond it ran something else.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple
from weakref import ref

if TYPE_CHECKING:
    from types import CodeType, FrameType
    from weakref import ReferenceType

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


_MOST_MODULES: Final = 10_000
_MOST_SITES: Final = 1_000
"""How many names of modules and call sites are remembered. A program that makes up code has no end of them."""


class CallSite(NamedTuple):
    """A line of code. `path` is relative to the project's root, with `/`, for a file inside it."""

    path: str
    function: str
    line: int
    wrapper: str | None = None
    """The library between the line and the SDK, as `WRAPPERS` names it."""


Place = Literal["user", "skipped", "wrapper", "boundary"]


class _Places(dict[str, Place]):
    """Whose the frames of a module are, by its name."""

    def __missing__(self, module: str) -> Place:
        top = module.partition(".")[0]
        found: Place = "user"
        if top in BOUNDARIES:
            found = "boundary"
        elif top in WRAPPERS:
            found = "wrapper"
        elif top in SKIPPED:
            found = "skipped"
        if len(self) >= _MOST_MODULES:
            self.clear()
        self[module] = found
        return found


class CallSites:
    """Finds call sites. Paths below `root` are shown from there, others as they are."""

    def __init__(self, root: Path | None) -> None:
        self._root = root
        self._places = _Places()
        self._passed: dict[int, CodeType] = {}
        """Code of modules that are passed over, by its id, which is nobody else's while it is kept here."""

        self._shown: dict[str, str] = {}
        self._known: dict[tuple[int, int], tuple[ReferenceType[CodeType], CallSite]] = {}
        """Call sites by their code and their instruction in it. An id is taken again when the code is gone; equal
        code, as that of a copy of a function in another file, is not the same."""

    def find(self, depth: int = 1) -> CallSite | None:
        """The call site of the frame `depth` above the caller, or `None` when there is none to name."""
        try:
            frame: FrameType | None = sys._getframe(depth)
        except ValueError:  # the call was made by no code in Python
            return None
        wrapper = None
        passed, known = self._passed, self._known
        while frame is not None:
            code = frame.f_code
            if id(code) not in passed:
                found = known.get((id(code), frame.f_lasti))
                if found is not None and found[0]() is code:
                    return found[1] if wrapper is None else found[1]._replace(wrapper=wrapper)
                place = self._places[str(frame.f_globals.get("__name__"))]
                if place == "boundary":
                    return None
                if place == "wrapper":
                    wrapper = WRAPPERS[str(frame.f_globals["__name__"]).partition(".")[0]]
                elif place == "user":
                    site = self._site(frame)
                    return site if wrapper is None else site._replace(wrapper=wrapper)
                elif len(passed) < _MOST_MODULES:
                    passed[id(code)] = code
            frame = frame.f_back
        return None

    def _site(self, frame: FrameType) -> CallSite:
        """The call site that `frame` is at. Kept, because the line is found by a search through the whole function."""
        code = frame.f_code
        path = self._shown.get(code.co_filename) or self._show(code.co_filename)
        site = CallSite(path, getattr(code, "co_qualname", code.co_name), frame.f_lineno)
        if len(self._known) >= _MOST_SITES:
            self._known.clear()
        self._known[id(code), frame.f_lasti] = ref(code), site
        return site

    def _show(self, filename: str) -> str:
        path = Path(filename)
        if self._root is not None:
            with suppress(OSError, ValueError):
                path = path.resolve().relative_to(self._root)
        shown = self._shown[filename] = path.as_posix()
        return shown
