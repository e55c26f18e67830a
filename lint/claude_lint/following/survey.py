"""One walk over a file: where calls may be and in which definitions, and facts that hold for the whole file.

Bodies of functions that are not parsed yet stay so until a name in them is asked for, unless their text holds a word
that says something by itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import libcst as cst

from claude_lint.following.calls import BATCH_METHODS, METHODS
from claude_lint.following.ways import BEDROCK_METHODS, FRAMEWORK_NAMES, HOST, HTTP_METHODS, VERSION_HEADER
from claude_lint.reading.bodies import LaterBlock
from claude_lint.reading.names import CHARACTER
from claude_lint.reading.walk import children, descendants

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from claude_lint.reading.bodies import Later
    from claude_lint.reading.source import Source

CALLER_ROUNDS: Final = 3
"""How many calls away from the Claude call a function of the file still counts as leading to it."""

METHOD_NAMES: Final = frozenset(METHODS)
MOCKS: Final = frozenset({"mock", "unittest.mock", "pytest_mock", "respx"})
"""Modules whose import says that a test answers in the place of the API."""

DEFINITIONS: Final = frozenset({cst.FunctionDef, cst.ClassDef})

_TELLING: Final = frozenset({*BEDROCK_METHODS, "global"})
"""The words in a body that may say something by themselves."""

_ROOTS: Final = "|".join(sorted({"anthropic", *(name.partition(".")[0] for name in MOCKS)}))
_IMPORTING: Final = re.compile(rf"(?:\bfrom|\bimport|,)[\s\\]*(?:{_ROOTS})\b")
"""An import of one of the modules that say something, where there is an import."""

_FRAMEWORK: Final = re.compile(rf"\b(?:{'|'.join(sorted(FRAMEWORK_NAMES))})[\s)\\]*[(#]")
_METHOD: Final = rf"\.[\s\\]*(?:{'|'.join(sorted(METHODS))})\b"
_OF_ANYTHING: Final = re.compile(rf"{_METHOD}|\.[ \t\\]*#")
"""A method that may be one of Claude's, or a point with a comment between it and its method."""

_OF_NAME: Final = re.compile(
    rf"(?<!{CHARACTER})(?<![.)\]]){CHARACTER}+[\s)\\]*{_METHOD}|^[ \t)\\]*{_METHOD}|\.[ \t\\]*#", re.M
)
"""The same of what may be a name: not of a call, of an item, or of an attribute on the same line."""


Path = tuple[Any, ...]
"""The definitions around a place, outermost first."""


class Site(NamedTuple):
    """A place where something that may lead to Claude is called, or passed on. `direct` is what may be a Claude call by
    itself; `call` is the call, where that is known.
    """

    path: Path
    node: cst.CSTNode
    direct: bool = False
    call: cst.Call | None = None


class Survey:
    """What one walk over a file finds. `calls` are the sites of what may be a Claude call."""

    def __init__(self, source: Source) -> None:
        self.calls: list[Site] = []
        self.globals: set[str] = set()
        self.imports_sdk = False
        self.mocks = False
        self.seeded = False
        self._called: dict[str, list[Site]] = {}
        self._later: list[tuple[LaterBlock, Path]] = []
        """The bodies that nobody looked into, each with the definitions around it."""

        self._raw = False
        self._posts: list[Site] = []
        self._calls: dict[cst.CSTNode, cst.Call] = {}
        """The calls of attributes, by the attribute."""

        for cell in source.cells:
            self._walk([(cell.module, ())])
        if self._raw:
            self._open(HTTP_METHODS)
            self.calls += self._posts

    def called(self, name: str) -> Sequence[Site]:
        """The sites of the calls of a name, and of where it is passed on."""
        return self._called_any((name,))

    def _called_any(self, names: Collection[str]) -> list[Site]:
        self._open(frozenset(names))
        return [site for name in names for site in self._called.get(name, ())]

    def entries(
        self, wrappers: Collection[str] = (), counts: Callable[[Site], bool] = lambda _: True
    ) -> list[Path]:
        """The paths of definitions that may lead to a call: those around a call or a call of one of `wrappers`, and
        those that call these by name. Every site that there is a reason to look at is put to `counts` once.
        """
        wanted: dict[Path, None] = {}
        sites = [*self.calls, *self._called_any(wrappers)]
        asked = set(wrappers)
        for _ in range(CALLER_ROUNDS + 1):
            wanted.update((site.path, None) for site in sites if site.path and counts(site))
            names = dict.fromkeys(path[-1].name.value for path in wanted if path[-1].name.value not in asked)
            sites = self._called_any(names)
            asked.update(names)
        return list(wanted)

    def calls_any(self, wrappers: Collection[str]) -> bool:
        """Whether the file may hold a Claude call or a call of one of `wrappers`."""
        return bool(self.calls or self._called_any(wrappers))

    def _open(self, names: frozenset[str]) -> None:
        """Look into the bodies with one of these names in them."""
        later, self._later = self._later, []
        for block, path in later:
            if block.later.words.isdisjoint(names):
                self._later.append((block, path))
            else:
                self._walk([(statement, path) for statement in block.body])

    def _walk(self, stack: list[tuple[cst.CSTNode, Path]]) -> None:
        notes: dict[type[cst.CSTNode], Callable[[Any, Path], None]] = {
            cst.Attribute: self._attribute,
            cst.Call: self._call,
            cst.SimpleString: self._string,
            cst.Import: self._import,
            cst.ImportFrom: self._import_from,
            cst.Global: self._global,
        }
        while stack:
            node, path = stack.pop()
            if type(node) is LaterBlock and not _tells(node.later):
                self._later.append((node, path))
                continue
            note = notes.get(type(node))
            if note is not None:
                note(node, path)
            inner = (*path, node) if type(node) in DEFINITIONS else path
            stack.extend([(child, inner) for child in children(node)])

    def _string(self, node: cst.SimpleString, path: Path) -> None:
        del path
        self._raw |= HOST in node.value or VERSION_HEADER in node.value.lower()

    def _import(self, node: cst.Import, path: Path) -> None:
        del path
        self.imports_sdk |= any(root_of(one.name) == "anthropic" for one in node.names)
        self.mocks |= any(dotted(one.name) in MOCKS for one in node.names)

    def _import_from(self, node: cst.ImportFrom, path: Path) -> None:
        del path
        named = node.module is not None and not node.relative
        self.imports_sdk |= named and root_of(node.module) == "anthropic"
        module = dotted(node.module) if named else ""
        names = node.names if isinstance(node.names, Sequence) else ()
        self.mocks |= module in MOCKS or any(f"{module}.{dotted(one.name)}" in MOCKS for one in names)

    def _global(self, node: cst.Global, path: Path) -> None:
        del path
        self.globals |= {item.name.value for item in node.names}

    def _call(self, node: cst.Call, path: Path) -> None:
        """The name that is called, and the names that are passed: what gets a function may call it."""
        self._calls[node.func] = node
        for one in (node.func, *(arg.value for arg in node.args)):
            name = one.attr.value if isinstance(one, cst.Attribute) else getattr(one, "value", "")
            if isinstance(name, str) and name.isidentifier():
                self._called.setdefault(name, []).append(Site(path, one))
                if one is node.func and name in FRAMEWORK_NAMES:
                    self.calls.append(Site(path, one, direct=True))

    def _attribute(self, node: cst.Attribute, path: Path) -> None:
        name = node.attr.value
        named = isinstance(node.value, cst.Name)
        on_batches = isinstance(node.value, cst.Attribute) and node.value.attr.value == "batches"
        of_messages = name in METHOD_NAMES and (
            named or any(is_messages(one) for one in descendants(node.value))
        )
        if of_messages or (on_batches and name in BATCH_METHODS) or name in BEDROCK_METHODS:
            self.calls.append(Site(path, node, direct=True, call=self._calls.get(node)))
        elif name in HTTP_METHODS:
            self._posts.append(Site(path, node, direct=True))
        elif name == "seed" and isinstance(node.value, cst.Name) and node.value.value == "random":
            self.seeded = True


def _tells(body: Later) -> bool:
    """Whether there may be something to note in a body. More says so than does, and nothing less."""
    words, text = body.words, body.text
    if (
        not words.isdisjoint(_TELLING)
        or HOST in text
        or VERSION_HEADER in text.lower()
        or {"random", "seed"} <= words
        or ("batches" in words and not words.isdisjoint(BATCH_METHODS))
        or ("import" in words and _IMPORTING.search(text) is not None)
        or (not words.isdisjoint(FRAMEWORK_NAMES) and _FRAMEWORK.search(text) is not None)
    ):
        return True
    pattern = _OF_ANYTHING if "messages" in words else _OF_NAME
    return not words.isdisjoint(METHOD_NAMES) and pattern.search(text) is not None


def is_messages(node: cst.CSTNode) -> bool:
    """Whether a node is `x.messages`."""
    return isinstance(node, cst.Attribute) and node.attr.value == "messages"


def dotted(node: cst.CSTNode | None) -> str:
    """A dotted name as it is written, or empty for anything else."""
    if isinstance(node, cst.Attribute):
        outer = dotted(node.value)
        return f"{outer}.{node.attr.value}" if outer else ""
    return node.value if isinstance(node, cst.Name) else ""


def root_of(node: cst.CSTNode | None) -> str:
    """The first name of a dotted name."""
    while isinstance(node, cst.Attribute):
        node = node.value
    return node.value if isinstance(node, cst.Name) else ""
