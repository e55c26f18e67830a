"""Plants mistakes: moves a call's arguments to where `depth` says, with one thing wrong in the plant and nothing wrong
in the carrier.

Text is edited at the offsets of the syntax tree, so that the rest of the file stays as its author wrote it.
"""

from __future__ import annotations

import ast
import json
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.lint_accuracy.mutation.sites import Site

FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)

Depth: TypeAlias = Literal["literal", "local", "function", "class", "other file"]
DEPTHS: Final[tuple[Depth, ...]] = ("literal", "local", "function", "class", "other file")

MODULE: Final = "request_parts"
"""The module that a plant of depth "other file" adds beside the call's file."""

CLOCKS: Final = {
    "datetime": "{module}.datetime.now().isoformat()",
    "uuid": "str({module}.uuid4())",
    "time": "'%f' % {module}.time()",
    "random": "format({module}.random())",
}
"""What changes in every call: a module and an expression with it."""

TASKS: Final = (
    "Extract the names, dates and amounts from the text below. One per line.",
    "Classify the message as billing, technical or other. Reply with the label only.",
    "Is the text below written in English? Answer yes or no.",
    "Route the request to one of these teams: sales, support, legal. Reply with the team only.",
    "Determine the sentiment of the review: positive, negative or neutral. One word.",
    "Extract every e-mail address from the page below. One per line and nothing else.",
)
"""Short-output tasks, as an application would word them."""

WORDINGS: Final = {"CL101": tuple(CLOCKS), "CL201": ("no max_tokens",), "CL301": TASKS}
"""What is planted for each rule."""

LARGE: Final = "claude-opus-5-5"
SMALL: Final = "claude-haiku-5-5"


@dataclass(frozen=True, slots=True)
class Version:
    """A file after an edit: `texts` by path, and the line on which the call then begins."""

    texts: dict[str, bytes]
    line: int


@dataclass(frozen=True, slots=True)
class Plant:
    """One mistake at one site."""

    code: str
    depth: Depth
    wording: str
    """What was planted, in a word or a sentence."""

    site: Site
    carrier: Version
    planted: Version


Maker: TypeAlias = "Callable[[Site, Depth, str, bool], _Change]"


@dataclass(frozen=True, slots=True)
class _Change:
    """The call's new arguments, what is defined for them, and where: in front of the call's statement, in front of
    the outermost statement or in a module of its own.
    """

    arguments: str
    local: str = ""
    above: str = ""
    module: str = ""


def plants(root: Path, site: Site, turn: int) -> list[Plant]:
    """The plants at a site: one per rule, and three for CL101 where the call is in a function and none where it is
    not, since a call that is made once reads no cache. `turn` makes depths and wording go round.
    """
    if site.nested or site.spreads or not {"model", "messages", "max_tokens"} <= site.keywords.keys():
        return []
    makers: list[tuple[str, Maker]] = [("CL201", _limit), ("CL301", _model)]
    if any(isinstance(statement, FUNCTIONS) for statement in site.statements):
        makers += [("CL101", _cached_prefix)] * 3
    found = []
    for offset, (code, make) in enumerate(makers):
        depth = DEPTHS[(turn + offset) % len(DEPTHS)]
        wording = WORDINGS[code][(turn + 2 * offset) % len(WORDINGS[code])]
        carrier, planted = (_edited(root, site, make(site, depth, wording, wrong)) for wrong in (False, True))
        found.append(Plant(code, depth, wording, site, carrier, planted))
    return found


def _limit(site: Site, depth: Depth, wording: str, wrong: bool) -> _Change:  # noqa: ARG001
    """All arguments go through a dict; the wrong one has no `max_tokens`."""
    given = {name: text for name, text in _arguments(site).items() if not (wrong and name == "max_tokens")}
    if depth == "literal":
        return _Change(_keywords(given))
    if depth == "local":
        return _Change("**request_options", local=f"request_options = {_display(given)}")
    names = ", ".join(given)
    body = _display({name: name for name in given})
    function = f"def request_options({names}):\n    return {body}"
    call = f"**request_options({_keywords(given)})"
    if depth == "function":
        return _Change(call, above=function)
    if depth == "class":
        method = textwrap.indent(function.replace("(", "(self, ", 1), "    ")
        call = f"**RequestOptions().request_options({_keywords(given)})"
        return _Change(call, above=f"class RequestOptions:\n{method}")
    return _Change(call, above=_import(site, "request_options"), module=function)


def _cached_prefix(site: Site, depth: Depth, wording: str, wrong: bool) -> _Change:
    """The system prompt gets a breakpoint; in the wrong one it begins with what changes in every call."""
    given = _arguments(site)
    base = given.get("system", "")
    keyword = site.keywords.get("system")
    if keyword is None or not isinstance(keyword.value, (ast.Constant, ast.Name)):
        base = 'open("instructions.md").read()'
    stamp = CLOCKS[wording].format(module=f"{wording}_") if wrong else '"v1"'
    imported = f"import {wording} as {wording}_" if wrong else ""

    def system(text: str) -> str:
        block = f'{{"type": "text", "text": {text}, "cache_control": {{"type": "ephemeral"}}}}'
        return _keywords({**given, "system": f"[{block}]"})

    joined = f'"[" + {stamp} + "] " + {base}'
    if depth == "literal":
        return _Change(system(joined), above=imported)
    if depth == "local":
        return _Change(system("instructions"), local=f"instructions = {joined}", above=imported)
    returned = {
        "datetime": f'"[" + {stamp} + "] " + text',
        "uuid": f'"\\n".join([{stamp}, text])',
        "time": f'"Reference {{}}\\n{{}}".format({stamp}, text)',
        "random": f'f"{{{stamp}}} {{text}}"',
    }[wording]
    function = f"def instructions(text):\n    return {returned}"
    if depth == "function":
        return _Change(system(f"instructions({base})"), above=f"{imported}\n{function}")
    if depth == "class":
        method = f"    @property\n    def text(self):\n        return {returned.replace('text', 'self.base')}"
        start = "    def __init__(self, base):\n        self.base = base\n"
        return _Change(
            system(f"Instructions({base}).text"), above=f"{imported}\nclass Instructions:\n{start}\n{method}"
        )
    return _Change(
        system(f"instructions({base})"),
        above=_import(site, "instructions"),
        module=f"{imported}\n\n\n{function}",
    )


def _model(site: Site, depth: Depth, wording: str, wrong: bool) -> _Change:
    """A task for a small model; the wrong one goes to a large one."""
    given = _arguments(site)
    kept = {name: text for name, text in given.items() if name in {"max_tokens", "stream"}}
    task = json.dumps(wording)
    shape = (
        {"messages": f'[{{"role": "user", "content": {task} + "\\n\\n" + open("input.txt").read()}}]'}
        if "below" in wording
        else {"system": task, "messages": '[{"role": "user", "content": open("input.txt").read()}]'}
    )
    chosen = json.dumps(LARGE if wrong else SMALL)

    def arguments(model: str) -> str:
        return _keywords({"model": model, **kept, **shape})

    if depth == "literal":
        return _Change(arguments(chosen))
    if depth == "local":
        return _Change(arguments("chosen_model"), local=f"chosen_model = {chosen}")
    if depth == "function":
        return _Change(arguments("model_for()"), above=f"def model_for(name={chosen}):\n    return name")
    if depth == "class":
        return _Change(arguments("Models.default"), above=f"class Models:\n    default = {chosen}")
    return _Change(
        arguments("CHOSEN_MODEL"), above=_import(site, "CHOSEN_MODEL"), module=f"CHOSEN_MODEL = {chosen}"
    )


def _arguments(site: Site) -> dict[str, str]:
    return {
        name: ast.get_source_segment(site.source, keyword.value) or ""
        for name, keyword in site.keywords.items()
    }


def _keywords(given: dict[str, str]) -> str:
    return ", ".join(f"{name}={text}" for name, text in given.items())


def _display(given: dict[str, str]) -> str:
    return "{" + ", ".join(f'"{name}": {text}' for name, text in given.items()) + "}"


def _import(site: Site, name: str) -> str:
    return f"from {'.' if _in_package(site) else ''}{MODULE} import {name}"


def _in_package(site: Site) -> bool:
    """Whether the file imports its neighbours relatively, so that the new one can be imported like them."""
    return site.cell is None and any(
        line.startswith("from .") and not line.startswith("from ..") for line in site.source.splitlines()
    )


def _edited(root: Path, site: Site, change: _Change) -> Version:
    lines = site.source.encode().splitlines(keepends=True)
    starts = [0]
    for each in lines:
        starts.append(starts[-1] + len(each))

    def offset(line: int, column: int) -> int:
        return starts[line - 1] + column

    call, inner, outer = site.call, site.statements[-1], site.statements[0]
    func_end = offset(call.func.end_lineno or 0, call.func.end_col_offset or 0)
    call_end = offset(call.end_lineno or 0, call.end_col_offset or 0)
    above = offset(_first_line(outer), 0)
    before = offset(_first_line(inner), 0)
    indent = " " * inner.col_offset
    text = site.source.encode()
    head = _block(change.above, "")
    local = _block(change.local, indent)
    changed = (
        text[:above]
        + head
        + text[above:before]
        + local
        + text[before:func_end]
        + f"({change.arguments})".encode()
        + text[call_end:]
    )
    line = call.lineno + head.count(b"\n") + local.count(b"\n")
    texts = {site.path: _whole(root, site, changed)}
    if change.module:
        folder = site.path.rpartition("/")[0]
        texts[f"{folder}/{MODULE}.py".lstrip("/")] = change.module.strip().encode() + b"\n"
    return Version(texts, line)


def _first_line(statement: ast.stmt) -> int:
    """The line on which a statement begins, decorators included."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def _block(text: str, indent: str) -> bytes:
    """Lines to put in front of a statement. Only their first is indented: what follows is inside brackets."""
    return f"{indent}{text.strip()}\n".encode() if text.strip() else b""


def _whole(root: Path, site: Site, changed: bytes) -> bytes:
    """The file with the changed text, which is a cell's in a notebook."""
    if site.cell is None:
        return changed
    notebook = json.loads((root / site.path).read_text("utf-8"))
    notebook["cells"][site.cell]["source"] = changed.decode().splitlines(keepends=True)
    return json.dumps(notebook).encode()
