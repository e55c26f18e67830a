"""Numbers that spans state, taken at their word where they can be true.

A store holds what any program wrote. A number is *not stated*, `None`, as where the attribute is missing, if it is of
another type than ours, negative where that means nothing, not finite, or more than there can be. Numbers come out of
attributes here or in `Usage.of_attributes`, so that what sums them up or divides them needs no care.
"""

from __future__ import annotations

from typing import Final

from otel_claude.usage import MOST_TOKENS

MOST_USD: Final = 1e9
"""Of a call, a batch or a task. A batch of 100,000 requests, a million tokens each, costs some ten million at most."""

MOST_COUNT: Final = MOST_TOKENS
"""Of whatever else is counted: none of it is as many as there are tokens."""

MOST_SCORE: Final = 1e15
"""Above zero and below. A score is any number that a program gives, and a mean of them has to be readable."""


def usd(value: object) -> float | None:
    """An amount in USD, 0 or more."""
    return value if (type(value) is float or type(value) is int) and 0.0 <= value <= MOST_USD else None


def saved_usd(value: object) -> float | None:
    """An amount in USD, negative where more was spent than saved."""
    return value if (type(value) is float or type(value) is int) and -MOST_USD <= value <= MOST_USD else None


def share(value: object) -> float | None:
    """A part of a whole, 0 to 1."""
    return value if (type(value) is float or type(value) is int) and 0.0 <= value <= 1.0 else None


def score(value: object) -> float | None:
    """A number that says how well something went."""
    return (
        value if (type(value) is float or type(value) is int) and -MOST_SCORE <= value <= MOST_SCORE else None
    )


def count(value: object) -> int | None:
    """How many there are of something, 0 or more."""
    return value if type(value) is int and 0 <= value <= MOST_COUNT else None
