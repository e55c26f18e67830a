"""One lint run: files → Claude calls → findings, without those that nobody wants to see.

The engine is given its rules and what it joins them with. A file that cannot be analysed is an error of the
result and never ends the run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from claude_lint.reading.discover import discover
from claude_lint.reading.patterns import Exclusion, Patterns
from claude_lint.reading.sourcelines import SourceLines
from claude_lint.result import UNREADABLE, UNREADABLE_NAME, FileError, Result
from claude_lint.rule import Context, Rule
from claude_lint.running.alike import CONFIDENCES, SEVERITIES, each_once
from claude_lint.running.run import Run
from claude_lint.running.selection import ignores, matches, selected
from claude_lint.running.suppressions import Suppression, Suppressions
from claude_lint.running.unused import CODE as UNUSED
from claude_lint.running.unused import Judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from claude_lint.findings import Finding, Measured, Place
    from claude_lint.reading.diff import Changes
    from claude_lint.running.baseline import Baseline
    from claude_lint.running.cache import Cache
    from claude_lint.running.config import Config
    from claude_lint.running.measure import Measurement


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
    replaced: Mapping[str, bytes] | None = None,
    baseline: Baseline | None = None,
    cache: Cache | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Result:
    """Lint the files that `paths` name.

    `root` is what paths in the result are relative to; nothing outside it is read. `rules` are all that there
    are; `config` says which of them run. `measured` is what traces say of call sites; with `changed`, only
    findings that it touches are kept, with `baseline` only those that are not in it. `given` is text, by path
    relative to the root, that is linted in place of a file's; `replaced` stands for a file's where that is linted.
    `progress` is told how many of how many files are done.

    Raises `LintError` for paths that cannot be linted and selectors that mean no rule.
    """
    root = root.resolve()
    config.check(rules)
    running = selected(rules, config.select, config.ignore, config.extend_select)
    given = dict(given or {})
    texts = {**given, **(replaced or {})}
    named = list(paths)
    found = discover(
        named,
        root,
        _exclusion(config, root),
        force=config.force_exclude,
        listings=None if cache is None else cache.listings,
    )
    files = tuple(sorted({*found.files, *given})) if given else found.files
    if cache is not None and found.relisted:
        cache.changed = True
    sources = SourceLines(root, texts)
    run = Run(root, texts, running, Context(as_of), cache)
    run.analyse(files, progress)
    errors = run.errors
    errors += [FileError(path or ".", 1, 1, None, f"cannot be listed: {why}") for path, why in found.unlisted]

    shown = _Shown(run, Suppressions(sources, as_of), _PerFileIgnores(root, config))
    judge = Judge(rules, running, sources, as_of)
    whole = any(not (root / path).is_file() for path in named)
    if not ignores(config.select, config.ignore, UNUSED):
        shown.judge_suppressions(judge, whole=whole)
    known: list[Finding] = []
    findings = each_once(shown.findings)
    if baseline is not None:
        findings, known = baseline.split(findings, root, sources)
    if changed is not None:
        findings = [finding for finding in findings if changed.touch(finding)]
    measurements: Mapping[Place, Measured] | None = None
    muted: tuple[tuple[Finding, str], ...] = ()
    if measured is not None:
        from claude_lint.running.judgement import judged
        from claude_lint.running.measure import measured_calls, with_measured

        measurements = measured_calls(run.calls, measured)
        judgement = judged(with_measured(findings, measurements), measurements, run.calls, root, as_of)
        findings, muted = list(judgement.findings), judgement.muted
    findings = [finding for finding in findings if _matters(finding, config)]
    hide_errors = any(matches(selector, UNREADABLE, UNREADABLE_NAME) for selector in config.ignore)
    return Result(
        root=root,
        findings=tuple(findings),
        errors=() if hide_errors else tuple(sorted(errors)),
        calls=run.calls,
        paths=files,
        parsed=run.parsed,
        sources=sources,
        suppressed=tuple(shown.suppressed),
        in_baseline=tuple(known),
        measured=measurements,
        muted=tuple((finding, why) for finding, why in muted if _matters(finding, config)),
        reads=run.reads,
    )


def _exclusion(config: Config, root: Path) -> Exclusion:
    ours = (*config.exclude, *config.extend_exclude)
    each = [Patterns(ours, config.directory or root)] if ours else []
    if config.given_exclude:
        each.append(Patterns(config.given_exclude, root))
    return Exclusion(*each)


def _matters(finding: Finding, config: Config) -> bool:
    return SEVERITIES.index(finding.severity) <= SEVERITIES.index(config.min_severity) and CONFIDENCES.index(
        finding.confidence
    ) <= CONFIDENCES.index(config.min_confidence)


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


class _Shown:
    """The findings of a run without those that comments and the configuration silence."""

    def __init__(self, run: Run, suppressions: Suppressions, ignored: _PerFileIgnores) -> None:
        self._run, self._suppressions, self._ignored = run, suppressions, ignored
        self._about: dict[Suppression, list[Finding]] = {}
        self.findings: list[Finding] = []
        self.suppressed: list[tuple[Finding, Suppression]] = []
        for finding in run.findings:
            for suppression in suppressions.about(finding):
                self._about.setdefault(suppression, []).append(finding)
            if ignored.covers(finding):
                continue
            silencing = suppressions.silencing(finding)
            if silencing is None:
                self.findings.append(finding)
            else:
                self.suppressed.append((finding, silencing))

    def judge_suppressions(self, judge: Judge, *, whole: bool) -> None:
        """Add what is found about suppressions.

        Unless the run was about a whole directory, a suppression may be meant for a call in a file that nobody
        looked at: then only those within the lines of a call are judged.
        """
        failed = {error.path for error in self._run.errors}
        spans: dict[tuple[str, int | None], list[Place]] = {}
        for call in self._run.calls:
            spans.setdefault((call.place.path, call.place.cell), []).append(call.place)
        for path in self._run.suppressing:
            if path in failed:
                continue
            for each in self._suppressions.of_file(path):
                calls = spans.get((path, each.cell), ())
                if whole or any(place.line <= each.line <= place.end_line for place in calls):
                    found = judge.findings(each, self._about.get(each, ()))
                    self.findings += (finding for finding in found if not self._ignored.covers(finding))
