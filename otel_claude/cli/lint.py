"""`otel-claude lint`: code that wastes money on Claude calls. Where the engine, the rules and the traces
meet.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from otel_claude.cli import _linting, _reporting
from otel_claude.cli._linting import STDIN, fail

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from claude_lint import Config, Result
    from claude_lint.reading.diff import Changes
    from claude_lint.result import PrefixChange
    from claude_lint.rule import Rule
    from claude_lint.running.baseline import Baseline
    from claude_lint.running.fixes import Fixed

    from otel_claude.report.callsites import CallSiteStats

FORMATS: Final = ("full", "concise", "json", "github", "gitlab", "junit", "markdown", "comment", "sarif")
COUNTED: Final = ("full", "concise", "json")
"""The formats in which `--statistics` can be shown."""


def _split(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:  # noqa: ARG001
    return tuple(item.strip() for each in value for item in each.split(",") if item.strip())


def _reports(
    context: click.Context,  # noqa: ARG001
    parameter: click.Parameter,  # noqa: ARG001
    value: tuple[str, ...],
) -> tuple[tuple[str, Path], ...]:
    split = [each.partition("=") for each in value]
    for output_format, _, file in split:
        if output_format not in FORMATS or not file:
            raise click.BadParameter(f"write FORMAT=FILE, with a FORMAT of {', '.join(FORMATS)}")
    return tuple((output_format, Path(file)) for output_format, _, file in split)


def _list_option(name: str, metavar: str, text: str) -> click.Option:
    return click.Option([name], multiple=True, metavar=metavar, callback=_split, help=text)


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    params=[
        _list_option(
            "--select",
            "RULES",
            "Run these rules only: codes, prefixes (CL1), names or ALL, with commas between.",
        ),
        _list_option("--extend-select", "RULES", "Run these rules too."),
        _list_option("--ignore", "RULES", "Do not run these rules."),
        _list_option(
            "--exclude", "PATTERNS", "Leave out what matches, in place of the configured `exclude`."
        ),
        _list_option("--extend-exclude", "PATTERNS", "Leave out what matches too."),
    ],
)
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@click.option("--force-exclude", is_flag=True, help="Leave out what is excluded even where PATH names it.")
@click.option(
    "--min-severity",
    type=click.Choice(["error", "warning", "info"]),
    help="Only findings of this severity and above.",
)
@click.option(
    "--min-confidence", type=click.Choice(["high", "medium", "low"]), help="Only findings that are this sure."
)
@click.option("--fix", is_flag=True, help="Mend what can be mended safely.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff, also what a reader must check.")
@click.option("--diff", is_flag=True, help="Print what --fix would change, and change nothing.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(FORMATS),
    default="full",
    show_default=True,
    help="How to print the findings.",
)
@click.option("--statistics", is_flag=True, help="Print how often each rule found something.")
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Print them to this file.",
)
@click.option(
    "--report",
    "reports",
    metavar="FORMAT=FILE",
    multiple=True,
    callback=_reports,
    help="Print them to this file too, in a format of its own.",
)
@click.option(
    "--show-costs/--hide-costs",
    "costs",
    default=None,
    help="Say dollars in a comment.  [default: unless CI runs for a repository that is not known to be private]",
)
@click.option(
    "--baseline",
    "baseline_file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Only findings that are not in this baseline.",
)
@click.option(
    "--write-baseline",
    is_flag=True,
    help="Make the baseline, or take out of it what was mended; nothing is ever added.",
)
@click.option(
    "--diff-base",
    metavar="REF",
    help="Only findings that the working tree brought in since it left this branch.",
)
@click.option(
    "--traces",
    metavar="STORE",
    multiple=True,
    help="Say what each finding's calls cost, by these recorded traces.",
)
@click.option("--show-muted", is_flag=True, help="With --traces, list the findings that the traces disprove.")
@click.option(
    "--as-of",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day for rules that depend on one.  [default: today]",
)
@click.option("--isolated", is_flag=True, help="Use no configuration and no rules but our own.")
@click.option("--allow-local-rules", is_flag=True, help="Run the rules that the configuration names by path.")
@click.option("--no-cache", is_flag=True, help="Use nothing that earlier runs found, and keep nothing.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 when there are findings.")
@click.option("--stdin-filename", metavar="FILE", default="stdin.py", help="The name of what PATH - reads.")
def command(
    *,
    paths: tuple[str, ...],
    select: tuple[str, ...],
    extend_select: tuple[str, ...],
    ignore: tuple[str, ...],
    exclude: tuple[str, ...],
    extend_exclude: tuple[str, ...],
    force_exclude: bool,
    min_severity: str | None,
    min_confidence: str | None,
    fix: bool,
    unsafe_fixes: bool,
    diff: bool,
    output_format: str,
    statistics: bool,
    output: Path | None,
    reports: tuple[tuple[str, Path], ...],
    costs: bool | None,
    baseline_file: Path | None,
    write_baseline: bool,
    diff_base: str | None,
    traces: tuple[str, ...],
    show_muted: bool,
    as_of: datetime | None,
    isolated: bool,
    allow_local_rules: bool,
    no_cache: bool,
    exit_zero: bool,
    stdin_filename: str,
) -> None:
    """Find code that wastes money on Claude calls.

    PATH is a file, a directory or - for standard input; by default the current directory.

    Exits with 0 when there is nothing to report, 1 with findings and 2 when it could not run. With --diff, 1 means
    that there is something to mend.
    """
    if unsafe_fixes and not (fix or diff):
        fail("--unsafe-fixes needs --fix or --diff")
    if write_baseline and (fix or diff or diff_base is not None):
        fail("--write-baseline goes with neither --fix, --diff nor --diff-base")
    if statistics and output_format not in COUNTED:
        fail(f"--statistics can be shown as {', '.join(COUNTED)}, not as {output_format}")
    with _linting.errors_said():
        from claude_lint import lint
        from claude_lint.findings import Confidence, Severity
        from claude_lint.running.selection import check

        named = [Path(path) for path in paths or (".",) if path != STDIN]
        root = _linting.root_of(named)
        config = _linting.configuration(root, isolated=isolated)
        rules = _linting.rules_of(config, isolated=isolated, allow_local=allow_local_rules)
        for option, selectors in (
            ("--select", select),
            ("--extend-select", extend_select),
            ("--ignore", ignore),
        ):
            check(selectors, rules, option)
        config = config.overridden(
            select=select,
            ignore=ignore,
            extend_select=extend_select,
            exclude=exclude,
            extend_exclude=extend_exclude,
            force_exclude=force_exclude,
            min_severity=None if min_severity is None else Severity(min_severity),
            min_confidence=None if min_confidence is None else Confidence(min_confidence),
        )
        day = (as_of or datetime.now(timezone.utc)).date()
        baseline = _baseline(config, baseline_file, write=write_baseline)
        cache = None if no_cache else _linting.cache_of(root, config, rules, day.isoformat())
        measurements = _measurements(traces) if traces else None
        changed = None if diff_base is None else _changes(diff_base, root)
        name = _linting.name_of_stdin(stdin_filename, root) if STDIN in paths else None
        run = partial(
            lint,
            _linting.from_root(named, root),
            root=root,
            config=config,
            rules=rules,
            as_of=day,
            measured=measurements,
            changed=changed,
            given=None if name is None else {name: sys.stdin.buffer.read()},
            baseline=baseline,
            cache=cache,
            progress=_linting.progress(),
        )
        if fix or diff:
            fixed = _fixed(run, unsafe=unsafe_fixes)
            if diff:
                _show_diff(fixed)
            result = _apply(fixed, name)
        else:
            result = run()
        if baseline is not None and write_baseline:
            result = _shrink(result, baseline, _codes(rules, config))
        elif baseline is not None and (
            gone := baseline.size - baseline.after(result, _codes(rules, config)).size
        ):
            click.echo(
                f"{baseline.file.name}: {gone:,} of {baseline.size:,} mended; --write-baseline takes that out",
                err=True,
            )
        _linting.say_errors(result)
        _say_muted(result, show=show_muted)
        if changed is not None and "comment" in {output_format, *(each for each, _ in reports)}:
            result = replace(result, prefixes=_prefixes(result, changed, day, measurements or ()))
        for other_format, file in reports:
            _reporting.write(
                _reporting.rendered(result, other_format, rules, statistics=False, costs=costs), file
            )
        report = _reporting.rendered(result, output_format, rules, statistics=statistics, costs=costs)
        if output is not None:
            _reporting.write(report, output)
            click.echo(str(result.summary))
        else:
            _reporting.show(report, err=name is not None and fix)
    raise SystemExit(2 if result.nothing_analysed else 1 if result.findings and not exit_zero else 0)


def _changes(ref: str, root: Path) -> Changes:
    from claude_lint.reading.diff import changes_since

    return changes_since(ref, root)


def _prefixes(
    result: Result, changed: Changes, day: date, measurements: Sequence[CallSiteStats]
) -> tuple[PrefixChange, ...]:
    from claude_lint.reading.before import files_before
    from claude_lint.running.prefixes import prefix_changes

    return prefix_changes(result, changed, files_before(changed, result.root), day, measurements)


def _fixed(run: partial[Result], *, unsafe: bool) -> Fixed:
    from claude_lint.running.fixes import fix

    def again(texts: Mapping[str, bytes]) -> Result:
        return run(replaced=texts)

    return fix(again, unsafe=unsafe)


def _show_diff(fixed: Fixed) -> None:
    """Print the patch and end."""
    from claude_lint.running.fixes import unified_diff

    _linting.say_errors(fixed.result)
    _reporting.show(unified_diff(fixed))
    click.echo(f"would leave: {fixed.result.summary}".replace(" fixed", " to fix"), err=True)
    raise SystemExit(2 if fixed.result.nothing_analysed else 1 if fixed.after else 0)


def _apply(fixed: Fixed, stdin: str | None) -> Result:
    """Write what was mended: files to disk, what came from standard input to standard output."""
    from claude_lint.output.words import printable, where
    from claude_lint.running.fixes import write

    after = dict(fixed.after)
    if stdin is not None:
        after.pop(stdin, None)
        sys.stdout.buffer.write(fixed.result.sources.data(stdin))
        sys.stdout.buffer.flush()
    write(replace(fixed, after=after), fixed.result.root)
    for finding in fixed.result.fixed:
        assert finding.fix is not None
        said = f"{where(finding.place)} {finding.code} {finding.name}  {finding.fix.message}"
        click.echo(f"fixed {printable(said)}", err=True)
    return fixed.result


def _baseline(config: Config, given: Path | None, *, write: bool) -> Baseline | None:
    """The baseline in force, if there is one. One that is only about to be made is empty."""
    file = Path.cwd() / given if given is not None else None
    if file is None and config.baseline is not None:
        file = (config.directory or Path.cwd()) / config.baseline
    if file is None:
        if write:
            fail("--write-baseline needs --baseline FILE, or `baseline` in the configuration")
        return None
    from claude_lint.running.baseline import Baseline, read

    file = Path(os.path.normpath(file))
    return Baseline(file) if write and not file.exists() else read(file)


def _shrink(result: Result, baseline: Baseline, codes: frozenset[str]) -> Result:
    """Make the baseline, or take out of it what was mended. The result with what it then says."""
    from claude_lint.running.baseline import made_of

    if baseline.file.exists():
        smaller = baseline.after(result, codes)
        smaller.write()
        click.echo(f"{baseline.file.name}: {baseline.size:,} → {smaller.size:,}", err=True)
        return result
    made_of(result, baseline.file).write()
    click.echo(f"{baseline.file.name}: {len(result.findings):,} written down", err=True)
    return replace(result, findings=(), in_baseline=result.findings)


def _codes(rules: Sequence[Rule], config: Config) -> frozenset[str]:
    """The codes under which something could have been found."""
    from claude_lint.running.selection import ENGINE_CODES, selected

    running = selected(rules, config.select, config.ignore, config.extend_select)
    return frozenset({*ENGINE_CODES, *(rule.code for rule in running)})


def _say_muted(result: Result, *, show: bool) -> None:
    """Say on stderr that there are findings which traces disprove, and which, where that is asked for."""
    if not result.muted:
        return
    from claude_lint.output.full import muted_line

    if show:
        for finding, reason in result.muted:
            click.echo(muted_line(finding, reason), err=True)
        return
    these = "1 finding muted: the traces disprove it"
    if len(result.muted) > 1:
        these = f"{len(result.muted):,} findings muted: the traces disprove them"
    click.echo(f"{these}; --show-muted says why", err=True)


def _measurements(stores: tuple[str, ...]) -> tuple[CallSiteStats, ...]:
    from otel_claude.report.calls import calls
    from otel_claude.report.callsites import call_site_stats
    from otel_claude.store.reader import StoreError, read

    try:
        return call_site_stats(calls(read(stores)))
    except StoreError as error:
        fail(f"--traces: {error}")
