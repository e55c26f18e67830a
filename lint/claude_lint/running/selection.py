"""Which rules run: codes, prefixes of codes and names, selected and ignored.

A *selector* is a code (`CL101`), a prefix of codes (`CL`, `CL1`), a name (`dynamic-cached-prefix`) or `ALL`. Where
a rule is both selected and ignored, the more specific selector decides, and ignoring decides a tie.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from claude_lint.errors import LintError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from claude_lint.rule import Rule

ALL: Final = "ALL"

ENGINE_CODES: Final[Mapping[str, str]] = {"CL901": "unused-suppression", "CL902": "syntax-error"}
"""The names of the codes that the engine itself reports, by code."""

ENGINE_SUMMARIES: Final[Mapping[str, str]] = {
    "CL901": "A comment that silences nothing, or has expired.",
    "CL902": "A file that could not be analysed.",
}
"""What each of them finds, in one line."""

_PREFIX: Final = r"[A-Z]+\d{0,2}"


def matches(selector: str, code: str, name: str) -> bool:
    """Whether `selector` means the rule with this code and name."""
    if selector in (ALL, code, name):
        return True
    if re.fullmatch(_PREFIX, selector) is None or not code.startswith(selector):
        return False
    return not selector.isalpha() or not code[len(selector) : len(selector) + 1].isalpha()


def selected(
    rules: Iterable[Rule], select: Iterable[str] | None, ignore: Iterable[str], extend: Iterable[str] = ()
) -> tuple[Rule, ...]:
    """The rules to run: those selected, or those on by default when `select` is `None`, and those of
    `extend`.

    The selectors are known to be valid: see `check`.
    """
    chosen = tuple(extend) if select is None else (*select, *extend)
    ignored = tuple(ignore)
    kept = []
    for rule in rules:
        wanted = _specificity(chosen, rule)
        if select is None and rule.default:
            wanted = max(wanted, 0)
        if wanted > _specificity(ignored, rule):
            kept.append(rule)
    return tuple(kept)


def ignores(select: Iterable[str] | None, ignore: Iterable[str], code: str) -> bool:
    """Whether what the engine itself reports under `code` is not wanted: ignored, or not among what is selected."""
    name = ENGINE_CODES[code]
    if any(matches(selector, code, name) for selector in ignore):
        return True
    return select is not None and not any(matches(selector, code, name) for selector in select)


def check(selectors: Iterable[str], rules: Iterable[Rule], where: str) -> None:
    """Raises `LintError` for the first selector that means no rule; `where` says where it was given."""
    names = dict(ENGINE_CODES) | {rule.code: rule.name for rule in rules}
    for selector in selectors:
        if any(matches(selector, code, name) for code, name in names.items()):
            continue
        from difflib import get_close_matches

        known = (*names, *names.values(), ALL)
        near = get_close_matches(selector.upper(), known, 1, 0.7) or get_close_matches(
            selector.lower(), known, 1, 0.6
        )
        hint = f"did you mean {near[0]}?" if near else f"the codes are {', '.join(sorted(names))}"
        raise LintError(f"{where}: unknown rule {selector!r}; {hint}")


def _specificity(selectors: Iterable[str], rule: Rule) -> int:
    """How specific the most specific matching selector is: 0 for `ALL`, -1 when none matches."""
    found = -1
    for selector in selectors:
        if matches(selector, rule.code, rule.name):
            exact = selector in (rule.code, rule.name)
            found = max(found, len(rule.code) if exact else 0 if selector == ALL else len(selector))
    return found
