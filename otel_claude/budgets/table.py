"""What a table of budgets says. `docs/budgets.md` shows every key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from otel_claude.budgets.limits import PERIODS, THRESHOLDS, Budgets, HitRatio, Limit, Subject
from otel_claude.budgets.settings import USER_TABLE, BudgetsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from otel_claude.budgets.limits import Kind
    from otel_claude.user_table import Found

_OF_A_SUBJECT: Final = (*PERIODS, "thresholds", "enforce", "hit_ratio", "hit_ratio_calls")
KEYS: Final = (*_OF_A_SUBJECT, "seed", "features", "tasks")
"""The keys that a table can have at its top."""

_SEEDS: Final = ("store", "none")
_MOST_CALLS: Final = 10_000


def budgets(found: Found) -> Budgets:
    """The budgets that the table `found` sets. Raises `BudgetsError`."""
    table = USER_TABLE.keys(found.content, KEYS, found.where)
    seed = table.get("seed", "none")
    if seed not in _SEEDS:
        raise BudgetsError(f'{found.where}: seed: {seed!r} is neither "store" nor "none"')
    limits: list[Limit] = []
    ratios: list[HitRatio] = []
    for subject, own, where in _subjects(table, found.where):
        limits += _limits(subject, own, table, where)
        if (ratio := _hit_ratio(subject, own, where)) is not None:
            ratios.append(ratio)
    if not limits and not ratios:
        raise BudgetsError(f"{found.where}: sets no limit; write USD for a period, such as day = 20")
    return Budgets(tuple(limits), tuple(ratios), is_seeded=seed == "store")


def _subjects(table: Mapping[str, Any], where: str) -> Iterator[tuple[Subject, Mapping[str, Any], str]]:
    """Each subject with its own table and how messages name that."""
    yield Subject(), table, where
    kinds: tuple[tuple[str, Kind], ...] = (("features", "feature"), ("tasks", "task"))
    for key, kind in kinds:
        for name, own in USER_TABLE.keys(table.get(key, {}), None, f"{where}: {key}").items():
            place = f'{where}: {key}."{name}"'
            found = USER_TABLE.keys(own, _OF_A_SUBJECT, place)
            if not set(found).intersection((*PERIODS, "hit_ratio")):
                raise BudgetsError(f"{place}: sets no limit; write USD for a period, such as day = 20")
            yield Subject(kind, name), found, place


def _limits(
    subject: Subject, own: Mapping[str, Any], table: Mapping[str, Any], where: str
) -> Iterator[Limit]:
    """The limits of a subject. What it does not say of thresholds and enforcement holds as for all calls."""
    thresholds = _thresholds({**table, **own}, where)
    is_enforced = {**table, **own}.get("enforce", False)
    if not isinstance(is_enforced, bool):
        raise BudgetsError(f"{where}: enforce: {is_enforced!r} is neither true nor false")
    for period in PERIODS:
        usd = USER_TABLE.number(own, period, where)
        if usd is None:
            continue
        try:
            limit = Limit(subject, period, usd, thresholds, is_enforced)
        except ValueError as error:
            raise BudgetsError(f"{where}: {period}: {error}") from None
        yield limit


def _thresholds(table: Mapping[str, Any], where: str) -> tuple[float, ...]:
    value = table.get("thresholds", [share * 100 for share in THRESHOLDS])
    if not isinstance(value, list) or not value:
        raise BudgetsError(f"{where}: thresholds: must be a list of percentages, such as [50, 80, 100]")
    shares = set()
    for each in value:
        if isinstance(each, bool) or not isinstance(each, (int, float)) or not 1 <= each <= 1000:
            raise BudgetsError(f"{where}: thresholds: {each!r} is no percentage from 1 to 1000")
        shares.add(each / 100)
    return tuple(sorted(shares))


def _hit_ratio(subject: Subject, own: Mapping[str, Any], where: str) -> HitRatio | None:
    least = USER_TABLE.number(own, "hit_ratio", where)
    calls = own.get("hit_ratio_calls", HitRatio(subject, 0).calls)
    if least is None:
        if "hit_ratio_calls" in own:
            raise BudgetsError(f"{where}: hit_ratio_calls is about hit_ratio, and there is none")
        return None
    if not 0 < least <= 1:
        raise BudgetsError(f"{where}: hit_ratio: {least} is no share above 0 and up to 1; 60 % is 0.6")
    if type(calls) is not int or not 1 <= calls <= _MOST_CALLS:
        raise BudgetsError(f"{where}: hit_ratio_calls: {calls!r} is no number of calls up to {_MOST_CALLS:,}")
    return HitRatio(subject, least, calls)
