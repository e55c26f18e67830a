"""What tells a finding again when the code around it has moved.

A *fingerprint* is made of the code, the path and the line's text without its spaces, and of how many equal ones came
before. It stays the same when lines above come and go, and when the line is indented.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

from claude_lint.result import UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from claude_lint.findings import Finding
    from claude_lint.reading.sourcelines import SourceLines
    from claude_lint.result import FileError


def fingerprints(findings: Iterable[Finding], sources: SourceLines) -> dict[Finding, str]:
    """Each finding's fingerprint, of 32 hexadecimal digits. Equal ones are counted in the order of their places,
    however the findings are ordered.
    """
    seen: Counter[str] = Counter()
    found: dict[Finding, str] = {}
    for finding in sorted(findings, key=lambda finding: (finding.place, finding.call, finding.message)):
        key = "\0".join((finding.code, finding.place.path, line_text(finding, sources)))
        found[finding] = _digest(f"{key}\0{seen[key]}")
        seen[key] += 1
    return found


def error_fingerprints(errors: Iterable[FileError]) -> list[str]:
    """A fingerprint for each file that could not be analysed, in their order."""
    return [
        _digest("\0".join((UNREADABLE, each.path, str(each.cell), each.message, str(each.line))))
        for each in errors
    ]


def line_digest(finding: Finding, sources: SourceLines) -> str:
    """Stands for the text of the finding's line; 16 hexadecimal digits."""
    return _digest(line_text(finding, sources))[:16]


def line_text(finding: Finding, sources: SourceLines) -> str:
    """The finding's line with single spaces; empty where it cannot be read."""
    place = finding.place
    return " ".join((sources.line(place.path, place.line, place.cell) or "").split())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="backslashreplace")).hexdigest()[:32]
