"""Estimates of how many tokens a text has, from its characters.

Nothing here is a count: the tokenizer is not public, and it changed with Claude 4.7. An estimate has a side: `at_least`
is meant to be too low, `at_most` too high, so that a rule can be sure of what it says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from claude_lint.request import Stability

from otel_claude.models import find

if TYPE_CHECKING:
    from collections.abc import Iterable

    from claude_lint.request import Piece, Request

LONG_TOKEN: Final = 5.0
"""Characters a token in text that has few tokens: plain English prose."""

SHORT_TOKEN: Final = 2.0
"""Characters a token in text that has many: code, JSON, the tokenizer since Claude 4.7."""

FOREIGN_TOKENS: Final = 2.0
"""Tokens for a character outside ASCII, at most."""

LARGEST_MINIMUM: Final = 4096
"""No model has a larger minimum for caching. Source: platform.claude.com, prompt caching, 2026-08-22."""


def at_least(text: str) -> int:
    """Tokens that `text` has at least."""
    return int(len(text) / LONG_TOKEN)


def at_most(text: str) -> int:
    """Tokens that `text` has at most."""
    foreign = sum(not character.isascii() for character in text)
    return int((len(text) - foreign) / SHORT_TOKEN + foreign * FOREIGN_TOKENS) + 1


def minimums(request: Request) -> tuple[int, ...]:
    """The shortest prefixes, in tokens, that the request's models cache; empty where not all models are known."""
    if not request.model.known or request.model.open:
        return ()
    models = [find(known.value) if isinstance(known.value, str) else None for known in request.model.known]
    found = [model.min_cacheable_tokens if model is not None else None for model in models]
    return tuple(one for one in found if one is not None) if None not in found else ()


def static_text(pieces: Iterable[Piece]) -> str:
    """The text at the head of `pieces` that is the same in every call, as far as it is known."""
    found: list[str] = []
    for piece in pieces:
        for segment in piece.segments:
            if segment.stability.rank > Stability.PER_DAY.rank or not piece.certain:
                return "".join(found)
            if segment.stability is Stability.UNKNOWN:
                return "".join(found)
            found.append(segment.text or "")
    return "".join(found)
