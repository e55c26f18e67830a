"""What of a call is billed by itself: its billing rows.

A *billing row* is one inference, or several that the API bills as one, at the rates of one model. A call is
one row, which is its usage, unless its iterations tell of compactions, advisors or attempts on other models:
of those the usage's own counts say nothing, and each iteration is a row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from otel_claude.models import find

if TYPE_CHECKING:
    from otel_claude.usage import Iteration, Usage

MESSAGES: Final = frozenset({"message", "fallback_message"})
KNOWN_TYPES: Final = MESSAGES | {"compaction", "advisor_message"}
"""The types of iterations of which the price list says how they are billed."""


class Row(NamedTuple):
    """One billing row."""

    model: str
    speed: str
    tokens: Iteration
    prompt_tokens: int
    """The prompt that selects the rates. Of the messages of one model it is the sum: they are one request."""

    longest_prompt_tokens: int
    """The longest that any single inference of that request is known to have had."""


def billing_rows(
    usage: Usage, served: str, requested: str | None, *, is_refused: bool, waives_refusals: bool
) -> tuple[Row, ...]:
    """The billing rows of a call that the model `served` answered and that `requested` was asked for.

    With `waives_refusals`, attempts that ended before any output are left out: the call's own if it
    `is_refused`, and those on models other than the one that served. An unknown output counts as none.
    """
    speed = usage.speed or "standard"
    iterations = usage.iterations
    if not iterations or all(each.type == "message" and _is(each.model, served) for each in iterations):
        if is_refused and waives_refusals:
            return ()
        prompt = usage.prompt_tokens
        if iterations:
            longest = max(each.prompt_tokens for each in iterations)
        else:
            longest = 0 if usage.web_search_requests or usage.web_fetch_requests else prompt
        return (Row(served, speed, usage.as_iteration(), prompt, longest),)

    asked = (requested or served) if any(each.type == "fallback_message" for each in iterations) else served
    prompts: dict[str, list[int]] = {}
    billed: list[tuple[str, Iteration]] = []
    for each in iterations:
        model = each.model or (asked if each.type == "message" else served)
        if each.type in MESSAGES:
            is_declined = each.output_tokens == 0 and (is_refused or not _is(model, served))
            if is_declined and waives_refusals:
                continue
            prompts.setdefault(model, []).append(each.prompt_tokens)
        billed.append((model, each))
    rows = []
    for model, each in billed:
        together = prompts[model] if each.type in MESSAGES else [each.prompt_tokens]
        row_speed = "standard" if each.type == "advisor_message" else speed
        rows.append(Row(model, row_speed, each, sum(together), max(together)))
    return tuple(rows)


def _is(model: str | None, served: str) -> bool:
    if model is None or model == served:
        return True
    known = find(served)
    return known is not None and find(model) is known
