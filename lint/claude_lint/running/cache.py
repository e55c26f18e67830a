"""What earlier runs found, kept between runs.

A cache is one directory for one linted root. `index.json` has the traits of each file by its time, size and inode, the
listing of each directory, and which wrappers are where. `results/` has one analysis a file, named by what it depends
on: the file's path and bytes, the wrappers that it mentions, the rules, the day and the version of the engine. Files
are replaced as a whole, so that runs side by side cost each other nothing but an entry; what cannot be read or
understood is as if it were not there, and a cache that cannot be written is no error.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from dataclasses import astuple, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from claude_lint.following.wrappers import Wrapper
from claude_lint.reading.files import digest_of
from claude_lint.running import records

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from claude_lint.reading.discover import Listing
    from claude_lint.reading.files import Entry
    from claude_lint.running.analysis import Analysis

KEPT_SECONDS: Final = 14 * 24 * 3600
"""A result that no run has used for so long is removed."""

KEPT_SCOPES: Final = 8
"""For how many sets of files it is kept which wrappers they mention."""

PACKAGES: Final = ("claude_lint", "claude_rules", "otel_claude")
"""The packages whose code a result depends on. Of the others than the engine, the modules at their top."""


class Cache:
    """The cache in `directory` of what is linted below `root`. `settings` are what every result depends on besides the
    file.
    """

    def __init__(self, directory: Path, root: Path, settings: Iterable[str]) -> None:
        self._directory, self._root = directory, root
        self._engine = engine_digest()
        self._settings = "\0".join((self._engine, *settings))
        self._used: set[str] = set()
        index = self._load_index()
        self.entries: dict[str, Entry] = index.get("files", {})
        self.listings: dict[str, Listing] = index.get("listings", {})
        self._scopes: dict[str, Any] = index.get("scopes", {})
        self._scope = ""
        self.wrappers: tuple[Wrapper, ...] = ()
        """The wrappers that the run before found in the same files."""

        self._mentions: dict[str, frozenset[Wrapper]] = {}
        self.changed = False
        """Whether there is something new in the index besides `entries`."""

    def analysis(
        self, path: str, digest: str, mentioned: Iterable[Wrapper], current: Callable[[str], str | None]
    ) -> Analysis | None:
        """The analysis of a file with these bytes and wrappers, if it is known and what it read has not changed since.

        `current` gives the digest of another file as it is now.
        """
        name = self._name(path, digest, mentioned)
        try:
            record = json.loads((self._directory / "results" / name).read_bytes())
            if any(current(other) != known for other, known in record["reads"].items()):
                return None
            analysis = replace(records.from_json(record["analysis"]), reads=tuple(record["reads"]))
        except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
            return None
        self._used.add(name)
        return analysis

    def keep(
        self,
        path: str,
        digest: str,
        mentioned: Iterable[Wrapper],
        analysis: Analysis,
        reads: dict[str, str | None],
    ) -> None:
        """Keep the analysis of a file with these bytes and wrappers. `reads` has the digests of what else it read."""
        name = self._name(path, digest, mentioned)
        self._used.add(name)
        self._write(
            self._directory / "results" / name, {"reads": reads, "analysis": records.to_json(analysis)}
        )

    def begin(self, paths: Iterable[str]) -> None:
        """Start a run about these files. What they mention is kept for each set of files, with all its wrappers."""
        self._scope = digest_of("\0".join(paths).encode(errors="surrogateescape"))
        wrappers, mentions = self._scopes.get(self._scope, ((), {}))
        self.wrappers = tuple(Wrapper(*wrapper) for wrapper in wrappers)
        self._mentions = {
            path: frozenset(self.wrappers[number] for number in numbers) for path, numbers in mentions.items()
        }

    def mentions(self, wrappers: Collection[Wrapper]) -> dict[str, frozenset[Wrapper]] | None:
        """Which of `wrappers` each file mentions that mentions some, or `None` when there were other wrappers then."""
        return self._mentions if set(wrappers) == set(self.wrappers) else None

    def keep_mentions(self, wrappers: Iterable[Wrapper], mentions: dict[str, frozenset[Wrapper]]) -> None:
        """Keep all wrappers that there are in the files of this run, and which of them each file mentions."""
        found = tuple(sorted(wrappers))
        if (found, mentions) == (self.wrappers, self._mentions):
            return
        self.wrappers, self._mentions, self.changed = found, mentions, True
        numbers = {wrapper: number for number, wrapper in enumerate(found)}
        indices = {path: sorted(numbers[each] for each in some) for path, some in mentions.items()}
        others = [scope for scope in self._scopes.items() if scope[0] != self._scope]
        self._scopes = dict(
            [*others, (self._scope, [[astuple(wrapper) for wrapper in found], indices])][-KEPT_SCOPES:]
        )

    def save_index(self) -> None:
        """Write what is known of the files that are still there, and remove results that nothing has used for long."""
        for known in (self.entries, self.listings):
            for path in [path for path in known if not os.path.lexists(self._root / path)]:
                del known[path]
        index = {
            "engine": self._engine,
            "files": self.entries,
            "listings": self.listings,
            "scopes": self._scopes,
        }
        self._write(self._directory / "index.json", index)
        self._prune()

    def _load_index(self) -> dict[str, Any]:
        try:
            index = json.loads((self._directory / "index.json").read_bytes())
            if index["engine"] == self._engine and _is_index(index):
                return dict(index)
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            pass
        return {}

    def _name(self, path: str, digest: str, mentioned: Iterable[Wrapper]) -> str:
        parts = (
            self._settings,
            path,
            digest,
            *("\0".join(astuple(wrapper)) for wrapper in sorted(mentioned)),
        )
        key = "\0".join(parts).encode(errors="surrogateescape")
        return digest_of(key) + ".json"

    def _prune(self) -> None:
        now = time.time()
        with contextlib.suppress(OSError), os.scandir(self._directory / "results") as entries:
            for entry in entries:
                if entry.name in self._used:
                    os.utime(entry)
                elif now - entry.stat().st_mtime > KEPT_SECONDS:
                    Path(entry).unlink(missing_ok=True)

    def _write(self, file: Path, document: object) -> None:
        """Replace the file as a whole; where that fails there is no cache, which is no error."""
        import tempfile  # most runs write nothing

        with contextlib.suppress(OSError, UnicodeEncodeError):
            self._prepare(file.parent)
            descriptor, temporary = tempfile.mkstemp(dir=file.parent, suffix=".tmp")
            try:
                with os.fdopen(descriptor, "w", encoding="ascii") as stream:
                    json.dump(document, stream, separators=(",", ":"))
                Path(temporary).replace(file)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise

    def _prepare(self, directory: Path) -> None:
        """Make the directory, and keep the topmost one that is new out of version control."""
        new = [folder for folder in (directory, *directory.parents) if not folder.exists()]
        for folder in reversed(new):
            folder.mkdir(mode=0o700, exist_ok=True)
        if new:
            (new[-1] / ".gitignore").write_text("*\n", encoding="ascii")


def _is_index(index: Any) -> bool:
    """Whether the index has the shape that `save_index` writes."""
    for wrappers, mentions in index["scopes"].values():
        if not all(isinstance(each, list) and list(map(type, each)) == [str] * 3 for each in wrappers):
            return False
        if not all(number in range(len(wrappers)) for numbers in mentions.values() for number in numbers):
            return False
    return set(map(len, index["files"].values())) <= {6} and all(
        isinstance(listing, list) and list(map(type, listing)) == [int, int, str, bool, list, list]
        for listing in index["listings"].values()
    )


def _standing(folder: str) -> list[str]:
    """The Python files directly in `folder`, with their times and sizes."""
    with os.scandir(folder) as entries:
        files = sorted((entry.path, entry.stat()) for entry in entries if entry.name.endswith(".py"))
    return [f"{path}:{status.st_mtime_ns}:{status.st_size}" for path, status in files]


def engine_digest() -> str:
    """Stands for the code that makes the results: its files with their times and sizes, and this Python."""
    parts = [sys.version]
    for name in PACKAGES:
        package = sys.modules.get(name)
        for folder in getattr(package, "__path__", ()):
            parts.extend(_standing(folder))
            if name == "claude_lint":
                rooms = sorted(entry.path for entry in os.scandir(folder) if entry.is_dir())
                parts.extend(file for room in rooms for file in _standing(room))
    return digest_of("\0".join(parts).encode(errors="surrogateescape"))
