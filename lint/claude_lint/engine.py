"""One lint run: files → Claude calls → findings, without those that nobody wants to see.

The engine is given its rules and what it joins them with. A file that cannot be analysed is an error of the
result and never ends the run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from claude_lint.discover import discover
from claude_lint.measure import Measurement, measured_calls, with_measured
from claude_lint.patterns import Patterns
from claude_lint.prefilter import may_call_claude
from claude_lint.result import UNREADABLE, UNREADABLE_NAME, Call, FileError, Result
from claude_lint.rule import Context, Rule
from claude_lint.selection import matches, selected
from claude_lint.sourcelines import SourceLines
from claude_lint.suppressions import Suppression, Suppressions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from claude_lint.config import Config
    from claude_lint.diff import Changes
    from claude_lint.findings import Finding, Place
    from claude_lint.request import Request
    from claude_lint.source import SourceError

MAX_BYTES: Final = 64 * 1024 * 1024
"""A larger file is not read. Notebooks with images in them grow to tens of MB."""


def lint(
    paths: Iterable[Path],
    *,
    root: Path,
    config: Config,
    rules: Sequence[Rule],
    as_of: date,
    measured: Iterable[Measurement] | None = None,
    changed: Changes | None = None,
    given: Mapping[str, bytes] | None = None,
) -> Result:
    """Lint the files that `paths` name.

    `root` is what paths in the result are relative to; nothing outside it is read. `rules` are all that there
    are; `config` says which of them run. `measured` is what traces say of call sites; with `changed`, only
    findings that it touches are kept. `given` is text, by path relative to the root, that replaces a file's.

    Raises `LintError` for paths that cannot be linted and selectors that mean no rule.
    """
    root = root.resolve()
    config.check(rules)
    running = selected(rules, config.select, config.ignore, config.extend_select)
    given = dict(given or {})
    files = _files(paths, root, config, given)
    sources = SourceLines(root, given)
    run = _Run(root, running, Context(as_of), given)
    for path in files:
        run.analyse(path)

    ignored = _PerFileIgnores(root, config)
    kept = [finding for finding in run.findings if not ignored.covers(finding)]
    if changed is not None:
        kept = [finding for finding in kept if changed.touch(finding)]
    findings, suppressed = _unsuppressed(_each_once(kept), Suppressions(sources))
    measurements = None if measured is None else measured_calls(run.calls, measured)
    if measurements is not None:
        findings = list(with_measured(findings, measurements))
    hide_errors = any(matches(selector, UNREADABLE, UNREADABLE_NAME) for selector in config.ignore)
    return Result(
        root=root,
        findings=tuple(findings),
        errors=() if hide_errors else tuple(sorted(run.errors)),
        calls=run.calls,
        files=len(files),
        parsed=run.parsed,
        sources=sources,
        suppressed=tuple(suppressed),
        measured=measurements,
    )


def _files(paths: Iterable[Path], root: Path, config: Config, given: Mapping[str, bytes]) -> list[str]:
    exclude = Patterns(config.exclude, config.directory or root) if config.exclude else None
    return sorted({*discover(paths, root, exclude), *given})


class _Run:
    """Collects calls, findings and errors, file by file."""

    def __init__(
        self, root: Path, rules: Sequence[Rule], context: Context, given: Mapping[str, bytes]
    ) -> None:
        self._root, self._rules, self._context, self._given = root, rules, context, given
        self._calls: dict[Place, Call] = {}
        self.errors: list[FileError] = []
        self.parsed = 0
        self._findings: dict[Finding, None] = {}

    @property
    def calls(self) -> tuple[Call, ...]:
        return tuple(self._calls.values())

    @property
    def findings(self) -> list[Finding]:
        """The findings in the order of their places."""
        return sorted(self._findings, key=lambda finding: (finding.place, finding.code, finding.call))

    def analyse(self, path: str) -> None:
        try:
            data = self._read(path)
        except OSError as error:
            self._error(path, f"cannot be read: {error.strerror or error}")
            return
        if data is None:
            self._error(path, f"not read: larger than {MAX_BYTES // 1024 // 1024} MB")
        elif may_call_claude(data):
            self._analyse(path, data)

    def _read(self, path: str) -> bytes | None:
        if path in self._given:
            return self._given[path]
        with (self._root / path).open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
        return data if len(data) <= MAX_BYTES else None

    def _analyse(self, path: str, data: bytes) -> None:
        # libcst takes longer to import than a project without Claude calls takes to lint.
        from claude_lint.analyse import requests_in
        from claude_lint.source import SourceError, parse

        try:
            source = parse(data, path)
            for problem in source.problems:
                self._source_error(problem)
            requests = requests_in(source)
        except SourceError as error:
            self._source_error(error)
            return
        except Exception as error:  # noqa: BLE001 - one odd file must not cost the findings in all others
            self._error(path, f"could not be analysed: {type(error).__name__}: {error}")
            return
        if source.cells or not source.problems:
            self.parsed += 1
        for request in requests:
            # A call that several callers lead to, and a batch, make several requests at one place.
            before = self._calls.get(request.call)
            known = bool(request.model.known) and (before is None or before.model_known)
            self._calls[request.call] = Call(request.call, request.function, known)
            for rule in self._rules:
                self._check(rule, request)

    def _check(self, rule: Rule, request: Request) -> None:
        try:
            self._findings.update(dict.fromkeys(rule.check(request, self._context)))
        except Exception as error:  # noqa: BLE001 - nor must one odd request
            call = request.call
            message = f"{rule.code} could not be checked here: {type(error).__name__}: {error}"
            self.errors.append(FileError(call.path, call.line, call.column, call.cell, message))

    def _source_error(self, error: SourceError) -> None:
        self.errors.append(FileError(error.path, error.line, error.column, error.cell, error.message))

    def _error(self, path: str, message: str) -> None:
        self.errors.append(FileError(path, 1, 1, None, message))


class _PerFileIgnores:
    """Which rules the configuration ignores in which files: those of the finding's place and of its call."""

    def __init__(self, root: Path, config: Config) -> None:
        self._each = [
            (Patterns((pattern,), config.directory or root), rules)
            for pattern, rules in config.per_file_ignores
        ]
        self._root = root

    def covers(self, finding: Finding) -> bool:
        paths = {finding.place.path, finding.call.path}
        return any(
            any(matches(rule, finding.code, finding.name) for rule in rules)
            and any(patterns.match(self._root / path) for path in paths)
            for patterns, rules in self._each
        )


def _each_once(findings: Iterable[Finding]) -> list[Finding]:
    """The findings without those that differ in their chains only: several callers can lead to one mistake."""
    once: dict[tuple[str, Place, Place, str], Finding] = {}
    for finding in findings:
        once.setdefault((finding.code, finding.place, finding.call, finding.message), finding)
    return list(once.values())


def _unsuppressed(
    findings: Iterable[Finding], suppressions: Suppressions
) -> tuple[list[Finding], list[tuple[Finding, Suppression]]]:
    kept, silenced = [], []
    for finding in findings:
        suppression = suppressions.silencing(finding)
        if suppression is None:
            kept.append(finding)
        else:
            silenced.append((finding, suppression))
    return kept, silenced
