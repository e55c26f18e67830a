"""The reference of everything that can be set: what `docs/generate.py` writes to `configuration.md`.

Names, types and defaults are those of the code. Where the code has a name without words for it, such as a variable of
the environment, the words are in a table here; a name of the code that has none is an error.
"""

from __future__ import annotations

import ast
import inspect
import re
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click
from claude_lint.running.config import KEYS

from otel_claude import instrument, user_rates
from otel_claude.cli import COMMANDS, main

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

SOURCES = [Path(__file__).parent.parent / name for name in ("otel_claude", "lint", "rules")]

RATES = {
    "dated": ("date", "The first day (UTC) on which you pay what is set here; earlier calls go by the list."),
    "discount": ("number", "Off every rate of every model: 0.15 is 15 %."),
    "multiplier": ("number", "Instead of `discount`: what every rate is multiplied by."),
    "models": ("tables", "One for each model that has its own: below."),
    "rows": ("array of tables", "Newer rows of the public list, `[[tool.otel-claude.rates.rows]]`: below."),
    "checked": ("date", "When you held those rows against Anthropic's list. Needed with `rows`."),
}

_USD = "number"
RATES_OF_A_MODEL = {
    "discount": ("number", "In place of the one for all models."),
    "multiplier": ("number", "Instead of `discount`."),
    "input": (_USD, "USD per million uncached input tokens, for prompts of every length. Needs `output`."),
    "cache_write_5m": (
        _USD,
        "Of tokens written to the 5-minute cache; left out, the list's of the first day.",
    ),
    "cache_write_1h": (_USD, "Of tokens written to the 1-hour cache; the same."),
    "cache_read": (_USD, "Of tokens read from the cache; the same."),
    "output": (_USD, "Of output tokens. Needs `input`."),
}

ROWS = {
    "model": ("text", "The model's id. Needed."),
    "valid_from": ("date", "The first day (UTC). Needed."),
    "valid_until": ("date", "The first day without, where there is one."),
    "input": (_USD, "USD per million tokens. Needed, as is `output`."),
    "cache_write_5m": (_USD, "USD per million tokens."),
    "cache_write_1h": (_USD, "USD per million tokens."),
    "cache_read": (_USD, "USD per million tokens."),
    "output": (_USD, "USD per million tokens."),
    "over_prompt_tokens": ("int", "The row is for prompts longer than this; 0 by default."),
    "speed": ("text", "`standard`, the default, or `fast`."),
    "source": ("text", "Where the row comes from; it is shown with the price."),
}

BUDGETS = {
    "hour": ("USD", "What may be spent in an hour of UTC's, by one process."),
    "day": ("USD", "In a day."),
    "month": ("USD", "In a month."),
    "thresholds": ("list of percents", "When to tell: `[50, 80, 100]` by default."),
    "enforce": ("boolean", "Whether calls are stopped once a limit is spent: `false` by default."),
    "hit_ratio": (
        "number",
        "Of a feature or a task: the least share of the input to be read from the cache.",
    ),
    "hit_ratio_calls": ("int", "Over how many of the last calls."),
    "seed": ("text", '`"store"`: begin with what the local store says was spent; `"none"` by default.'),
    "features": ("tables", "Limits of one feature each, with the keys above but `seed`."),
    "tasks": ("tables", "Limits of one task each, with the same keys."),
}

OURS = {
    "OTEL_CLAUDE_STORE": "The directory of the [local store](store.md); `off` writes nothing.",
    "OTEL_CLAUDE_STORE_MAX_MB": "How large it may be, in MB: 256 by default. The oldest files go first.",
    "OTEL_CLAUDE_STORE_MAX_DAYS": "For how many days calls are kept there: 14 by default.",
    "OTEL_CLAUDE_SUMMARY": "`off` drops the line at exit.",
    "OTEL_CLAUDE_FEATURE": "The feature of calls that no `feature()` is around.",
    "OTEL_CLAUDE_BAGGAGE": (
        "`on`, or names of tags with commas between: the feature, the task and those tags go to your own other "
        "services, in W3C baggage. Off by default; never sent to Anthropic."
    ),
    "OTEL_CLAUDE_OLDER_NAMES": (
        "`on`: cache writes by their older name too, for [Jaeger's GenAI view](jaeger.md) and other viewers that know "
        "only that. Off by default."
    ),
    "OTEL_CLAUDE_CACHE_KEY": (
        "The key of the digests that tell cached prefixes apart: any text, the same on every machine of a fleet. By "
        "default a random one for each project, [kept in a file](cache.md#what-is-stored)."
    ),
    "OTEL_CLAUDE_RATES": "A TOML file with the [rates](cost.md#your-rates) that you pay, in place of the table below.",
    "OTEL_CLAUDE_BUDGETS": "A TOML file with limits in USD, in place of `[tool.otel-claude.budgets]`.",
}

INTERNAL = {"OTEL_CLAUDE_RUN_PID"}
"""What processes of ours tell each other."""

STANDARD = {
    "OTEL_EXPORTER_OTLP_ENDPOINT": "Where spans are exported to. Traces only: metrics have a variable of their own.",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "The same, as it is: `/v1/traces` is not put behind it.",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "Where metrics are exported to, `/v1/metrics` included.",
    "OTEL_TRACES_EXPORTER": (
        "Names of exporters of spans: `otlp`, `console` or any that is installed; `none` for no spans at all."
    ),
    "OTEL_METRICS_EXPORTER": "The same for metrics: `otlp`, `prometheus`, `console`, `none`.",
    "OTEL_EXPORTER_OTLP_PROTOCOL": "`http/protobuf`, the default, or `grpc`; `…_TRACES_PROTOCOL` for spans only.",
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "As above.",
    "OTEL_EXPORTER_OTLP_TIMEOUT": (
        "Seconds that an export, and the exit, may take: by default 2 for spans and 1 for metrics, at most 30."
    ),
    "OTEL_EXPORTER_OTLP_HEADERS": "Keys of the backend, `name=value` with commas between.",
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "The same, for spans only.",
    "OTEL_SERVICE_NAME": "The service; by default the name of the project's directory.",
    "OTEL_RESOURCE_ATTRIBUTES": "Attributes of the resource; `otel_claude.feature=…` is a default feature too.",
    "OTEL_TRACES_SAMPLER": "Which traces are kept. Metrics count every call whatever it says.",
    "OTEL_BSP_SCHEDULE_DELAY": "Milliseconds that spans wait for export at most: 5000 by default.",
    "OTEL_PYTHON_TRACER_PROVIDER": "The global tracer provider to make, by name, where the application sets none.",
    "OTEL_SDK_DISABLED": "`true` switches OpenTelemetry off: no spans, no metrics.",
    "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": (
        "`otel_claude` switches us off under `opentelemetry-instrument`; `anthropic` all others of this SDK."
    ),
}
"""Those of OpenTelemetry that we read or that decide what becomes of our spans. Its exporters read more of them."""

OTHERS = {
    "ANTHROPIC_OPEN_TELEMETRY": "The SDK's: `false` switches its own spans off. Ours takes its place.",
    "ANTHROPIC_OPEN_TELEMETRY_PROPAGATION": (
        "The SDK's: `false` keeps it from sending W3C trace context to the API, where you have a tracer provider."
    ),
    "ANTHROPIC_OPEN_TELEMETRY_TRACES_CONTENT_MODE": (
        "The SDK's: `content` has it put prompts and answers on its spans. Off by default, and never ours."
    ),
    "ANTHROPIC_ADMIN_KEY": "What `otel-claude reconcile` asks for the bill with.",
    "HONEYCOMB_API_KEY": "What `otel-claude dashboards install honeycomb` makes the board with.",
    "CLICKHOUSE_PASSWORD": "The password for `otel-claude report --from clickhouse://…`.",
    "XDG_STATE_HOME": "Where the store of programs outside of projects is, and what `replay` remembers.",
    "XDG_CACHE_HOME": "Where the linter's cache is outside of projects.",
    "NO_COLOR": "Any text: no colours.",
}

PARAMETERS = {
    "tracer_provider": "Where spans go. Without it: the global one, the environment's exporters, the local store.",
    "meter_provider": "Where metrics go. Without it: the global one, the environment's exporters, nowhere.",
    "summary": "Whether one line is printed at exit when spans went to the local store.",
    "call_site": "Whether the line of code that made each call is recorded.",
    "cache": "Whether each call says what the prompt cache did for it, and why not more.",
    "waste": "Whether each call says what it paid for and did not need.",
    "older_names": "Whether cache writes are said by their older name too.",
    "overrides": "Rates in place of the public ones and of those that files set.",
    "budgets": "Limits in USD, in place of those that files set.",
    "on_budget": "Called with each alert of a budget.",
    "baggage": "Whether, and with which tags, attribution goes to your own other services.",
    "metric_tags": "The names of tags that are dimensions of metrics.",
}


def page() -> str:
    """The reference, without the line that says that it is generated."""
    return "\n\n".join(part.strip() for part in _parts()) + "\n"


def _parts() -> Iterator[str]:
    tables = "lint, rates" + (", budgets" if find_spec("otel_claude.budgets") else "")
    yield f"""# Configuration

Everything that can be set, from the code. Nothing has to be: [getting started](getting-started.md) sets nothing.

- [`instrument()`](#instrument): its parameters
- [The environment](#the-environment): variables of ours, of OpenTelemetry, and others
- [`pyproject.toml`](#pyprojecttoml): {tables}
- [Commands](#commands): each with its options

Where several say something, a parameter goes before a variable, and that before a file. The line at exit is dropped
where either says so."""
    yield f"## `instrument()`\n\n{_parameters()}"
    yield f"```text\n{inspect.getdoc(instrument)}\n```"
    yield "## The environment"
    read = variables()
    unknown = read - {*OURS, *STANDARD, *OTHERS} - INTERNAL
    if unknown:
        raise LookupError(
            f"the code reads {', '.join(sorted(unknown))}, of which docs/reference.py says nothing"
        )
    ours = {name: meaning for name, meaning in OURS.items() if name in read}
    for title, known in (("Ours", ours), ("OpenTelemetry's", STANDARD), ("Others", OTHERS)):
        yield f"### {title}\n\n" + table(
            ("variable", "meaning"), ((f"`{name}`", text) for name, text in known.items())
        )
    yield """## `pyproject.toml`

The tables are those of the nearest `pyproject.toml` upwards that has them. A key that is not known is an error that
names it."""
    yield "### `[tool.otel-claude.lint]`\n\n[How the linter is used](lint.md)."
    lint = ((f"`{name}`", key.type, key.default, key.meaning) for name, key in KEYS.items())
    yield table(("key", "type", "default", "meaning"), lint)
    yield "### `[tool.otel-claude.rates]`\n\n[What your rates do](cost.md#your-rates)."
    yield _keys(user_rates._KEYS, RATES)
    yield 'In `[tool.otel-claude.rates.models."MODEL"]`:'
    yield _keys(user_rates._MODEL_KEYS, RATES_OF_A_MODEL)
    yield "In `[[tool.otel-claude.rates.rows]]`:"
    yield _keys(user_rates._ROW_KEYS, ROWS)
    if find_spec("otel_claude.budgets"):
        yield "### `[tool.otel-claude.budgets]`\n\n[What happens at a limit](budgets.md)."
        yield _keys(import_module("otel_claude.budgets.table").KEYS, BUDGETS)
    yield f"## Commands\n\n{main.epilog}"
    for name in sorted(COMMANDS):
        yield from _command(name)


def _parameters() -> str:
    rows = []
    for name, parameter in inspect.signature(instrument).parameters.items():
        rows.append((f"`{name}`", f"`{parameter.annotation}`", f"`{parameter.default!r}`", PARAMETERS[name]))
    return table(("parameter", "type", "default", "meaning"), rows)


def _keys(names: Iterable[str], meanings: Mapping[str, tuple[str, str]]) -> str:
    return table(("key", "type", "meaning"), ((f"`{name}`", *meanings[name]) for name in names))


def variables() -> set[str]:
    """The variables of ours, of OpenTelemetry and of the SDK that a string of the code is the name of."""
    return {
        node.value
        for source in SOURCES
        for file in source.rglob("*.py")
        if "demo" not in file.parts
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"(OTEL|ANTHROPIC_ADMIN|HONEYCOMB|CLICKHOUSE|XDG)_[A-Z_]*[A-Z]", node.value)
    }


def _command(name: str) -> Iterator[str]:
    context = click.Context(main, info_name="otel-claude")
    command = main.get_command(context, name)
    assert command is not None
    yield from _described(command, click.Context(command, info_name=f"otel-claude {name}", parent=None))


def _described(command: click.Command, context: click.Context) -> Iterator[str]:
    usage = " ".join(command.collect_usage_pieces(context))
    help_text = " ".join(inspect.cleandoc(command.help or "").replace("\n\n", "\0").split()).replace(
        "\0", "\n\n"
    )
    yield f"### `{context.info_name}`\n\n```text\n{context.info_name} {usage}\n```\n\n{help_text}"
    rows = [
        record
        for parameter in command.get_params(context)
        if isinstance(parameter, click.Option) and "--help" not in parameter.opts
        if (record := parameter.get_help_record(context)) is not None
    ]
    if rows:
        yield table(("option", "meaning"), ((f"`{names}`", " ".join(text.split())) for names, text in rows))
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from _described(inner, click.Context(inner, info_name=f"{context.info_name} {name}"))


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
