"""What a file takes from the other files of its project: their names, their text, and the wrappers that they hold.

A *stem* names a module by its place: `app/claude` is `app/claude.py` or `app/claude/__init__.py`. A *wrapper* is a
function or method that leads to a Claude call; a file that calls one makes a Claude call, without a word in it that
says so. Modules are read when one of their names is needed, and kept for the files that follow.
"""

from __future__ import annotations

import posixpath
import sys
from contextlib import contextmanager
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

from claude_lint.dataclass import dataclass
from claude_lint.findings import Place
from claude_lint.following.calls import FOREIGN_ROOTS
from claude_lint.following.survey import Survey
from claude_lint.following.wrappers import Wrapper, wrapper_of
from claude_lint.reading.errors import SourceError
from claude_lint.reading.places import Places
from claude_lint.reading.source import parse_parts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from claude_lint.following.modulenames import ModuleNames
    from claude_lint.following.values import Member, Object
    from claude_lint.following.writers import Writes
    from claude_lint.reading.parts import Part
    from claude_lint.reading.reader import Reader
    from claude_lint.reading.source import Cell, Source

MAX_MODULES: Final = 400
"""With more modules than this at hand all are let go before the next file."""

MAX_DEPTH: Final = 12
"""How many modules deep one is followed for the sake of another."""

MAX_MODULE_BYTES: Final = 400_000
MAX_TEXT_BYTES: Final = 1_000_000
INSTALLED: Final = sys.stdlib_module_names | FOREIGN_ROOTS | {
    "aiohttp", "anthropic", "boto3", "httpx", "instructor", "jinja2", "langchain_anthropic", "litellm", "openai",
    "pydantic", "pydantic_ai", "pydantic_settings", "requests",
}  # fmt: skip
"""Absolute imports of these mean what is installed, also where a file of the project has the same name."""


@dataclass(slots=True)
class Located:
    """The file that is analysed, with the places of what it takes from others."""

    source: Source
    project: Project

    @property
    def path(self) -> str:
        return self.source.path

    @property
    def cells(self) -> tuple[Cell, ...]:
        return self.source.cells

    def place(self, node: Any) -> Place:
        """As `Source.place`, also for nodes of other files."""
        return self.source.places.of(node) or self.project.places.of(node) or Place(self.path, 1)

    def code(self, node: Any) -> str:
        """As `Source.code`."""
        return self.source.code(node)


@dataclass(slots=True)
class Module:
    """A module that other files import from. `reads` is what its names depend on, as far as they are followed.

    `definitions` are parsed when they are asked for.
    """

    source: Source
    survey: Survey
    definitions: tuple[Part, ...] = ()
    names: ModuleNames = field(init=False)
    reads: set[str] = field(default_factory=set)


class Project:
    """The files around the one that is analysed. Without a `reader` there are none."""

    def __init__(self, reader: Reader | None = None) -> None:
        self._reader = reader
        self.modules: dict[str, Module | None] = {}
        self.wrappers: dict[Wrapper, None] = {}
        """The wrappers that are known: what is found of them, and what is known from before."""

        self.read: dict[str, frozenset[str]] = {}
        """For each analysed file, the paths that its result depends on: read, or looked for and not there."""

        self.objects: dict[int, Object] = {}
        """The objects behind the names of modules, by their key in every heap."""

        self.writes: dict[tuple[Any, ...], Writes] = {}
        """What methods write that classes have from these definitions; see `classes`."""

        self.resolving: set[Member] = set()
        """The members that are being looked up, to find circles."""

        self.keys = 0
        self.readings = 0
        self.nesting = 0
        self._reads: list[set[str]] = [set()]
        self.places = Places()
        """The places of the nodes of the modules."""

    # What a result depends on

    def begin(self) -> None:
        """Start with another file."""
        self._reads, self.nesting = [set()], 0
        if len(self.modules) > MAX_MODULES:
            self.modules.clear()
            self.objects.clear()
            self.writes.clear()
            self.places.clear()

    def end(self, path: str) -> None:
        """Note what the result for `path` depends on."""
        self.read[path] = frozenset(self._reads[0] - {path})

    def next_key(self) -> int:
        self.keys += 1
        return self.keys

    def next_reading(self) -> int:
        self.readings += 1
        return self.readings

    # Modules and texts

    def stem(self, importer: str, dotted: str, level: int) -> str | None:
        """The stem of the module that an import of `dotted` in the file `importer` means, or `None` for a module
        that is not of this project. `level` is the number of leading dots.
        """
        if self._reader is None:
            return None
        below = dotted.replace(".", "/")
        directory = posixpath.dirname(importer)
        if level:
            for _ in range(level - 1):
                if not directory:
                    return None
                directory = posixpath.dirname(directory)
            return posixpath.join(directory, below) if below else directory
        if dotted.partition(".")[0] in INSTALLED:
            return None
        stems = (posixpath.join(root, below) for root in self._roots(directory))
        return next((stem for stem in stems if self.module_file(stem) is not None), None)

    def _roots(self, directory: str) -> Iterator[str]:
        """Where absolute imports may start, nearest first: the directories above the package, and their `src`. Last
        comes the directory of the file, for a package whose files are also run as scripts.
        """
        own = directory
        while directory and self._is_file(f"{directory}/__init__.py"):
            directory = posixpath.dirname(directory)
        while True:
            yield directory
            yield posixpath.join(directory, "src")
            if not directory:
                break
            directory = posixpath.dirname(directory)
        yield own

    def is_module(self, stem: str) -> bool:
        """Whether a stem is a module or a package, with or without an `__init__.py`."""
        if self.module_file(stem) is not None:
            return True
        return self._reader is not None and bool(stem) and self._reader.is_directory(stem)

    def module_file(self, stem: str) -> str | None:
        """The file of a module."""
        candidates = (f"{stem}.py", f"{stem}/__init__.py") if stem else ("__init__.py",)
        return next((path for path in candidates if self._is_file(path)), None)

    def _is_file(self, path: str) -> bool:
        if self._reader is None:
            return False
        self._reads[-1].add(path)
        return self._reader.is_file(path)

    def load(self, path: str) -> Module | None:
        """The module in the file `path`, not yet followed, or `None` when it cannot be analysed. Its definitions are
        parsed when they are asked for.
        """
        data = self._reader.read(path) if self._reader is not None else None
        if data is None or len(data) > MAX_MODULE_BYTES:
            return None
        try:
            source, definitions = parse_parts(data, path, self.places)
        except SourceError:
            return None
        return Module(source, Survey(source), definitions)

    def definition(self, part: Part, module: Module) -> Sequence[Any]:
        """The statements of a part of a module: the definition, or nothing when it cannot be parsed."""
        try:
            return module.source.cell(part.text, None, part.lines).module.body
        except SourceError:
            return ()

    def text(self, path: str) -> str | None:
        """The text of a file, or `None` for what is not there, not text, or too large for a prompt."""
        if self._reader is None or not self._is_file(path):
            return None
        data = self._reader.read(path)
        if data is None or len(data) > MAX_TEXT_BYTES:
            return None
        try:
            return data.decode()
        except UnicodeDecodeError:
            return None

    @contextmanager
    def reading_for(self, module: Module) -> Iterator[bool]:
        """What is read in this context is read for a module: its readers depend on it too. False when modules are
        already followed for each other too deep.
        """
        self._reads.append(set())
        try:
            yield len(self._reads) <= MAX_DEPTH
        finally:
            module.reads |= self._reads.pop()
            self.depend(module)

    def depend(self, module: Module) -> None:
        self._reads[-1] |= module.reads
        self._reads[-1].add(module.source.path)

    # Wrappers

    def leads(self, path: str, names: tuple[str, ...]) -> None:
        """Note that the function with the qualified `names` in the file `path` leads to a Claude call."""
        wrapper = wrapper_of(path, names)
        if wrapper is not None:
            self.wrappers.setdefault(wrapper)

    def wrapper_names(self, path: str) -> frozenset[str]:
        """The names of the wrappers in the other files."""
        return frozenset(wrapper.name for wrapper in self.wrappers if wrapper.path != path)
