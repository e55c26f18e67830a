"""Follows imports from the project's own files: what a name of another module is, read when it is needed.

A module is followed once, its functions not at all until they are called. A module that is still being followed, in a
circle of imports, has the names that it has so far.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

import libcst as cst

from claude_lint.flow import Statements, dotted_name
from claude_lint.request import Stability
from claude_lint.resolve import FILE
from claude_lint.scope import Frame, State
from claude_lint.segments import lowered
from claude_lint.values import (
    UNKNOWN,
    Dotted,
    FilePath,
    Member,
    ModuleRef,
    Unknown,
    Value,
    choice,
    options,
)

if TYPE_CHECKING:
    from claude_lint.project import Module

MAX_HOPS: Final = 8
"""Through how many modules a name is followed that each only imports."""

MAX_DEPTH: Final = 12
"""How many modules deep one is followed for the sake of another."""


class Imports(Statements):
    """Evaluates imports."""

    importing: int = 0

    def import_(self, node: cst.Import, state: State, frame: Frame) -> None:
        importer = self.file_of(state, frame)
        for name in node.names:
            dotted = dotted_name(name.name)
            stem = self.project.stem(importer, dotted, 0)
            if name.asname is not None:
                if isinstance(name.asname.name, cst.Name):
                    state.names[name.asname.name.value] = Dotted(dotted) if stem is None else ModuleRef(stem)
                continue
            root, dots = dotted.split(".")[0], dotted.count(".")
            if stem is not None:
                for _ in range(dots):
                    stem = posixpath.dirname(stem)
            state.names[root] = Dotted(root) if stem is None else ModuleRef(stem)

    def import_from(self, node: cst.ImportFrom, state: State, frame: Frame) -> None:
        level, dotted = len(node.relative), dotted_name(node.module) if node.module else ""
        importer = self.file_of(state, frame)
        stem = self.project.stem(importer, dotted, level)
        if isinstance(node.names, cst.ImportStar):
            if stem is not None:
                self.import_star(stem, state)
            return
        for name in node.names:
            bound = name.asname.name if name.asname else name.name
            if not isinstance(bound, cst.Name) or not isinstance(name.name, cst.Name):
                continue
            member, below = name.name.value, stem
            if below is None:
                inner = self.project.stem(importer, f"{dotted}.{member}", 0)
                below = posixpath.dirname(inner) if inner is not None else None
            if below is None:
                state.names[bound.value] = Dotted(f"{'.' * level}{dotted}.{member}")
            else:
                state.names[bound.value] = Member(below, member)

    def import_star(self, stem: str, state: State) -> None:
        """`from module import *`: its public names, as far as it has been followed."""
        module = self.module(stem)
        if module is not None:
            state.names.update(
                {name: Member(stem, name) for name in list(module.names) if not name.startswith("_")}
            )

    def imported(self, value: Value, state: State) -> Value:
        if isinstance(value, Member):
            return self.member(value.stem, value.name, state)
        found = options(value)
        if any(isinstance(option, Member) for option in found):
            return choice([self.imported(option, state) for option in found])
        return value

    def member(self, stem: str, name: str, state: State) -> Value:
        for _ in range(MAX_HOPS):
            module = self.module(stem)
            if module is None or name not in module.names:
                if self.project.is_module(below := posixpath.join(stem, name)):
                    return ModuleRef(below)
                return Unknown(origin=f"{stem.replace('/', '.')}.{name}")
            if module.key not in state.heap:
                state.heap.update({key: held for key, held in module.heap.items() if key not in state.heap})
            value = module.names[name]
            if not isinstance(value, Member):
                return lowered(self.imported(value, state), Stability.IMPORT_TIME)
            stem, name = value.stem, value.name
        return UNKNOWN

    def module(self, stem: str) -> Module | None:
        """The module with a stem, followed as far as it can be now."""
        path = self.project.module_file(stem)
        if path is None:
            return None
        if path in self.project.modules:
            module = self.project.modules[path]
            if module is not None:
                self.project.depend(module)
            return module
        if self.importing >= MAX_DEPTH:
            return None
        module = self.project.modules[path] = self.project.load(path)
        if module is not None:
            self.project.descend()
            follower = type(self)(module.source, self.project)
            follower.importing = self.importing + 1
            follower.follow_module(module)
            self.project.ascend(module)
        return module

    def follow_module(self, module: Module) -> None:
        """Follow the statements of a module, for its names."""
        module.names[FILE] = FilePath(module.source.path)
        state = State(module.names, {})
        module.heap = state.heap
        frame = Frame("", (module.names,), module=True)
        for cell in module.source.cells:
            state.live = True
            self.block(cell.module.body, state, frame)
        for name in module.survey.globals:
            module.names[name] = choice((module.names.get(name, UNKNOWN), Unknown(origin=name)))
        module.heap = state.heap
