"""CL901: suppressions that silence nothing, have expired, or name rules that do not exist.

A suppression is judged only where every rule that it names has run. `# noqa` without codes, and its codes of other
linters, are none of our business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from claude_lint.findings import Confidence, Edit, Finding, Fix, Place, Severity
from claude_lint.running.selection import ENGINE_CODES, matches

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import date

    from claude_lint.reading.sourcelines import SourceLines
    from claude_lint.rule import Rule
    from claude_lint.running.suppressions import Suppression

CODE: Final = "CL901"
NAME: Final = ENGINE_CODES[CODE]


class Judge:
    """Tells which suppressions are of no use. `rules` are all that there are, `running` those that ran."""

    def __init__(
        self, rules: Iterable[Rule], running: Iterable[Rule], sources: SourceLines, today: date
    ) -> None:
        self._names = {rule.code: rule.name for rule in rules}
        self._ran = {rule.code for rule in running}
        self._all_ran = all(rule.code in self._ran for rule in rules if rule.default)
        self._sources, self._today = sources, today

    def findings(self, suppression: Suppression, about: Collection[Finding]) -> Iterator[Finding]:
        """At most one finding. `about` is every finding that the suppression means, silenced or not."""
        if suppression.misdated:
            said = f"`until=` needs a day such as 2027-01-31, not {suppression.misdated}"
            yield _finding(suppression, f"This suppression never expires: {said}.", None)
        elif suppression.rules is None:
            if suppression.kind != "noqa" and not about and self._all_ran:
                yield _finding(suppression, "This suppression silences nothing.", self._removal(suppression))
            elif about and suppression.expired(self._today):
                yield _expired(suppression)
        else:
            yield from self._with_rules(suppression, suppression.rules, about)

    def _with_rules(
        self, suppression: Suppression, rules: tuple[str, ...], about: Collection[Finding]
    ) -> Iterator[Finding]:
        unused = [rule for rule in rules if self._unused(rule, about)]
        unknown = [rule for rule in rules if suppression.kind != "noqa" and not self._known(rule)]
        if unknown or unused:
            said = [f"no rule is called {rule}" for rule in unknown]
            said += [f"{rule} is not found here" for rule in unused]
            kept = tuple(rule for rule in rules if rule not in {*unused, *unknown})
            fix = self._without(suppression, kept) if kept else self._removal(suppression)
            yield _finding(suppression, f"This suppression silences nothing: {', '.join(said)}.", fix)
        elif about and suppression.expired(self._today):
            yield _expired(suppression)
        elif not rules:
            yield _finding(suppression, "This suppression names no rule.", self._removal(suppression))

    def _known(self, selector: str) -> bool:
        return any(
            matches(selector, code, name) for code, name in (*self._names.items(), *ENGINE_CODES.items())
        )

    def _unused(self, selector: str, about: Iterable[Finding]) -> bool:
        meant = {code for code, name in self._names.items() if matches(selector, code, name)}
        if not meant or not meant <= self._ran:
            return False
        return not any(matches(selector, finding.code, finding.name) for finding in about)

    def _without(self, suppression: Suppression, kept: tuple[str, ...]) -> Fix:
        place = _place(suppression, suppression.list_column, suppression.list_end_column)
        return Fix("Remove what silences nothing", "safe", (Edit(place, ", ".join(kept)),))

    def _removal(self, suppression: Suppression) -> Fix:
        """Takes the comment away, with its line where it is all that stands there."""
        lines = self._sources.lines(suppression.path, suppression.cell)
        line = lines[suppression.line - 1]
        before, after = line[: suppression.column - 1], line[suppression.end_column - 1 :]
        if not before.strip() and not after.strip() and suppression.line < len(lines):
            number = suppression.line
            place = Place(suppression.path, number, 1, number + 1, 1, suppression.cell)
            return Fix("Remove the comment", "safe", (Edit(place, ""),))
        if not after.strip():
            place = _place(suppression, len(before.rstrip()) + 1, len(line) + 1)
            return Fix("Remove the comment", "safe", (Edit(place, ""),))
        start, end = suppression.column, len(line) - len(after.lstrip()) + 1
        text = "" if after.lstrip().startswith("#") else "# "
        return Fix("Remove it from the comment", "safe", (Edit(_place(suppression, start, end), text),))


def _place(suppression: Suppression, column: int, end_column: int) -> Place:
    return Place(suppression.path, suppression.line, column, suppression.line, end_column, suppression.cell)


def _expired(suppression: Suppression) -> Finding:
    return _finding(
        suppression, f"This suppression expired on {suppression.until}: what it silenced is shown.", None
    )


def _finding(suppression: Suppression, message: str, fix: Fix | None) -> Finding:
    place = _place(suppression, suppression.column, suppression.end_column)
    return Finding(CODE, NAME, Severity.WARNING, Confidence.HIGH, message, place, place, fix=fix)
