"""What earlier runs found, kept between runs.

A cache is one directory for one linted root. `index.json` has the traits of each file by its time, size and inode, and
the listing of each directory; `results/` has one analysis a file, named by everything that it depends on: the file's
path and bytes, the rules, the day and the version of the engine. Files are replaced as a whole, so that runs side by
side cost each other nothing but an entry; what cannot be read or understood is as if it were not there, and a cache
that cannot be written is no error.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
import time
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from claude_lint import records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from claude_lint.analysis import Analysis
    from claude_lint.discover import Listing
    from claude_lint.files import Entry

KEPT_SECONDS: Final = 14 * 24 * 3600
"""A result that no run has used for so long is removed."""

PACKAGES: Final = ("claude_lint", "claude_rules", "otel_claude")
"""The packages whose code a result depends on. Of the last, the modules at its top."""


class Cache:
    """The cache in `directory`. `settings` are what every result depends on besides the file."""

    def __init__(self, directory: Path, settings: Iterable[str]) -> None:
        self._directory = directory
        self._engine = engine_digest()
        self._settings = "\0".join((self._engine, *settings))
        self._used: set[str] = set()
        index = self._load_index()
        self.entries: dict[str, Entry] = index.get("files", {})
        self.listings: dict[str, Listing] = index.get("listings", {})

    def analysis(self, path: str, digest: str, current: Callable[[str], str | None]) -> Analysis | None:
        """The analysis of a file with these bytes, if it is known and what it read has not changed since.

        `current` gives the digest of another file as it is now.
        """
        name = self._name(path, digest)
        try:
            record = json.loads((self._directory / "results" / name).read_bytes())
            if any(current(other) != known for other, known in record["reads"].items()):
                return None
            analysis = records.from_json(record["analysis"])
        except (OSError, ValueError, TypeError, KeyError, IndexError, RecursionError):
            return None
        self._used.add(name)
        return analysis

    def keep(self, path: str, digest: str, analysis: Analysis, reads: dict[str, str | None]) -> None:
        """Keep the analysis of a file with these bytes. `reads` has the digests of other files that it read."""
        name = self._name(path, digest)
        self._used.add(name)
        self._write(
            self._directory / "results" / name, {"reads": reads, "analysis": records.to_json(analysis)}
        )

    def save_index(self) -> None:
        """Write what is known of the files, and remove results that nothing has used for long."""
        index = {"engine": self._engine, "files": self.entries, "listings": self.listings}
        self._write(self._directory / "index.json", index)
        self._prune()

    def _load_index(self) -> dict[str, Any]:
        try:
            index = json.loads((self._directory / "index.json").read_bytes())
            if index["engine"] == self._engine and _is_index(index):
                return dict(index)
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            pass
        return {}

    def _name(self, path: str, digest: str) -> str:
        key = "\0".join((self._settings, path, digest)).encode(errors="surrogateescape")
        return blake2b(key, digest_size=16).hexdigest() + ".json"

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
        if directory.is_dir():
            return
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        ignore = self._directory / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="ascii")


def _is_index(index: Any) -> bool:
    """Whether the index has the shape that `save_index` writes."""
    return all(
        isinstance(entry, list) and list(map(type, entry)) == [int, int, int, int, int, str]
        for entry in index["files"].values()
    ) and all(
        isinstance(listing, list) and list(map(type, listing)) == [int, int, str, bool, list, list]
        for listing in index["listings"].values()
    )


def engine_digest() -> str:
    """Stands for the code that makes the results: its files with their times and sizes, and this Python."""
    parts = [sys.version]
    for name in PACKAGES:
        package = sys.modules.get(name)
        for folder in getattr(package, "__path__", ()):
            with os.scandir(folder) as entries:
                for entry in sorted(entries, key=lambda entry: entry.name):
                    if entry.name.endswith(".py"):
                        stat = entry.stat()
                        parts.append(f"{entry.path}:{stat.st_mtime_ns}:{stat.st_size}")
    return blake2b("\0".join(parts).encode(errors="surrogateescape"), digest_size=16).hexdigest()
