"""What a change of version cost the cache: prefixes that were in use until then and had to be written anew.

Prefixes also change for other reasons, such as one for each user. So a change of version is only counted where the
version before and the new one each used prefixes more than once, and have none of these in common.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import fsum
from typing import Final, NamedTuple

MOST_PREFIXES: Final = 10_000
"""A call site with more prefixes than this is not followed."""


class Again(NamedTuple):
    """What was written anew."""

    deploys: int
    caches: int
    usd: float


@dataclass(slots=True)
class _Prefix:
    first_ns: int
    rewritten_usd: float
    """What its first write cost beyond a read."""

    calls: int = 1


@dataclass(slots=True)
class Deploys:
    """The prefixes of one call site, by version. Grows by `add`."""

    _versions: dict[str, dict[str, _Prefix]] = field(default_factory=dict)
    _prefixes: int = 0

    def add(self, at_ns: int, version: str, prefix: str, rewritten_usd: float) -> None:
        """Counts a call that used `prefix`, and what it wrote to the cache cost beyond reading it."""
        self._add(version, prefix, _Prefix(at_ns, rewritten_usd))

    def merge(self, others: Deploys) -> None:
        """Counts the calls of `others`."""
        if others._prefixes > MOST_PREFIXES:
            self._prefixes = others._prefixes
        for version, prefixes in others._versions.items():
            for name, prefix in prefixes.items():
                self._add(version, name, prefix)

    def _add(self, version: str, prefix: str, found: _Prefix) -> None:
        if self._prefixes > MOST_PREFIXES:
            return
        prefixes = self._versions.setdefault(version, {})
        known = prefixes.get(prefix)
        if known is None:
            prefixes[prefix] = found
            self._prefixes += 1
            return
        known.calls += found.calls
        if found.first_ns < known.first_ns:
            known.first_ns, known.rewritten_usd = found.first_ns, found.rewritten_usd

    def again(self) -> Again:
        """What changes of version cost, together."""
        if self._prefixes > MOST_PREFIXES:
            return Again(0, 0, 0.0)
        versions = sorted(
            self._versions.values(), key=lambda each: min(one.first_ns for one in each.values())
        )
        deploys = caches = 0
        usd = 0.0
        before: dict[str, _Prefix] = {}
        for version in versions:
            used = {name: prefix for name, prefix in version.items() if prefix.calls > 1}
            if before and used and not before.keys() & used.keys():
                rewritten = [prefix for prefix in used.values() if prefix.rewritten_usd > 0]
                deploys += bool(rewritten)
                caches += len(rewritten)
                usd += fsum(prefix.rewritten_usd for prefix in rewritten)
            before = used or before
        return Again(deploys, caches, usd)
