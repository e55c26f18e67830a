"""How places, money and measurements are written for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from claude_lint.findings import Measured, Place
    from claude_lint.result import Summary

NOT_MEASURED: Final = "not measured"
NAMED: Final = 3
"""So many of the calls that a finding is about besides the first are named."""


def where(place: Place, *, column: bool = True) -> str:
    """`path:line:column`, with the cell in a notebook, as editors and terminals can open it."""
    cell = "" if place.cell is None else f"cell {place.cell}:"
    return f"{printable(place.path)}:{cell}{place.line}" + (f":{place.column}" if column else "")


def also(others: Sequence[Place], path: str) -> str:
    """A sentence that names the other calls that a finding in the file `path` is about; empty without any."""
    if not others:
        return ""
    named = [
        where(one, column=False) if one.path != path or one.cell is not None else f"line {one.line}"
        for one in others[:NAMED]
    ]
    more = [f"{len(others) - NAMED:,} more"] if len(others) > NAMED else []
    return f" The same mend helps the call{'s' * (len(others) > 1)} at {listed([*named, *more])}."


def listed(words: Sequence[str]) -> str:
    """Words as a sentence lists them: "a, b and c"."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def printable(text: str) -> str:
    """The text with control characters, line ends and what reorders text shown as U+FFFD; tabs stay."""
    return "".join(c if c.isprintable() or c == "\t" else "\ufffd" for c in text)


def money(usd: float) -> str:
    """US dollars: cents from $100, a hundredth of a cent below."""
    if usd == 0:
        return "$0"
    return f"${usd:,.2f}" if usd >= 100 else f"${usd:.4f}" if usd >= 0.0001 else "<$0.0001"


def cost(measured: Measured) -> str:
    """What the priced calls cost, and how many others there were."""
    if measured.unpriced_calls == 0:
        return money(measured.cost_usd)
    unpriced = f"{measured.unpriced_calls:,} unpriced"
    return (
        f"{money(measured.cost_usd)} + {unpriced}" if measured.unpriced_calls < measured.calls else unpriced
    )


def percent(ratio: float | None) -> str:
    """A ratio in percent, `-` for none."""
    return "-" if ratio is None else f"{ratio:.0%}"


def fixable(summary: Summary) -> str:
    """One line of what can be fixed, with its line end; empty when nothing can."""
    if summary.fixable and summary.unsafely_fixable:
        return f"--fix mends {summary.fixable:,}, with --unsafe-fixes {summary.unsafely_fixable:,} more\n"
    if summary.unsafely_fixable:
        return f"--fix --unsafe-fixes mends {summary.unsafely_fixable:,}\n"
    return f"--fix mends {summary.fixable:,}\n" if summary.fixable else ""


def period(days: float) -> str:
    """` in ` and a time span in its largest fitting unit; empty for less than two minutes."""
    for length, unit in ((1.0, "days"), (1 / 24, "hours"), (1 / 1440, "minutes")):
        if days >= 2 * length:
            return f" in {days / length:.0f} {unit}"
    return ""


def measured(measured: Measured | None) -> str:
    """One line of what traces say of a call."""
    if measured is None:
        return NOT_MEASURED
    calls = f"{measured.calls:,} call" + ("" if measured.calls == 1 else "s")
    hits = (
        ""
        if measured.cache_hit_ratio is None
        else f", {percent(measured.cache_hit_ratio)} of the input from the cache"
    )
    return f"measured: {cost(measured)} for {calls}{period(measured.days)}{hits}"
