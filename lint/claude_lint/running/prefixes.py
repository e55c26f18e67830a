"""The calls whose cached prefix a branch changes: what is cached when it is deployed is written again.

The requests of the files that the branch can have changed are compared with those of the same files before it. A call
is *the same* when its file, its function and its place among the calls of that function are; where a function has more
calls or fewer than before, none is compared. Of each the pieces up to the last breakpoint are held against each other:
text that is known, and in place of what is not how long it stays the same. A difference is said only where it is
certain: a piece that is unknown on one side says nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

from claude_lint.findings import Confidence, Severity
from claude_lint.request import Stability
from claude_lint.result import PrefixChange
from claude_lint.rule import Context, Rule
from claude_lint.running.measure import Measurement, call_of
from claude_lint.running.pace import months
from claude_lint.running.run import Run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from claude_lint.findings import Finding, Place
    from claude_lint.reading.before import Before
    from claude_lint.reading.diff import Changes
    from claude_lint.request import Piece, Request
    from claude_lint.result import Call, Result

Token: TypeAlias = str | Stability
"""Text that is known, or in its place how long what is there stays the same."""

Site: TypeAlias = tuple[str, str, int]
"""The path that the file had before, the function, and which call of that function it is."""


class Cache(Protocol):
    """One prefix that is cached at one model."""

    @property
    def tokens(self) -> int: ...

    def write_usd(self, at: datetime) -> float | None:
        """What writing it once costs."""

    def miss_usd(self, at: datetime) -> float | None:
        """What a token costs more that is written instead of read."""


class Caching(Measurement, Protocol):
    """What traces say of one call site, with the caches that lived when they end."""

    @property
    def live_caches(self) -> Sequence[Cache]: ...

    @property
    def cache_read_tokens(self) -> int: ...

    @property
    def last(self) -> datetime: ...


def prefix_changes(
    result: Result, changes: Changes, before: Before, as_of: date, measured: Iterable[Caching] = ()
) -> tuple[PrefixChange, ...]:
    """The calls of `result` whose cached prefix the `changes` make another one, in the order of their places.

    `before` are the files as they were. `measured` is what traces of the code as it was say of its call sites.
    """
    touched = {*changes.files, *before.texts}
    affected = {
        path for path, reads in result.reads.items() if path in touched or not touched.isdisjoint(reads)
    }
    # A wrapper that calls lead to is looked for in the files that they were followed into.
    around = {other for path in affected for other in result.reads[path] if other in result.reads}
    now = sorted(affected | around)
    then = sorted({before.moved.get(path, path) for path in now})
    after_requests, _ = _requests(result, now, {}, as_of)
    if not after_requests:
        return ()
    before_requests, calls = _requests(result, then, before.texts, as_of)
    old = _by_site(before_requests, {})
    sites = _joined(measured, calls)
    found = []
    for site, requests in _by_site(after_requests, before.moved).items():
        where = _difference(old.get(site, ()), requests)
        if where is not None:
            calls_then = sites.get(old[site][0].call, ())
            fresh = any(map(_changes_each_call, requests)) and not any(map(_changes_each_call, old[site]))
            found.append(_change(requests[0], where, calls_then, fresh=fresh))
    return tuple(sorted(found, key=lambda change: change.call))


def _requests(
    result: Result, paths: Sequence[str], texts: Mapping[str, bytes], as_of: date
) -> tuple[tuple[Request, ...], tuple[Call, ...]]:
    """The requests of the files, each once, and their calls."""
    requests: dict[Request, None] = {}

    def keep(request: Request, _: Context) -> Iterable[Finding]:
        requests[request] = None
        return ()

    keeping = Rule(
        "",
        "",
        "keeps the requests",
        Severity.INFO,
        Confidence.LOW,
        keep,
        (),
        (),
        ways=frozenset({"sdk", "http"}),
    )
    run = Run(result.root, texts, (keeping,), Context(as_of), None)
    run.analyse(paths)
    return tuple(requests), run.calls


def _by_site(requests: Iterable[Request], moved: Mapping[str, str]) -> dict[Site, list[Request]]:
    """The requests of each site, in the order in which they were found. A function is told apart by the number of its
    calls too.
    """
    by_function: dict[tuple[str, str], dict[Place, list[Request]]] = {}
    for request in requests:
        key = (moved.get(request.call.path, request.call.path), request.function)
        by_function.setdefault(key, {}).setdefault(request.call, []).append(request)
    return {
        (path, f"{function} of {len(places)}", number): places[place]
        for (path, function), places in by_function.items()
        for number, place in enumerate(sorted(places))
    }


def _difference(before: Sequence[Request], after: Sequence[Request]) -> str | None:
    """Where the first of the requests differs from what it was for certain, or `None`."""
    if len(before) != len(after):
        return None
    return next(filter(None, map(_first_difference, before, after)), None)


def _first_difference(before: Request, after: Request) -> str | None:
    old, new = _prefix(before), _prefix(after)
    if not old or not new:
        return None
    models = before.model.value, after.model.value
    if None not in models and models[0] != models[1]:
        return "model"
    for was, now in zip(old, new, strict=False):
        tokens = _tokens(was), _tokens(now)
        if was.part == now.part and was.role == now.role and tokens[0] == tokens[1]:
            continue
        certain = was.certain and now.certain and was.part == now.part and _comparable(*tokens)
        return now.path if certain else None
    return None


def _prefix(request: Request) -> tuple[Piece, ...]:
    """The pieces up to the last breakpoint that is there on every path."""
    marked = [mark.piece for mark in request.breakpoints if mark.certain]
    return request.pieces[: max(marked) + 1] if marked else ()


def _changes_each_call(request: Request) -> bool:
    """Whether no call reads the prefix that the one before it cached."""
    return any(
        segment.stability is Stability.PER_CALL for piece in _prefix(request) for segment in piece.segments
    )


def _tokens(piece: Piece) -> tuple[Token, ...]:
    tokens: list[Token] = []
    for segment in piece.segments:
        one: Token = segment.stability if segment.text is None else segment.text
        if one == "" or segment.unordered:
            continue
        if isinstance(one, Stability) or not tokens or isinstance(tokens[-1], Stability):
            tokens.append(one)
        else:
            tokens[-1] = f"{tokens[-1]}{one}"
    return tuple(tokens)


def _comparable(was: tuple[Token, ...], now: tuple[Token, ...]) -> bool:
    """Whether two that differ certainly mean different text: what is unknown stands at the same places in both."""
    if Stability.UNKNOWN not in (*was, *now):
        return bool(was and now)
    return len(was) == len(now) and all(
        (one is Stability.UNKNOWN) == (other is Stability.UNKNOWN)
        for one, other in zip(was, now, strict=True)
    )


def _joined(measured: Iterable[Caching], calls: Sequence[Call]) -> dict[Place, list[Caching]]:
    joined: dict[Place, list[Caching]] = {}
    for each in measured:
        call = call_of(each, calls)
        if call is not None:
            joined.setdefault(call.place, []).append(each)
    return joined


def _change(request: Request, where: str, sites: Sequence[Caching], *, fresh: bool) -> PrefixChange:
    caches = [(cache, site.last) for site in sites for cache in site.live_caches]
    costs = [cache.write_usd(at) for cache, at in caches]
    known = [cost for cost in costs if cost is not None]
    return PrefixChange(
        call=request.call,
        function=request.function,
        where=where,
        caches=len(caches),
        tokens=sum(cache.tokens for cache, _ in caches),
        rewrite_usd=sum(known) if known and len(known) == len(costs) else None,
        monthly_usd=_monthly(sites) if fresh else None,
    )


def _monthly(sites: Sequence[Caching]) -> float | None:
    """What a month costs more when all that was read from the cache is written instead."""
    total = 0.0
    for site in sites:
        rates = {cache.miss_usd(site.last) for cache in site.live_caches}
        factor = months(site.calls, site.days)
        rate = rates.pop() if len(rates) == 1 else None
        if rate is None or factor is None:
            return None
        total += site.cache_read_tokens * rate * factor
    return total or None
