"""Remembers how far each file has been sent to each endpoint, so that a second replay goes on where the first ended.

An *entry* is one file and one endpoint, kept as a small file of its own in the user's state directory. It is written
before a batch is sent and again when the endpoint has answered. A file is known by its path and by how it begins:
one that was replaced by another is sent from its start.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from otel_claude.replay.batches import Position
from otel_claude.store.location import state_home

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEAD_BYTES: Final = 4096
"""How much of a file's beginning tells it from another."""


class JournalError(Exception):
    """The journal cannot be used. The message says why and what to do."""


_START: Final = Position()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a file has been sent."""

    position: Position = _START
    in_doubt: Position | None = None
    """Where the batch ends that was sent last, if no answer to it came."""

    sent: int = 0
    """Spans that the endpoint has taken."""


def default_directory() -> Path:
    """Where entries are kept unless the user names another place."""
    return state_home() / "otel-claude" / "replay"


class Entry:
    """How far `file` has been sent to the endpoint at `url`."""

    def __init__(self, directory: Path, file: Path, url: str) -> None:
        self._file = file.resolve()
        self._url = url
        digest = hashlib.sha256(os.fsencode(self._file) + b"\0" + url.encode()).hexdigest()[:20]
        self._path = directory / f"{digest}.json"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps other processes from sending the same file to the same endpoint. Raises `JournalError`."""
        import fcntl

        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise JournalError(
                f"{self._path.parent}: cannot be written: {error.strerror}; name another place with --journal"
            ) from None
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise JournalError(f"{self._file}: is being sent to {self._url} by another process") from None
            yield
        finally:
            os.close(descriptor)

    def read(self) -> Progress:
        """What is known, or a new beginning. Raises `JournalError` for an entry that is not ours to understand."""
        try:
            found = json.loads(self._path.read_text("utf-8"))
            head, size = found["head"], int(found["head_bytes"])
            progress = Progress(
                Position(*found["position"]), _position(found["in_doubt"]), int(found["sent"])
            )
        except FileNotFoundError:
            return Progress()
        except (OSError, ValueError, KeyError, TypeError):
            raise JournalError(
                f"{self._path}: is no entry of the journal; remove it to send {self._file} from its start"
            ) from None
        is_same = self._head(size) == head and self._file.stat().st_size >= progress.position.offset
        return progress if is_same else Progress()

    def write(self, progress: Progress) -> None:
        """Replaces the entry as a whole, and returns when it is on the disk. Raises `JournalError`."""
        size = min(HEAD_BYTES, progress.position.offset or (progress.in_doubt or _START).offset)
        text = json.dumps(
            {
                "file": str(self._file),
                "to": self._url,
                "head": self._head(size),
                "head_bytes": size,
                "position": progress.position,
                "in_doubt": progress.in_doubt,
                "sent": progress.sent,
            }
        )
        new = self._path.with_suffix(".new")
        try:
            with new.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._path)
        except OSError as error:
            raise JournalError(f"{self._path}: cannot be written: {error.strerror}") from None

    def _head(self, size: int) -> str:
        with self._file.open("rb") as file:
            return hashlib.sha256(file.read(size)).hexdigest()


def _position(value: Any) -> Position | None:
    return None if value is None else Position(*value)
