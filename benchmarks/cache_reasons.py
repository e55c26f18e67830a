"""How often the reason that is given for a cache miss is the right one, against a simulated Claude that knows it.

    python -m benchmarks.cache_reasons [--conversations 1200] [--seed 1]

Conversations (see `benchmarks.conversations`) run through the real SDK over HTTP on loopback. The clock is simulated
too: waits take no time. They are served by one worker; by eight, of which each remembers what it did itself and knows
that there are others, as by its environment; by eight that have no sign of each other but what they read; and by eight
of which one serves all of a conversation, as behind a load balancer that sees to it.

*Recall* is the share of the misses with a cause that are given that cause, *precision* the share of the statements
that name the cause. Several causes can hold, as where a changed prompt was written an hour ago: the precision *of any*
counts those too. `unknown` states nothing. *Place* is the share of the right `..._changed` with the right path. A call
with a breakpoint that is too short to be cached misses nothing: its *status* says that it is below the minimum.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from unittest import mock
from zlib import crc32

from anthropic import Anthropic
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import otel_claude
from benchmarks.conversations import steps
from otel_claude import attributes as names
from otel_claude import instrumentation
from otel_claude.cache.audit import CacheAudit
from otel_claude.call_site import CallSite
from otel_claude.simulator import Clock, Simulator
from otel_claude.simulator.cache import minimum
from otel_claude.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opentelemetry.sdk.trace import ReadableSpan

    from otel_claude.audit import CallStart, Watch
    from otel_claude.simulator.misses import Miss

START = datetime(2026, 11, 20, 9, tzinfo=timezone.utc)
REASONS = (
    "first_write",
    "expired",
    "lookback",
    "model_changed",
    "tools_changed",
    "system_changed",
    "messages_changed",
    "parameters_changed",
)


@dataclass(frozen=True)
class Setting:
    """Who serves the conversations."""

    name: str
    workers: int
    know_of_each_other: bool
    is_sticky: bool = False
    """Whether a conversation stays with one worker. Else each call goes to one by chance."""


SETTINGS = (
    Setting("one worker", 1, know_of_each_other=False),
    Setting("eight workers", 8, know_of_each_other=True),
    Setting("eight workers without a sign", 8, know_of_each_other=False),
    Setting("eight workers, a conversation at one", 8, know_of_each_other=True, is_sticky=True),
)


class Workers:
    """The audits of workers, each with a memory of its own, by the endpoint's clock.

    A call goes to the worker and comes from the site that were named last.
    """

    def __init__(self, setting: Setting, clock: Clock) -> None:
        self._clock = clock
        self.audits = [CacheAudit(lambda: b"k" * 32) for _ in range(setting.workers)]
        for audit in self.audits:
            audit._is_worker = setting.know_of_each_other
        self.worker = 0
        self.site = ""

    def begin(self, start: CallStart) -> Watch | None:
        at_ns = int(self._clock.now().timestamp() * 1e9)
        site = CallSite("app.py", self.site, 1)
        return self.audits[self.worker].begin(start._replace(at_ns=at_ns, site=site))


@dataclass(frozen=True)
class Told:
    """What was said of one call, and what is true."""

    event: str
    reason: str | None
    at: str | None
    truth: Miss | None
    status: str | None = None
    is_too_short: bool = False
    """Whether the whole prompt is below the minimum of its model."""

    is_cached: bool = False
    """Whether any of it was read or written."""


@dataclass
class Score:
    """Counts for one reason."""

    true: int = 0
    found: int = 0
    unknown: int = 0
    stated: int = 0
    right: int = 0
    of_any: int = 0
    placed: int = 0


@dataclass
class Scores:
    calls: int = 0
    of_reason: dict[str, Score] = field(default_factory=lambda: {reason: Score() for reason in REASONS})
    false_alarms: int = 0
    too_short: Counter[str] = field(default_factory=Counter)
    wrong: Counter[tuple[str, str | None, str | None]] = field(default_factory=Counter)
    """By event, truth and statement."""

    def add(self, told: Told) -> None:
        self.calls += 1
        truth = None if told.truth is None else told.truth.reason
        states = told.reason not in (None, "unknown")
        if truth is not None:
            score = self.of_reason[truth]
            score.true += 1
            score.found += told.reason == truth
            score.unknown += told.reason == "unknown"
        if states:
            assert told.reason is not None
            score = self.of_reason[told.reason]
            score.stated += 1
            score.right += told.reason == truth
            score.of_any += told.truth is not None and told.reason in told.truth.causes
            score.placed += told.truth is not None and told.reason == truth and told.at == told.truth.at
            self.false_alarms += truth is None
        is_said = told.status == "below_minimum"
        self.too_short["true"] += told.is_too_short
        self.too_short["found"] += told.is_too_short and is_said
        self.too_short["wrong"] += told.is_cached and is_said
        if told.reason != truth:
            self.wrong[told.event, truth, told.reason] += 1


def run(setting: Setting, seed: int, conversations: int) -> tuple[list[Told], Sequence[ReadableSpan]]:
    """Serves conversations, and returns what was said of each call beside what the endpoint knows."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    clock = Clock(START)
    workers = Workers(setting, clock)
    chance = random.Random(seed)
    events = []
    with (
        Simulator(clock=clock) as simulator,
        mock.patch.object(instrumentation, "_audits", return_value=(workers,)),
    ):
        client = Anthropic(base_url=simulator.url, api_key="simulated", max_retries=0)
        otel_claude.instrument(tracer_provider=provider, summary=False)
        try:
            for step in steps(seed, conversations):
                clock.advance(step.wait_s)
                workers.worker, workers.site = chance.randrange(setting.workers), step.site
                if setting.is_sticky:
                    workers.worker = crc32(step.thread.encode()) % setting.workers
                thread = {"x-simulate": f"thread={step.thread}; output-tokens=4"}
                events.append(step.event)
                client.messages.create(**step.body, extra_headers=thread)
        finally:
            otel_claude.uninstrument()
            client.close()
        ledger = simulator.ledger
    spans = exporter.get_finished_spans()
    said: dict[Any, ReadableSpan] = {(span.attributes or {}).get(names.RESPONSE_ID): span for span in spans}
    told = []
    for event, call in zip(events, ledger, strict=True):
        found = said[call.id].attributes or {}
        reason, at = found.get(names.CACHE_MISS_REASON), found.get(names.CACHE_CHANGED_AT)
        usage = Usage.of_response(call.usage)
        told.append(
            Told(
                event,
                reason,  # type: ignore[arg-type]
                at,  # type: ignore[arg-type]
                call.miss,
                found.get(names.CACHE_STATUS),  # type: ignore[arg-type]
                usage.prompt_tokens < (minimum(call.model or "") or 0),
                usage.prompt_tokens > usage.input_tokens,
            )
        )
    return told, spans


def scores(told: Sequence[Told]) -> Scores:
    found = Scores()
    for each in told:
        found.add(each)
    return found


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "-"


def table(setting: Setting, found: Scores) -> str:
    """The scores of one setting, in Markdown."""
    lines = [
        f"{setting.name}: {found.calls:,} calls (simulated)",
        "",
        "| reason | misses | recall | unknown | stated | precision | of any | place |",
        "| --- | --: | --: | --: | --: | --: | --: | --: |",
    ]
    total = Score()
    for reason, score in found.of_reason.items():
        lines.append(_line(reason, score, has_place=reason.endswith("_changed")))
        for name in vars(total):
            setattr(total, name, getattr(total, name) + getattr(score, name))
    lines.append(_line("all", total, has_place=False))
    short = found.too_short
    said = _share(short["found"], short["true"])
    return (
        "\n".join(lines)
        + f"\n\nOf these statements, {found.false_alarms} are about calls that missed nothing. Below the minimum are "
        f"{short['true']:,} calls: that is said of {said} of them, and of {short['wrong']} that cached something."
    )


def _line(name: str, score: Score, *, has_place: bool) -> str:
    cells = [
        name,
        f"{score.true:,}",
        _share(score.found, score.true),
        _share(score.unknown, score.true),
        f"{score.stated:,}",
        _share(score.right, score.stated),
        _share(score.of_any, score.stated),
        _share(score.placed, score.right) if has_place else "",
    ]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--conversations", type=int, default=1200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--wrong", action="store_true", help="print what was mistaken for what")
    asked = parser.parse_args()
    for setting in SETTINGS:
        told, _ = run(setting, asked.seed, asked.conversations)
        found = scores(told)
        print(table(setting, found), end="\n\n")
        if asked.wrong:
            for (event, truth, said), count in found.wrong.most_common(40):
                print(f"{count:6} {event:16} {truth} said {said}")


if __name__ == "__main__":
    main()
