"""Conversations that only grow: whether anything ever takes away from the list of messages.

What is told errs on the side of something that does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import libcst as cst

from claude_lint.outline import calls_in, last_name
from claude_lint.turns import ASKING, loops_around, name_of, names_in
from claude_lint.walk import descendants

if TYPE_CHECKING:
    from collections.abc import Sequence

    from claude_lint.findings import Place
    from claude_lint.outline import Outline

TRIMMING: Final = re.compile(
    r"trim|compact|summar|truncat|prune|shorten|window|clear|reset|limit|evict|cache"
)

GROWING: Final = frozenset({"append", "extend"})








def


def
