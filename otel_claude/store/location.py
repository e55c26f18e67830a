"""Where the store is.

The *project root* is the nearest directory, from the current one upwards, that holds one of `ROOT_MARKERS`.
The *state directory* is the user's own, for programs that run outside a project or in one that they may not
write to.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Final

VARIABLE: Final = "OTEL_CLAUDE_STORE"
"""Names the store's directory; the value `off` stops writing."""

ROOT_MARKERS: Final = ("pyproject.toml", "setup.py", "setup.cfg", ".git")
PROJECT_FOLDER: Final = ".otel-claude"
_TRACES: Final = "traces"


def project_root(start: Path | None = None) -> Path | None:
    """The project root seen from `start`, by default the current directory, or `None` outside a project."""
    start = start or current_directory()
    if start is None:
        return None
    for folder in (start, *start.parents):
        if any((folder / marker).exists() for marker in ROOT_MARKERS):
            return folder
    return None


def is_off() -> bool:
    """Whether the environment says that nothing is to be written."""
    return os.environ.get(VARIABLE, "").strip().lower() == "off"


def default_directory(start: Path | None = None) -> Path | None:
    """The absolute path of the directory to write to, which need not exist yet, or `None` where writing is
    off. It is as seen from `start`, by default the current directory.

    It is the one that OTEL_CLAUDE_STORE names, else `.otel-claude/traces` under the project root where that
    can be written, else one under the user's state directory.
    """
    if is_off():
        return None
    start = start or current_directory()
    named = _named_directory(start)
    if named is not None:
        return named
    candidates = _candidates(start)
    return next((folder for folder in candidates if _can_be_written(folder)), candidates[-1])


def private_directory(start: Path | None = None) -> Path | None:
    """The directory for files of the project at `start` that are not to be in the project, or `None` where writing is
    off: the one that OTEL_CLAUDE_STORE names, else one under the user's state directory."""
    if is_off():
        return None
    start = start or current_directory()
    return _named_directory(start) or _candidates(start)[-1]


def existing_directories() -> tuple[Path, ...]:
    """The directories that calls made from here may have been written to, as far as they exist."""
    start = current_directory()
    named = None if is_off() else _named_directory(start)
    return tuple(folder for folder in ((named,) if named else _candidates(start)) if folder.is_dir())


def prepare(directory: Path) -> None:
    """Makes the store's directory, for its owner only. The project's folder is kept out of version control.

    Raises `OSError` where that cannot be done.
    """
    folder = directory.parent
    if folder.name == PROJECT_FOLDER and not folder.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / ".gitignore").write_text("*\n", encoding="ascii")
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)


def current_directory() -> Path | None:
    """The current directory, or `None` where it was removed."""
    try:
        return Path.cwd()
    except OSError:
        return None


def _named_directory(start: Path | None) -> Path | None:
    value = os.environ.get(VARIABLE, "").strip()
    if not value:
        return None
    try:
        path = Path(value).expanduser()
    except RuntimeError:  # no home directory
        path = Path(value)
    return (start or Path("/")) / path


def _candidates(start: Path | None) -> tuple[Path, ...]:
    root = project_root(start)
    home = root or start or Path("/")
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    state = state_home() / "otel-claude" / f"{home.name or 'root'}-{digest}"
    return (state,) if root is None else (root / PROJECT_FOLDER / _TRACES, state)


def state_home() -> Path:
    """The directory for what programs keep for the user from one run to the next."""
    value = os.environ.get("XDG_STATE_HOME", "")
    if value.startswith("/"):  # the XDG specification has relative ones ignored
        return Path(value)
    try:
        return Path.home() / ".local" / "state"
    except RuntimeError:
        return Path("/tmp") / f"otel-claude-{os.getuid()}"  # noqa: S108 - made with mode 0700 by `prepare`


def _can_be_written(directory: Path) -> bool:
    nearest = next(folder for folder in (directory, *directory.parents) if folder.exists())
    return nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
