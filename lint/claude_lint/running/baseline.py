"""The baseline: findings that a project had when it began to lint, and that do not fail it.

A baseline only shrinks. It is written once with what is found, and from then on what was mended can be taken out of
it, while nothing is ever put in: a new finding is mended or suppressed where it is. An *entry* is known by path, code
and the text of its line, so that it survives when code above it moves; the text itself is not written down.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from claude_lint.dataclass import dataclass
from claude_lint.errors import LintError
from claude_lint.running.fingerprints import line_digest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from claude_lint.findings import Finding
    from claude_lint.reading.sourcelines import SourceLines
    from claude_lint.result import Result

VERSION: Final = 1

Entry = tuple[str, str, str]
"""Path relative to the baseline's directory, code, and digest of the line's text."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """How many findings each entry stands for. `file` is absolute."""

    file: Path
    entries: Mapping[Entry, int] = field(default_factory=dict)

    def entry(self, finding: Finding, root: Path, sources: SourceLines) -> Entry:
        """What the finding is known by. `root` is what its path is relative to."""
        return self.path(finding.place.path, root), finding.code, line_digest(finding, sources)

    def path(self, path: str, root: Path) -> str:
        """A path relative to `root` as one relative to the baseline."""
        return Path(os.path.relpath(root / path, self.file.parent)).as_posix()

    def split(
        self, findings: Iterable[Finding], root: Path, sources: SourceLines
    ) -> tuple[list[Finding], list[Finding]]:
        """The findings that are not in it, and those that are."""
        left = Counter(self.entries)
        new: list[Finding] = []
        known: list[Finding] = []
        for finding in findings:
            entry = self.entry(finding, root, sources)
            if left[entry] > 0:
                left[entry] -= 1
                known.append(finding)
            else:
                new.append(finding)
        return new, known

    def after(self, result: Result, codes: Collection[str]) -> Baseline:
        """This without what was mended, by the result of a run against it in which the rules `codes` ran."""
        failed = {error.path for error in result.errors}
        judged = {self.path(path, result.root) for path in result.paths if path not in failed}
        known = [self.entry(each, result.root, result.sources) for each in result.in_baseline]
        return self.shrunk(known, judged, codes)

    def shrunk(self, known: Iterable[Entry], judged: Collection[str], codes: Collection[str]) -> Baseline:
        """This without what was mended: `known` is what is still found.

        Only entries of the paths that were `judged`, or that are gone, and of the `codes` that ran are taken out.
        """
        still = Counter(known)
        kept: dict[Entry, int] = {}
        for entry, count in self.entries.items():
            path, code, _ = entry
            seen = code in codes and (path in judged or not (self.file.parent / path).exists())
            left = min(count, still[entry]) if seen else count
            if left:
                kept[entry] = left
        return Baseline(self.file, kept)

    @property
    def size(self) -> int:
        """How many findings it stands for."""
        return sum(self.entries.values())

    def write(self) -> None:
        """Replace the file. Raises `LintError` where that cannot be done."""
        entries = [
            {"path": path, "code": code, "line": line, "count": count}
            for (path, code, line), count in sorted(self.entries.items())
        ]
        lines = ",\n".join("  " + json.dumps(entry) for entry in entries)
        text = f'{{"version": {VERSION}, "findings": [\n{lines}\n]}}\n'
        try:
            descriptor, temporary = tempfile.mkstemp(dir=self.file.parent, prefix=self.file.name)
            with os.fdopen(descriptor, "w", encoding="ascii") as stream:
                stream.write(text)
            Path(temporary).chmod(0o644)
            Path(temporary).replace(self.file)
        except OSError as error:
            raise LintError(
                f"{self.file}: the baseline cannot be written: {error.strerror or error}; name another file"
            ) from error


def made_of(result: Result, file: Path) -> Baseline:
    """A new baseline, of all that was found."""
    empty = Baseline(file)
    return Baseline(file, Counter(empty.entry(each, result.root, result.sources) for each in result.findings))


def read(file: Path) -> Baseline:
    """The baseline in a file. Raises `LintError` for one that is missing or is none."""
    try:
        document: Any = json.loads(file.read_bytes())
        if document["version"] != VERSION:
            raise LintError(
                f"{file}: a baseline of version {document['version']}, which a newer release wrote"
            )
        entries: Counter[Entry] = Counter()
        for entry in document["findings"]:
            key, count = (str(entry["path"]), str(entry["code"]), str(entry["line"])), entry["count"]
            entries[key] += int(count)
    except FileNotFoundError:
        raise LintError(f"{file}: no such baseline; --write-baseline makes it") from None
    except OSError as error:
        raise LintError(f"{file}: cannot be read: {error.strerror or error}; name another file") from error
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise LintError(
            f"{file}: not a baseline; name another file, or remove it and write it anew with --write-baseline"
        ) from error
    return Baseline(file, entries)
