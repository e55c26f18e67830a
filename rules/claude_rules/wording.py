"""What a request says in its own words: the instructions in its prompt, without the material that it works on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from claude_lint.request import Stability

if TYPE_CHECKING:
    from claude_lint.request import Request

HEAD: Final = 600
"""Characters at both ends of a block in which a prompt says what it wants; what is between is material."""


def instructions(request: Request) -> list[str]:
    """What the request itself says in its prompt, by block: both ends of the text that is constant."""
    texts = []
    for piece in request.pieces:
        if piece.part != "tools" and piece.role != "assistant":
            text = "".join(s.text or " " for s in piece.segments if s.stability is Stability.CONSTANT)
            texts.append(text if len(text) <= 2 * HEAD else f"{text[:HEAD]}\n{text[-HEAD:]}")
    return texts
