"""Paths and texts inside the project: what `__file__`, `Path`, `open` and `os.path` lead to, and what is read there.

A path that is written relative is taken from the root, where programs are started, or else from the directory of the
file that writes it.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from claude_lint.findings import Place
from claude_lint.following.segments import constant, known_text
from claude_lint.following.values import UNKNOWN, FilePath, OpenFile, Text, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from claude_lint.following.project import Project

SAME_PATH: Final = frozenset({"resolve", "absolute", "expanduser", "as_posix", "__fspath__"})
PATH_CALLS: Final = frozenset({"pathlib.Path", "pathlib.PurePath", "anyio.Path"})
SAME_PATH_CALLS: Final = frozenset(
    {"os.path.abspath", "os.path.realpath", "os.path.normpath", "os.fspath", "builtins.str"}
)


def path_of(value: Value) -> str | None:
    """The path that a value is: itself, or a text with a relative path."""
    if isinstance(value, FilePath):
        return value.path
    text = known_text(value)
    relative = text is not None and len(text) < 400 and "\n" not in text and not text.startswith(("/", "~"))
    return text if relative else None


def below(base: Value, parts: Sequence[Value]) -> Value:
    """`base / part / …`. Unknown for what leaves the project."""
    names = [path_of(one) for one in (base, *parts)]
    if any(name is None for name in names) or any(isinstance(part, FilePath) for part in parts):
        return UNKNOWN
    path = posixpath.normpath(posixpath.join(*(name or "" for name in names)))
    return UNKNOWN if path.startswith(("..", "/")) else FilePath("" if path == "." else path)


def attribute_of_path(path: str, name: str) -> Value:
    """`path.name` for a `Path`."""
    if name == "parent":
        return FilePath(posixpath.dirname(path))
    return UNKNOWN


def path_call(dotted: str, positional: Sequence[Value]) -> Value | None:
    """The value of a call that makes or changes a path, or opens one; `None` for any other call."""
    first = positional[0] if positional else None
    if first is None:
        return None
    if dotted in PATH_CALLS or dotted == "os.path.join":
        return below(first, positional[1:])
    if not isinstance(first, FilePath):
        return _opened(first) if dotted in {"builtins.open", "io.open"} else None
    if dotted in SAME_PATH_CALLS:
        return first
    if dotted == "os.path.dirname":
        return FilePath(posixpath.dirname(first.path))
    return _opened(first) if dotted in {"builtins.open", "io.open"} else None


def path_method(
    path: FilePath, name: str, positional: Sequence[Value], importer: str, project: Project
) -> Value:
    """`path.name(…)`."""
    first = known_text(positional[0]) if positional else None
    if name in SAME_PATH:
        return path
    if name == "joinpath":
        return below(path, positional)
    if name == "with_name" and first is not None:
        return below(FilePath(posixpath.dirname(path.path)), positional)
    if name == "with_suffix" and first is not None:
        return FilePath(posixpath.splitext(path.path)[0] + first)
    if name == "read_text":
        return read(path.path, importer, project)
    return OpenFile(path.path) if name == "open" else UNKNOWN


def _opened(value: Value) -> Value | None:
    path = path_of(value)
    return None if path is None else OpenFile(path)


def read(path: str, importer: str, project: Project) -> Value:
    """The text of a file of the project, unknown where there is none."""
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(importer), path))
    for candidate in dict.fromkeys((posixpath.normpath(path), beside)):
        text = None if candidate.startswith("..") else project.text(candidate)
        if text is not None:
            return Text((constant(text, Place(candidate, 1)),))
    return UNKNOWN
