"""Refuses source text that libcst cannot survive, by a scan of its tokens.

libcst ends the process (SIGSEGV) on a few thousand nested brackets, and takes quadratic time on less; it takes 16 s
for a list of 500,000 numbers. The scan knows brackets, strings, comments and operators, and nothing else of the
grammar. A *chain* is a run of operators, attributes, or adjoining strings between two commas.
"""

from __future__ import annotations

import re
from typing import Final

from claude_lint.dataclass import dataclass

MAX_BYTES: Final = 5_000_000
MAX_DEPTH: Final = 100
"""CPython itself refuses 200 nested brackets."""

MAX_CHAIN: Final = 400
MAX_ELEMENTS: Final = 30_000
"""In one pair of brackets: about one second of parsing."""

MAX_ELIFS: Final = 400

_TOKEN: Final = re.compile(
    r"""
    (?P<string>[bBrRuUfFtT]{0,2}(?:\"\"\"(?:[^\\]|\\.)*?\"\"\"|'''(?:[^\\]|\\.)*?'''
        |"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'))
    |\#[^\n]*
    |(?P<open>[(\[{])
    |(?P<close>[)\]}])
    |(?P<comma>[,;:])
    |(?P<newline>\n)
    |(?P<word>[^\W\d]\w*)
    |(?P<operator>[-+*/%@&|^~.<>=!]+)
    """,
    re.VERBOSE | re.DOTALL,
)
_OPERATOR_WORDS: Final = frozenset({"and", "or", "not", "in", "is", "if", "else", "lambda", "await"})


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a text is refused, and the line where that shows."""

    line: int
    message: str


def refusal(text: str) -> Refusal | None:
    """Why libcst must not see `text`, or `None` when it may. Never raises, whatever the text."""
    if len(text) > MAX_BYTES:
        return Refusal(1, f"the file is larger than {MAX_BYTES:,} characters")
    line, elifs = 1, 0
    chains, elements = [0], [0]
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "newline":
            line += 1
            if len(chains) == 1:
                chains[0] = 0
        elif kind == "comma":
            chains[-1] = 0
            elements[-1] = elements[-1] + 1 if len(elements) > 1 else 0
            if elements[-1] > MAX_ELEMENTS:
                return Refusal(line, f"more than {MAX_ELEMENTS:,} elements in one pair of brackets")
        elif kind == "open":
            chains.append(0)
            elements.append(0)
            if len(chains) > MAX_DEPTH:
                return Refusal(line, f"brackets nested more than {MAX_DEPTH} deep")
        elif kind == "close":
            if len(chains) > 1:
                chains.pop()
                elements.pop()
            chains[-1] += 1
        elif kind == "word":
            word = token.group()
            elifs = elifs + 1 if word == "elif" else elifs
            chains[-1] += word in _OPERATOR_WORDS
            if elifs > MAX_ELIFS:
                return Refusal(line, f"more than {MAX_ELIFS} `elif`")
        elif kind in {"operator", "string"}:
            chains[-1] += len(token.group()) if kind == "operator" and token.group()[0] in "-+~" else 1
            line += token.group().count("\n")
        if chains[-1] > MAX_CHAIN:
            return Refusal(line, f"an expression of more than {MAX_CHAIN} operators in a row")
    return None
