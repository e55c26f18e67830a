"""What the commands about linting have in common: where to look, with which rules, and what to say on errors."""

from __future__ import annotations

import gc
import os
import sys
import time
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from claude_lint import Result
    from claude_lint.rule import Rule
    from claude_lint.running.cache import Cache
    from claude_lint.running.config import Config

STDIN: Final = "-"
CACHE_FOLDER: Final = "lint-cache"
SHOW_PROGRESS_AFTER: Final = 1.0
"""Seconds. Runs that are done by then show none."""


def fail(message: str) -> NoReturn:
    click.echo(f"Error: {message}", err=True)
    raise SystemExit(2)


@contextmanager
def errors_said() -> Iterator[None]:
    """What ends a lint is one line and exit code 2; 1 is for findings."""
    if find_spec("libcst") is None or find_spec("pathspec") is None:
        fail("the linter is not installed; pip install 'otel-claude[lint]'")
    from claude_lint import LintError

    collect_seldom()
    try:
        yield
    except LintError as error:
        fail(str(error))
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - a defect of ours must not look like findings
        import traceback

        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(frame.filename).name}:{frame.lineno}"
        fail(f"the linter itself failed: {type(error).__name__}: {error} (at {where}); please report it")


def collect_seldom() -> None:
    """Leave what is imported to itself, and look for circles less often: trees are large, live long and have none."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def say_errors(result: Result) -> None:
    """What could not be analysed, one line each on standard error."""
    if result.errors:
        from claude_lint.output.full import error_line

        for each in result.errors:
            click.echo(error_line(each), err=True)
    if result.files == 0:
        click.echo("Warning: no Python files or notebooks there", err=True)


def root_of(named: Sequence[Path]) -> Path:
    """The directory that paths are relative to: the current one, or what holds all of `named` when that does
    not.
    """
    current = Path.cwd()
    full = [Path(os.path.normpath(current / path)) for path in named]
    holders = [(path if path.is_dir() else path.parent).resolve() for path in full]
    if all(holder.is_relative_to(current) for holder in holders):
        return current
    return Path(os.path.commonpath(holders))


def from_root(named: Sequence[Path], root: Path) -> list[Path]:
    """The paths as the engine takes them."""
    return list(named) if root == Path.cwd() else [Path.cwd() / path for path in named]


def name_of_stdin(filename: str, root: Path) -> str:
    """The path, relative to the root, of what standard input stands for."""
    full = Path(os.path.normpath(Path.cwd() / filename))
    return full.relative_to(root).as_posix() if full.is_relative_to(root) else full.name


def configuration(root: Path, *, isolated: bool) -> Config:
    """The configuration in force. Raises `LintError`."""
    from claude_lint.running.config import Config, load

    return Config() if isolated else load(root)


def rules_of(config: Config, *, isolated: bool, allow_local: bool) -> tuple[Rule, ...]:
    """Ours, those of installed packages and those of the project. Raises `LintError`."""
    from claude_lint.running.registry import installed_rules, local_rules, together
    from claude_rules import RULES

    if isolated:
        return RULES
    return together(RULES, (*installed_rules(), *local_rules(config, allowed=allow_local)))


def cache_of(root: Path, config: Config, rules: Sequence[Rule], as_of: str) -> Cache | None:
    """The cache for what is linted below `root`: in its project, or else in the user's own cache directory."""
    from hashlib import sha256

    from claude_lint.running.cache import Cache
    from claude_lint.running.registry import digest
    from claude_lint.running.selection import selected
    from claude_rules import RULES

    from otel_claude.store.location import PROJECT_FOLDER, project_root

    folder = _user_cache()
    project = project_root(root)
    if project is not None and os.access(project, os.W_OK):
        folder = project / PROJECT_FOLDER / CACHE_FOLDER
    elif folder is None:
        return None
    running = selected(rules, config.select, config.ignore, config.extend_select)
    own = {rule.code for rule in RULES}
    others = [rule for rule in rules if rule.code not in own]
    settings = (as_of, *(rule.code for rule in running), digest(others))
    return Cache(folder / sha256(os.fsencode(root)).hexdigest()[:12], root, settings)


def progress() -> Callable[[int, int], None] | None:
    """Shows on a terminal how far a long run is; `None` where there is no terminal to show it on."""
    if not sys.stderr.isatty():
        return None
    shown = time.monotonic() + SHOW_PROGRESS_AFTER - 0.1
    visible = False

    def show(done: int, total: int) -> None:
        nonlocal shown, visible
        now = time.monotonic()
        if done == total and visible:
            click.echo("\r\x1b[K", nl=False, err=True)
        elif now - shown > 0.1 and done < total:
            shown, visible = now, True
            click.echo(f"\r\x1b[K{done:,} of {total:,} files", nl=False, err=True)

    return show


def _user_cache() -> Path | None:
    named = os.environ.get("XDG_CACHE_HOME", "")
    try:
        home = Path(named) if named.startswith("/") else Path.home() / ".cache"
    except RuntimeError:
        return None
    return home / "otel-claude" / CACHE_FOLDER
