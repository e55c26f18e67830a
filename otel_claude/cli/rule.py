"""`otel-claude rule`: what a rule finds, why it costs, and what to do instead."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from otel_claude.cli import _linting
from otel_claude.cli._linting import fail

if TYPE_CHECKING:
    from collections.abc import Iterable

    from claude_lint.rule import Rule


@dataclass(frozen=True, slots=True)
class Entry:
    """One rule as it is shown. `docs` is its page, in Markdown."""

    code: str
    name: str
    summary: str
    severity: str
    confidence: str
    default: bool
    docs: str

    @property
    def page(self) -> str:
        return f"# {self.code} {self.name}\n\n{(self.docs or self.summary).strip()}\n"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("which", metavar="[CODE|NAME]", required=False)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to print it.",
)
@click.option(
    "--allow-local-rules", is_flag=True, help="Know the rules that the configuration names by path."
)
def command(*, which: str | None, output_format: str, allow_local_rules: bool) -> None:
    """Explain a rule of the linter, or list them all."""
    with _linting.errors_said():
        entries = _entries(allow_local=allow_local_rules)
    if which is not None:
        entry = _find(which, entries)
        if output_format == "json":
            click.echo(json.dumps(_document(entry), indent=2))
        else:
            _show(entry.page)
    elif output_format == "json":
        click.echo(json.dumps([_document(entry) for entry in entries], indent=2))
    else:
        width = max(len(entry.name) for entry in entries)
        for entry in entries:
            off = "" if entry.default else "  (off by default)"
            click.echo(f"{entry.code}  {entry.name:<{width}}  {entry.summary}{off}")


def _entries(*, allow_local: bool) -> list[Entry]:
    """Every rule and what the engine itself reports, in the order of the codes. Raises `LintError`."""
    from claude_lint.running.config import Config
    from claude_lint.running.enginepages import PAGES
    from claude_lint.running.selection import ENGINE_CODES, ENGINE_SUMMARIES

    config = _linting.configuration(Path.cwd(), isolated=False) if allow_local else Config()
    rules: Iterable[Rule] = _linting.rules_of(config, isolated=False, allow_local=allow_local)
    entries = [
        Entry(
            rule.code,
            rule.name,
            rule.summary,
            rule.severity.value,
            rule.confidence.value,
            rule.default,
            rule.docs,
        )
        for rule in rules
    ]
    severities = {"CL901": "warning", "CL902": "error"}
    entries += [
        Entry(code, name, ENGINE_SUMMARIES[code], severities[code], "high", default=True, docs=PAGES[code])
        for code, name in ENGINE_CODES.items()
    ]
    return sorted(entries, key=lambda entry: entry.code)


def _find(which: str, entries: list[Entry]) -> Entry:
    found = next((each for each in entries if which.upper() == each.code or which.lower() == each.name), None)
    if found is None:
        known = [entry.code for entry in entries] + [entry.name for entry in entries]
        near = get_close_matches(which.upper(), known, 1) or get_close_matches(which.lower(), known, 1)
        hint = f"did you mean {near[0]}?" if near else "`otel-claude rule` lists them"
        fail(f"no rule is called {which!r}; {hint}")
    return found


def _document(entry: Entry) -> dict[str, Any]:
    return {
        "code": entry.code,
        "name": entry.name,
        "summary": entry.summary,
        "severity": entry.severity,
        "confidence": entry.confidence,
        "default": entry.default,
        "docs": entry.docs,
    }


def _show(page: str) -> None:
    """On a terminal as a page, elsewhere as it is written."""
    if not sys.stdout.isatty():
        click.echo(page, nl=False)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console(no_color=bool(os.environ.get("NO_COLOR"))).print(Markdown(page))
