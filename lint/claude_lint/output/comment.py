"""What a branch brings in, as one comment on its pull request or merge request, in Markdown.

The first line is a mark that nobody sees, by which the comment is found again and changed in place. It ends with how
many things there are to say: a comment that says nothing need not be made. Dollars are said by the month only where
traces cover enough time and calls, and not at all without `costs`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from claude_lint.output.markdown import code, prose, row
from claude_lint.output.words import fixable, money, where
from claude_lint.running.pace import months

if TYPE_CHECKING:
    from claude_lint.findings import Finding, Measured
    from claude_lint.result import PrefixChange, Result

MARK: Final = "<!-- otel-claude lint:"
MOST: Final = 40
"""So many findings, and so many changed prefixes, are listed. GitHub takes 65,536 characters."""

ESTIMATE: Final = (
    "An estimate: the tokens of each cache that lived when the traces end, times the list's rate for writing it. What "
    "stands before the change and has a breakpoint of its own is not written again. A month is 30 days at the pace of "
    "the traces, and its tokens that were read from the cache are written instead."
)

LONGEST: Final = 600
"""Characters of one message."""


def render(result: Result, costs: bool) -> str:
    """The comment. `costs` is whether it may say dollars."""
    count = len(result.findings) + len(result.prefixes)
    lines = [f"{MARK} {count} -->"]
    if not result.findings:
        lines += ["### otel-claude: no new waste on Claude calls"]
    else:
        number = f"{len(result.findings):,} new finding{'s' * (len(result.findings) > 1)}"
        lines += [f"### otel-claude: {number} on Claude calls", "", *_findings(result, costs)]
    if result.prefixes:
        lines += ["", *_prefixes(result.prefixes, costs)]
    if result.errors:
        files = len({error.path for error in result.errors})
        lines += ["", f"{files:,} file{'s' * (files > 1)} could not be analysed."]
    return "\n".join(lines) + "\n"


def monthly(measured: Measured) -> float | None:
    """What the calls cost in 30 days at the pace of the traces, USD; `None` where these cover too little."""
    factor = months(measured.calls, measured.days)
    return None if factor is None or measured.unpriced_calls else measured.cost_usd * factor


def _findings(result: Result, costs: bool) -> list[str]:
    with_costs = costs and result.measured is not None
    head = ("severity", "rule", "where", "what", *(("its calls cost",) if with_costs else ()))
    lines = [row(head), row(["---"] * len(head))]
    for finding in result.findings[:MOST]:
        cells = (
            finding.severity.value,
            f"{finding.code} {finding.name}",
            code(where(finding.place, column=False)),
            _message(finding),
            *((_cost(finding.measured),) if with_costs else ()),
        )
        lines.append(row(cells))
    if len(result.findings) > MOST:
        lines += ["", f"And {len(result.findings) - MOST:,} more, which the log of the job lists."]
    fixes = fixable(result.summary).strip()
    if fixes:
        lines += ["", prose(f"`otel-claude lint` {fixes}.")]
    return lines


def _message(finding: Finding) -> str:
    text = finding.message if len(finding.message) <= LONGEST else finding.message[:LONGEST] + "…"
    fix = "" if finding.fix is None else f" Fix: {finding.fix.message}."
    return prose(text + fix)


def _cost(measured: Measured | None) -> str:
    if measured is None:
        return "not measured"
    month = monthly(measured)
    if month is None:
        return "too little measured to say"
    return prose(
        f"about {_dollars(month)} a month ({measured.calls:,} calls in {measured.days:.0f} days of traces)"
    )


def _prefixes(changes: tuple[PrefixChange, ...], costs: bool) -> list[str]:
    lines = ["**Cached prefixes that this diff changes**: live caches are written again at deploy.", ""]
    lines += [f"- {_prefix(change, costs)}" for change in changes[:MOST]]
    if len(changes) > MOST:
        lines.append(f"- and {len(changes) - MOST:,} more calls")
    if costs and any(change.rewrite_usd is not None for change in changes):
        lines += ["", ESTIMATE]
    return lines


def _prefix(change: PrefixChange, costs: bool) -> str:
    site = code(where(change.call, column=False))
    function = f" ({code(change.function)})" if change.function else ""
    said = f"{site}{function}, from {code(change.where)} on"
    if not costs or change.rewrite_usd is None:
        return said
    caches = f"{change.caches:,} live cache{'s' * (change.caches > 1)}"
    once = f"{said}: about {prose(_dollars(change.rewrite_usd))} ({caches}, {change.tokens:,} tokens)"
    if change.monthly_usd is None:
        return once
    monthly = prose(_dollars(change.monthly_usd))
    return f"{once}. As the new prefix differs from call to call, about {monthly} a month more"


def _dollars(usd: float) -> str:
    """Cents are enough of an estimate, where there are any."""
    return f"${usd:,.2f}" if usd >= 0.01 else money(usd)
