"""What one file comes to: its calls, what the rules find there, and what could not be analysed.

An *analysis* depends on the bytes of its file, on the rules and the day, and on the files that the resolver read to
follow what the file imports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from claude_lint.dataclass import dataclass
from claude_lint.result import Call, FileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from claude_lint.findings import Finding, Place
    from claude_lint.following.project import Project
    from claude_lint.following.wrappers import Wrapper
    from claude_lint.reading.errors import SourceError
    from claude_lint.request import Argument, Request
    from claude_lint.rule import Context, Rule


@dataclass(frozen=True, slots=True)
class Analysis:
    """One file. `parsed` says whether there was something to analyse in it."""

    findings: tuple[Finding, ...] = ()
    errors: tuple[FileError, ...] = ()
    calls: tuple[Call, ...] = ()
    parsed: bool = False
    wrappers: tuple[Wrapper, ...] = ()
    """The functions of this file that lead to a Claude call, for other files to call."""

    reads: tuple[str, ...] = ()
    """The paths of the other files that it depends on: read, or looked for and not there."""


def analyse(
    path: str, data: bytes, rules: Sequence[Rule], context: Context, project: Project | None = None
) -> Analysis:
    """Analyse a file that may call Claude, with the files of the project around it.

    Never raises: what goes wrong is among the errors.
    """
    # libcst takes longer to import than a project without Claude calls takes to lint.
    from claude_lint.modelling.analyse import requests_in
    from claude_lint.reading.errors import SourceError
    from claude_lint.reading.source import parse

    errors: list[FileError] = []
    try:
        source = parse(data, path)
        errors += [_error(problem) for problem in source.problems]
        requests = requests_in(source, project)
    except SourceError as error:
        return Analysis(errors=(*errors, _error(error)), reads=_around(path, project)[1])
    except Exception as error:  # noqa: BLE001 - one odd file must not cost the findings in all others
        message = f"could not be analysed: {type(error).__name__}: {error}"
        return Analysis(errors=(*errors, FileError(path, 1, 1, None, message)))
    findings: dict[Finding, None] = {}
    for request in requests:
        for rule in (rule for rule in rules if request.way in rule.ways):
            try:
                findings.update(dict.fromkeys(rule.check(request, context)))
            except Exception as error:  # noqa: BLE001, PERF203 - nor must one odd request
                call = request.call
                message = f"{rule.code} could not be checked here: {type(error).__name__}: {error}"
                errors.append(FileError(call.path, call.line, call.column, call.cell, message))
    parsed = bool(source.cells) or not source.problems
    calls = merged(_call(each) for each in requests)
    return Analysis(tuple(findings), tuple(errors), calls, parsed, *_around(path, project))


def _around(path: str, project: Project | None) -> tuple[tuple[Wrapper, ...], tuple[str, ...]]:
    """The wrappers in the file, and the paths that its analysis depends on."""
    if project is None:
        return (), ()
    # No import statement can name a file whose name is not text.
    found = tuple(wrapper for wrapper in project.wrappers if wrapper.path == path and path.isprintable())
    return found, tuple(sorted(project.read.get(path, ())))


def merged(calls: Iterable[Call]) -> tuple[Call, ...]:
    """One call for each place: a call that several callers lead to, and a batch, make several requests there."""
    by_place: dict[Place, Call] = {}
    for call in calls:
        before = by_place.get(call.place)
        by_place[call.place] = call if before is None else _both(before, call)
    return tuple(by_place.values())


def _both(one: Call, other: Call) -> Call:
    return Call(
        one.place,
        one.function,
        one.callee,
        one.method,
        one.client or other.client,
        tuple(dict.fromkeys((*one.models, *other.models))),
        one.models_open or other.models_open,
        tuple(dict.fromkeys((*one.max_tokens, *other.max_tokens))),
        one.max_tokens_open or other.max_tokens_open,
        max(one.breakpoints, other.breakpoints),
    )


def _call(request: Request) -> Call:
    limits, limits_open = _values(request.max_tokens)
    models, models_open = _values(request.model)
    return Call(
        request.call,
        request.function,
        request.callee,
        request.method,
        request.client,
        tuple(value for value in models if isinstance(value, str)),
        models_open,
        tuple(value for value in limits if isinstance(value, int)),
        limits_open,
        len(request.breakpoints),
    )


def _values(argument: Argument) -> tuple[tuple[object, ...], bool]:
    return tuple(dict.fromkeys(known.value for known in argument.known)), argument.open


def _error(error: SourceError) -> FileError:
    return FileError(error.path, error.line, error.column, error.cell, error.message)
