"""What a request says in its own words: the instructions in its prompt, without the material that it works on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from claude_lint.request import Stability

if TYPE_CHECKING:
    from collections.abc import Sequence

    from claude_lint.request import Request

HEAD: Final = 600
"""Characters at both ends of a block in which a prompt says what it wants; what is between is material."""


def listed(words: Sequence[str]) -> str:
    """Words as a sentence lists them: "a, b and c"."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def flat_fields(count: int) -> str:
    """The fields of an answer, counted."""
    return f"{count} flat field{'' if count == 1 else 's'}"


def instructions(request: Request) -> list[str]:
    """What the request itself says in its prompt, by block: both ends of the text that is constant."""
    texts = []
    for piece in request.pieces:
        if piece.part != "tools" and piece.role != "assistant":
            text = "".join(s.text or " " for s in piece.segments if s.stability is Stability.CONSTANT)
            texts.append(text if len(text) <= 2 * HEAD else f"{text[:HEAD]}\n{text[-HEAD:]}")
    return texts
