"""One walk over a file: where calls may be and in which definitions, and facts that hold for the whole file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import libcst as cst

from claude_lint.following.calls import BATCH_METHODS, METHODS
from claude_lint.following.ways import BEDROCK_METHODS, FRAMEWORK_NAMES, HOST, HTTP_METHODS, VERSION_HEADER
from claude_lint.reading.walk import children, descendants

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from claude_lint.reading.source import Source

CALLER_ROUNDS: Final = 3
"""How many calls away from the Claude call a function of the file still counts as leading to it."""

METHOD_NAMES: Final = frozenset(METHODS)
MOCKS: Final = frozenset({"mock", "unittest.mock", "pytest_mock", "respx"})
"""Modules whose import says that a test answers in the place of the API."""

DEFINITIONS: Final = frozenset({cst.FunctionDef, cst.ClassDef})


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
    """What one walk over a file finds.

    `calls` are the sites of what may be a Claude call, `called` those of the calls of each name. `generators` are the
    ids of the definitions that yield.
    """

    def __init__(self, source: Source) -> None:
        self.calls: list[Site] = []
        self.called: dict[str, list[Site]] = {}
        self.globals: set[str] = set()
        self.generators: set[int] = set()
        self.imports_sdk = False
        self.mocks = False
        self.seeded = False
        self._raw = False
        self._posts: list[Site] = []
        self._calls: dict[cst.CSTNode, cst.Call] = {}
        """The calls of attributes, by the attribute."""

        for cell in source.cells:
            self._walk(cell.module)
        if self._raw:
            self.calls += self._posts

    def entries(
        self, wrappers: Collection[str] = (), counts: Callable[[Site], bool] = lambda _: True
    ) -> list[Path]:
        """The paths of definitions that may lead to a call: those around a call or a call of one of `wrappers`, and
        those that call these by name. Every site that there is a reason to look at is put to `counts` once.
        """
        wanted: dict[Path, None] = {}
        sites = [*self.calls, *(site for name in wrappers for site in self.called.get(name, ()))]
        asked = set(wrappers)
        for _ in range(CALLER_ROUNDS + 1):
            wanted.update((site.path, None) for site in sites if site.path and counts(site))
            names = dict.fromkeys(path[-1].name.value for path in wanted if path[-1].name.value not in asked)
            sites = [site for name in names for site in self.called.get(name, ())]
            asked.update(names)
        return list(wanted)

    def calls_any(self, wrappers: Collection[str]) -> bool:
        """Whether the file may hold a Claude call or a call of one of `wrappers`."""
        return bool(self.calls) or any(name in self.called for name in wrappers)

    def _walk(self, module: cst.Module) -> None:
        notes: dict[type[cst.CSTNode], Callable[[Any, Path], None]] = {
            cst.Attribute: self._attribute,
            cst.Call: self._call,
            cst.SimpleString: self._string,
            cst.Import: self._import,
            cst.ImportFrom: self._import_from,
            cst.Global: self._global,
            cst.Yield: self._yield,
        }
        stack: list[tuple[cst.CSTNode, Path]] = [(module, ())]
        while stack:
            node, path = stack.pop()
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

    def _yield(self, node: cst.Yield, path: Path) -> None:
        del node
        if path:
            self.generators.add(id(path[-1]))

    def _call(self, node: cst.Call, path: Path) -> None:
        """The name that is called, and the names that are passed: what gets a function may call it."""
        self._calls[node.func] = node
        for one in (node.func, *(arg.value for arg in node.args)):
            name = one.attr.value if isinstance(one, cst.Attribute) else getattr(one, "value", "")
            if isinstance(name, str) and name.isidentifier():
                self.called.setdefault(name, []).append(Site(path, one))
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
