"""Follows imports from the project's own files: what a name of another module is, read when it is needed.

A name is followed once, with the statements of its module that bind it; functions not at all until they are called.
A name that is still being followed, in a circle of imports, is unknown.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

import libcst as cst

from claude_lint.findings import Place
from claude_lint.following.flow import Statements, dotted_name
from claude_lint.following.heap import Heap
from claude_lint.following.modulenames import ModuleNames
from claude_lint.following.resolve import FILE
from claude_lint.following.scope import Frame, State
from claude_lint.following.segments import constant, lowered
from claude_lint.following.values import (
    UNKNOWN,
    Choice,
    Dotted,
    FilePath,
    Member,
    ModuleRef,
    Text,
    Unknown,
    Value,
    choice,
)
from claude_lint.reading.parts import Part
from claude_lint.request import Stability

if TYPE_CHECKING:
    from collections.abc import Sequence

    from claude_lint.following.project import Module

MAX_HOPS: Final = 8
"""Through how many modules a name is followed that each only imports."""


class Imports(Statements):
    """Evaluates imports."""

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
        """`from module import *`: its public names."""
        module = self.module(stem)
        if module is not None:
            public = (name for name in module.names.bound() if not name.startswith("_"))
            state.names.update({name: Member(stem, name) for name in public})

    def imported(self, value: Value, state: State) -> Value:
        if isinstance(value, Member):
            return self.member(value.stem, value.name, state)
        if isinstance(value, Choice) and any(isinstance(option, Member) for option in value.options):
            return choice([self.imported(option, state) for option in value.options])
        return value

    def member(self, stem: str, name: str, state: State) -> Value:
        for _ in range(MAX_HOPS):
            module = self.module(stem)
            if module is None or name not in module.names:
                if self.project.is_module(below := posixpath.join(stem, name)):
                    return ModuleRef(below)
                return Unknown(origin=f"{stem.replace('/', '.')}.{name}")
            value = module.names[name]
            if not isinstance(value, Member):
                return self.alternatives(Member(stem, name), value, state)
            stem, name = value.stem, value.name
        return UNKNOWN

    def alternatives(self, member: Member, value: Value, state: State) -> Value:
        """What a member is that by the path taken is one of several names of other modules."""
        if not isinstance(value, Choice):
            return lowered(value, Stability.IMPORT_TIME)
        if member in self.project.resolving:
            return UNKNOWN
        self.project.resolving.add(member)
        try:
            return lowered(self.imported(value, state), Stability.IMPORT_TIME)
        finally:
            self.project.resolving.remove(member)

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
        module = self.project.modules[path] = self.project.load(path)
        if module is not None:
            self.project.depend(module)
            self.open(module)
        return module

    def open(self, module: Module) -> None:
        """Make the names of a module ready to be followed one by one."""
        follower = type(self)(module.source, self.project, module.survey)
        statements = [statement for cell in module.source.cells for statement in cell.module.body]
        stars = [
            stem for statement in statements if (stem := self.star(statement, module.source.path)) is not None
        ]

        def follow(statement: cst.CSTNode | Part) -> None:
            with self.project.reading_for(module) as allowed:
                if allowed:
                    state = State(module.names, Heap(self.project.objects))
                    frame = Frame("", (module.names,), module=True)
                    parsed: Sequence[cst.CSTNode] = (
                        self.project.definition(statement, module)
                        if isinstance(statement, Part)
                        else (statement,)
                    )
                    for one in parsed:
                        follower.statement(one, state, frame)
                    self.project.objects.update(state.heap.items())
                    for name in module.survey.globals.intersection(module.names):
                        module.names[name] = choice((module.names[name], Unknown(origin=name)))

        def starred(name: str) -> Value | None:
            for stem in stars:
                other = self.module(stem)
                if other is not None and other is not module and name in other.names.bound():
                    return Member(stem, name)
            return None

        module.names = ModuleNames(in_order(module), follow, starred)
        module.names[FILE] = FilePath(module.source.path)
        module.names["__name__"] = Text((constant("module", Place(module.source.path, 1)),))

    def star(self, statement: cst.CSTNode, importer: str) -> str | None:
        """The stem of the module that a statement imports everything from."""
        for node in statement.body if isinstance(statement, cst.SimpleStatementLine) else ():
            if isinstance(node, cst.ImportFrom) and isinstance(node.names, cst.ImportStar):
                dotted = dotted_name(node.module) if node.module else ""
                return self.project.stem(importer, dotted, len(node.relative))
        return None


def in_order(module: Module) -> list[cst.CSTNode | Part]:
    """What is at the top of a module, as it stands there: parsed statements, and definitions that are not."""
    stretches: list[tuple[int, list[cst.CSTNode | Part]]]
    stretches = [(cell.lines, list(cell.module.body)) for cell in module.source.cells]
    stretches += [(part.lines, [part]) for part in module.definitions]
    return [one for _, stretch in sorted(stretches, key=lambda each: each[0]) for one in stretch]
