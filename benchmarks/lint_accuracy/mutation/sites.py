"""Finds Claude calls by their syntax: `….messages.create(…)` and its like with keyword arguments that only Claude's
API takes together.
"""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

METHODS: Final = frozenset({"create", "stream", "parse"})
OTHERS: Final = frozenset({"agents", "conversations", "runs", "threads"})
"""What stands before `messages` in the APIs of others."""

WORDS: Final = ("anthropic", "claude")
HIDING: Final = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda)
SKIPPED: Final = frozenset({".git", ".venv", "node_modules", "site-packages"})


@dataclass(frozen=True, slots=True)
class Site:
    """A Claude call in a file, or in a notebook's cell. `source` is the text that `call` and `statements` are of."""

    path: str
    cell: int | None
    source: str
    call: ast.Call
    statements: tuple[ast.stmt, ...]
    """The statements around the call, from the outermost to the innermost."""

    nested: bool
    """Whether it stands in a comprehension, a lambda or the head of a loop or branch, where no statement can be put
    in front of it."""

    @property
    def keywords(self) -> dict[str, ast.keyword]:
        return {keyword.arg: keyword for keyword in self.call.keywords if keyword.arg}

    @property
    def spreads(self) -> bool:
        """Whether it has `**` arguments."""
        return any(keyword.arg is None for keyword in self.call.keywords)


def sites(root: Path) -> Iterator[Site]:
    """Every site below a directory, in the order of paths."""
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if path.suffix not in {".py", ".ipynb"} or SKIPPED & set(relative.parts) or not path.is_file():
            continue
        text = path.read_text("utf-8", errors="replace")
        if not any(word in text.lower() for word in WORDS):
            continue
        for cell, source in sources(path.suffix, text):
            yield from _in_source(relative.as_posix(), cell, source)


def sources(suffix: str, text: str) -> Iterator[tuple[int | None, str]]:
    """The Python in a file: all of it, or a notebook's code cells with their indices."""
    if suffix == ".py":
        yield None, text
        return
    try:
        cells = json.loads(text)["cells"]
    except (ValueError, KeyError):
        return
    for index, cell in enumerate(cells):
        if cell["cell_type"] == "code":
            yield index, "".join(cell["source"])


def _in_source(path: str, cell: int | None, source: str) -> Iterator[Site]:
    plain = source if cell is None else re.sub(r"(?m)^(\s*)[%!].*$", r"\1pass", source)
    try:
        tree = ast.parse(plain)
    except (SyntaxError, ValueError):
        return
    yield from _below(tree, path, cell, plain, (), nested=False)


def _below(
    node: ast.AST, path: str, cell: int | None, source: str, statements: tuple[ast.stmt, ...], *, nested: bool
) -> Iterator[Site]:
    for name, child in _children(node):
        inner, hidden = statements, nested
        if isinstance(child, ast.stmt):
            inner, hidden = (*statements, child), False
        elif isinstance(child, HIDING) or (isinstance(node, (ast.If, ast.While)) and name == "test"):
            hidden = True
        if isinstance(child, ast.Call) and _is_claude(child):
            yield Site(path, cell, source, child, inner, hidden)
        yield from _below(child, path, cell, source, inner, nested=hidden)


def _children(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield name, child


def _is_claude(call: ast.Call) -> bool:
    names = []
    node: ast.expr = call.func
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if len(names) < 2 or names[0] not in METHODS or names[1] != "messages" or OTHERS & set(names[2:3]):
        return False
    given = {keyword.arg for keyword in call.keywords}
    return None in given or {"model", "messages"} <= given
