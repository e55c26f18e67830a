"""What calls cost by our table and by Arize Phoenix's, model by model.

    WITH_PHOENIX=1 python -m benchmarks.phoenix_prices

One mixed run against a simulated API: for each model plain calls, cache reads and 5-minute writes in uneven numbers,
some streamed; then calls of the kinds that take more than four rates. Every span is kept here and sent to a real
Phoenix over OTLP, whose costs are asked of its API. Phoenix knows cache writes by their older name, so the run is made
with `older_names=True`.
"""

from __future__ import annotations

import json
import math
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import anthropic
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import otel_claude
from benchmarks.lint_accuracy.tables import table
from otel_claude import attributes as names
from otel_claude.simulator import Simulator
from tests.receivers import phoenix

KNOWN: Final = (
    "claude-fable-5-1",
    "claude-haiku-4-5-20251001",
    "claude-haiku-5-5",
    "claude-opus-4-5-20251101",
    "claude-opus-4-8",
    "claude-opus-5-5",
    "claude-sonnet-4-6",
    "claude-sonnet-5-5",
)
"""Models that both tables have."""

TAKEN_FOR: Final = {"claude-fable-5-2": "claude-fable-5", "claude-mythos-5-2": "claude-mythos-5"}
"""Models that Phoenix's table does not have yet, with the older ones that it takes them for."""

NOBODYS: Final = ("claude-next-9",)
"""Models that no table has."""

ORDINARY: Final = "ordinary"


class Kind(NamedTuple):
    """Calls that a model's four rates do not price."""

    model: str
    usage: dict[str, Any]
    how: str = ""
    """How Phoenix prices them, where not as we do."""


KINDS: Final[dict[str, Kind]] = {
    "1-hour writes": Kind(
        "claude-sonnet-5-5",
        {
            "input_tokens": 210,
            "output_tokens": 75,
            "cache_creation_input_tokens": 6000,
            "cache_creation": {"ephemeral_5m_input_tokens": 2000, "ephemeral_1h_input_tokens": 4000},
        },
        "at the rate of 5-minute writes",
    ),
    "batch": Kind(
        "claude-opus-5-5",
        {"input_tokens": 900, "output_tokens": 310, "service_tier": "batch"},
        "without the half price",
    ),
    "web search": Kind(
        "claude-sonnet-5-5",
        {"input_tokens": 1500, "output_tokens": 200, "server_tool_use": {"web_search_requests": 3}},
        "without the searches",
    ),
    "inference in the US": Kind(
        "claude-opus-5-5",
        {"input_tokens": 800, "output_tokens": 120, "inference_geo": "us"},
        "without the factor of 1.1",
    ),
    "fast mode": Kind(
        "claude-opus-5-5",
        {"input_tokens": 800, "output_tokens": 120, "speed": "fast"},
        "at the standard rates",
    ),
    "long prompt": Kind(
        "claude-haiku-5-5",
        {"input_tokens": 150_000, "output_tokens": 90},
    ),
}
"""Each by the feature that its calls are made for."""


@dataclass(frozen=True)
class Priced:
    """What calls of one model and kind came to, in USD; Phoenix's is `None` where it has no price."""

    model: str
    kind: str
    calls: int
    ours: float | None
    phoenixs: float | None

    @property
    def is_equal(self) -> bool:
        """But for the last digits, which depend on the order of a sum."""
        if self.ours is None or self.phoenixs is None:
            return self.ours is self.phoenixs
        return math.isclose(self.ours, self.phoenixs, rel_tol=1e-12)


def main() -> int:
    """Print the table. 2 where Phoenix cannot be had."""
    try:
        with tempfile.TemporaryDirectory() as folder, phoenix.running(Path(folder)) as server:
            rows = compared(server)
    except phoenix.UnavailableError as error:
        print(f"Error: no Phoenix here: {error}", file=sys.stderr)
        return 2
    header = ("model", "calls", "kind", "ours, USD", "Phoenix's, USD", "equal", "Phoenix's is")
    print(table(header, [_shown(row) for row in rows]))
    return 0


def compared(server: phoenix.Phoenix) -> list[Priced]:
    """The mixed run, as it was priced here and by `server`: by model, ordinary calls first."""
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{server.url}/v1/traces")))
    otel_claude.instrument(tracer_provider=provider, summary=False, older_names=True)
    try:
        with Simulator() as simulated:
            _run(anthropic.Anthropic(api_key="k", base_url=simulated.url))
    finally:
        otel_claude.uninstrument()
        provider.shutdown()
    spans = kept.get_finished_spans()
    known = {_id(span) for span in spans if _values(span)[names.REQUEST_MODEL] in KNOWN}
    prices = server.wait_for_prices(known)
    return sorted(_rows(spans, prices), key=lambda row: (row.kind != ORDINARY, row.kind, row.model))


def _run(client: anthropic.Anthropic) -> None:
    for number, model in enumerate((*KNOWN, *TAKEN_FOR, *NOBODYS), 3):
        with otel_claude.feature(ORDINARY):
            for call in range(number):
                _ask(client, model, _ordinary(number, call), streams=call % 2 == 1)
    for name, kind in KINDS.items():
        with otel_claude.feature(name):
            for _ in range(2):
                _ask(client, kind.model, kind.usage)


def _ordinary(number: int, call: int) -> dict[str, Any]:
    """Usage that differs from model to model and from call to call: a write, then reads, then no cache."""
    usage: dict[str, Any] = {
        "input_tokens": 101 * number + 7 * call,
        "output_tokens": 53 + 11 * call * number,
    }
    prefix = 5000 + 37 * number
    if call == 0:
        usage |= {
            "cache_creation_input_tokens": prefix,
            "cache_creation": {"ephemeral_5m_input_tokens": prefix, "ephemeral_1h_input_tokens": 0},
        }
    elif call % 3:
        usage |= {"cache_read_input_tokens": prefix}
    return usage


def _ask(client: anthropic.Anthropic, model: str, usage: dict[str, Any], *, streams: bool = False) -> None:
    answer = client.messages.create(
        model=model,
        max_tokens=64,
        messages=[{"role": "user", "content": "hello"}],
        stream=streams,
        extra_headers={"x-simulate": f"usage={json.dumps(usage)}"},
    )
    if streams:
        list(answer)


def _rows(spans: tuple[ReadableSpan, ...], prices: dict[str, phoenix.Price]) -> list[Priced]:
    grouped: dict[tuple[str, str], list[ReadableSpan]] = {}
    for span in spans:
        values = _values(span)
        grouped.setdefault((values[names.REQUEST_MODEL], values[names.FEATURE]), []).append(span)
    return [
        Priced(
            model,
            kind,
            len(group),
            _sum([_values(span).get(names.COST_AMOUNT) for span in group]),
            _sum([prices[_id(span)].usd for span in group]),
        )
        for (model, kind), group in grouped.items()
    ]


def _sum(amounts: list[float | None]) -> float | None:
    known = [amount for amount in amounts if amount is not None]
    assert len(known) in {0, len(amounts)}
    return math.fsum(known) if known else None


def _values(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def _id(span: ReadableSpan) -> str:
    assert span.context is not None
    return f"{span.context.span_id:016x}"


def _shown(row: Priced) -> tuple[object, ...]:
    ours, phoenixs = ("none" if usd is None else f"{usd:.8f}" for usd in (row.ours, row.phoenixs))
    how = KINDS[row.kind].how if row.kind in KINDS else ""
    if row.model in TAKEN_FOR:
        how = f"that of {TAKEN_FOR[row.model]}"
    return row.model, row.calls, row.kind, ours, phoenixs, "yes" if row.is_equal else "no", how


if __name__ == "__main__":
    raise SystemExit(main())
