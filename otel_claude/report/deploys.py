"""What a change of version cost the cache: prefixes that were in use until then and had to be written anew.

Prefixes also change for other reasons, such as one for each user. So a change of version is only counted where the
version before and the new one each used prefixes more than once, and have none of these in common.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

MOST_PREFIXES: Final = 10_000
"""A call site with more prefixes than this is not followed."""


class Again(NamedTuple):
    """What was written anew."""

    deploys: int
    caches: int
    usd: float


@dataclass(slots=True)
class _Prefix:
    first: datetime
    rewritten_usd: float
    """What its first write cost beyond a read."""

    calls: int = 1


@dataclass(slots=True)
class Deploys:
    """The prefixes of one call site, by version. Grows by `add`."""

    _versions: dict[str, dict[str, _Prefix]] = field(default_factory=dict)
    _prefixes: int = 0

    def add(self, at: datetime, version: str, prefix: str, rewritten_usd: float) -> None:
        """Counts a call that used `prefix`, and what it wrote to the cache cost beyond reading it."""
        if self._prefixes > MOST_PREFIXES:
            return
        prefixes = self._versions.setdefault(version, {})
        known = prefixes.get(prefix)
        if known is None:
            prefixes[prefix] = _Prefix(at, rewritten_usd)
            self._prefixes += 1
            return
        known.calls += 1
        if at < known.first:
            known.first, known.rewritten_usd = at, rewritten_usd

    def again(self) -> Again:
        """What changes of version cost, together."""
        if self._prefixes > MOST_PREFIXES:
            return Again(0, 0, 0.0)
        versions = sorted(self._versions.values(), key=lambda each: min(one.first for one in each.values()))
        deploys = caches = 0
        usd = 0.0
        before: dict[str, _Prefix] = {}
        for version in versions:
            used = {name: prefix for name, prefix in version.items() if prefix.calls > 1}
            if before and used and not before.keys() & used.keys():
                rewritten = [prefix for prefix in used.values() if prefix.rewritten_usd > 0]
                deploys += bool(rewritten)
                caches += len(rewritten)
                usd += sum(prefix.rewritten_usd for prefix in rewritten)
            before = used or before
        return Again(deploys, caches, usd)
