"""What each instrumentation of the SDK costs an application, side by side, as a Markdown table.

    python -m benchmarks.peers [--rounds 60] [--calls 40] [--few 500] [--many 2500]

Each is installed below `.envs` without what it shares with the environment that runs this, and runs in a process of its
own; see `benchmarks.timed_process`. All figures are over the bare SDK, whose spans are off but for its own row and
ours, which are over it too: ours enrich them. Times of calls and events are medians of processor time; import and
enabling is the best of three, of processor time; what is kept is traced memory after many calls less that after few.

A peer whose release does not accept the installed SDK is named as such. One that raises, or does not answer in time,
has no figure.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

import otel_claude
from benchmarks.call_overhead import BARE, FEW, MANY, OURS, SDK
from benchmarks.timed_process import ROOT, Quartiles, Timed, Times, Variant, timed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

ENVIRONMENTS = ROOT / ".envs"


@dataclass(frozen=True)
class Peer:
    """Another instrumentation: what is installed, the first requirement being its own, and how it is enabled."""

    requirements: tuple[str, ...]
    enable: str
    wrap: str = "client"
    note: str = ""


_INSTRUMENTED = "AnthropicInstrumentor().instrument(tracer_provider=provider, meter_provider=meters)"

_LANGSMITH = """
import langsmith, requests
from langsmith.wrappers import wrap_anthropic

class Accepting(requests.adapters.BaseAdapter):
    def send(self, request, **options):
        response = requests.Response()
        response.status_code, response.request, response.url = 202, request, request.url
        response._content = b"{}"
        return response

    def close(self):
        pass

client = langsmith.Client("http://langsmith.invalid", api_key="k")
client.session.mount("http://", Accepting())
langsmith.configure(enabled=True, client=client)
"""

PEERS = (
    Peer(
        ("opentelemetry-instrumentation-genai-anthropic==1.3b0", "opentelemetry-util-genai==1.3b0"),
        f"from opentelemetry.instrumentation.genai.anthropic import AnthropicInstrumentor\n{_INSTRUMENTED}",
    ),
    Peer(
        ("opentelemetry-instrumentation-anthropic==0.62.4", "opentelemetry-semantic-conventions-ai==0.5.1"),
        "from opentelemetry import metrics; metrics.set_meter_provider(meters)\n"
        f"from opentelemetry.instrumentation.anthropic import AnthropicInstrumentor\n{_INSTRUMENTED}",
        note="Traceloop",
    ),
    Peer(
        (
            "openinference-instrumentation-anthropic==3.1.0",
            "openinference-instrumentation==0.1.72",
            "openinference-semantic-conventions==0.1.42",
        ),
        "from openinference.instrumentation.anthropic import AnthropicInstrumentor\n"
        "AnthropicInstrumentor().instrument(tracer_provider=provider)",
    ),
    Peer(
        ("logfire-sdk==5.4.0", "executing>=2.0.1"),
        "import logfire\n"
        "from opentelemetry.sdk.trace import SpanProcessor\n"
        "logfire.configure(send_to_logfire=False, console=False, additional_span_processors=[SpanProcessor()])\n"
        "logfire.instrument_anthropic()",
        note="nothing is sent",
    ),
    Peer(
        ("openlit==1.45.0", "schedule", "xmltodict"),
        "from opentelemetry import metrics, trace\n"
        "trace.set_tracer_provider(provider); metrics.set_meter_provider(meters)\n"
        "import openlit; openlit.init(disable_events=True)",
        note="its release asks for an older SDK",
    ),
    Peer(
        ("langsmith==0.14.17", "orjson", "requests-toolbelt", "uuid-utils<1", "xxhash"),
        _LANGSMITH,
        "wrap_anthropic(client)",
        note="sent to an endpoint in memory",
    ),
)


def installed(peer: Peer) -> Path:
    """The folder in which `peer` is installed. Raises `CalledProcessError`."""
    folder = ENVIRONMENTS / f"peer-{re.split('[=<>]', peer.requirements[0])[0]}"
    complete, wanted = folder / ".complete", "\n".join(peer.requirements)
    if not complete.exists() or complete.read_text() != wanted:
        pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
        command = [*pip, "install", "--no-deps", "--upgrade", "--target", str(folder)]
        subprocess.run([*command, *peer.requirements], check=True, stderr=subprocess.DEVNULL)
        complete.write_text(wanted)
    return folder


def variant(peer: Peer, folder: Path) -> Variant:
    name = peer.requirements[0].replace("==", " ")
    paths = os.pathsep.join((str(folder), str(ROOT)))
    return Variant(
        f"{name} ({peer.note})" if peer.note else name,
        peer.enable,
        peer.wrap,
        environment={"PYTHONPATH": paths},
    )


@dataclass
class Measured:
    """What was measured of each variant, by its name. One that raises is not there."""

    creates: dict[str, Times]
    slopes: dict[str, list[float]]
    """Microseconds of processor time an event, of each round."""

    kept_kb: dict[str, float]
    enabling_ms: dict[str, list[float]]
    """Of each process."""


def measured(variants: Sequence[Variant], rounds: int, calls: int, few: int, many: int) -> Measured:
    enabling: dict[str, list[float]] = {}
    with working(variants, None, enabling) as processes:
        creates = timed(processes, rounds, calls)
        kept = {process.variant.name: process.kept_kb(few, many) for process in processes}
    streams: dict[int, dict[str, Times]] = {}
    for deltas, streamed in ((FEW, 2), (MANY, 1)):
        with working(variants, deltas, enabling) as processes:
            streams[deltas] = timed(processes, rounds, streamed)
    slopes = {
        name: [
            (long - short) / (MANY - FEW)
            for long, short in zip(times.cpu, streams[FEW][name].cpu, strict=True)
        ]
        for name, times in streams[MANY].items()
        if name in streams[FEW]
    }
    return Measured(creates, slopes, kept, enabling)


@contextmanager
def working(
    variants: Sequence[Variant], deltas: int | None, enabling_ms: dict[str, list[float]]
) -> Iterator[list[Timed]]:
    """The processes of those `variants` that work for such calls, which end with the block.

    The others are named on stderr. `enabling_ms` is added to.
    """
    processes: list[Timed] = []
    try:
        for each in variants:
            try:
                processes.append(Timed(each, deltas))
            except ChildProcessError as error:  # noqa: PERF203
                print(f"{error}, with {'create' if deltas is None else 'a stream'}", file=sys.stderr)
            else:
                enabling_ms.setdefault(each.name, []).append(processes[-1].started_ms)
        yield processes
    finally:
        for process in processes:
            process.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--calls", type=int, default=40, help="in a group")
    parser.add_argument("--few", type=int, default=500)
    parser.add_argument("--many", type=int, default=2500)
    asked = parser.parse_args()
    variants = [BARE, SDK, OURS]
    for peer in PEERS:
        try:
            variants.append(variant(peer, installed(peer)))
        except subprocess.CalledProcessError:  # noqa: PERF203
            print(f"not installed: {peer.requirements[0]}", file=sys.stderr)

    found = measured(variants, asked.rounds, asked.calls, asked.few, asked.many)
    created, per_event = found.creates, found.slopes
    bare, bare_event = created[BARE.name], Quartiles.of(per_event[BARE.name]).median
    print(
        f"anthropic {version('anthropic')}, opentelemetry-sdk {version('opentelemetry-sdk')}, "
        f"otel-claude {otel_claude.__version__}, Python {sys.version.split()[0]}\n"
    )
    print(
        f"| | added to `create` ({Quartiles.of(bare.cpu).median:.0f} µs) | added to an event ({bare_event:.1f} µs) "
        f"| import and enable | kept after {asked.many - asked.few:,} more calls |"
    )
    print("|---|--:|--:|--:|--:|")
    for each in variants[1:]:
        name = each.name
        cells = [
            f"+{Quartiles.of(created[name].over(bare).cpu).median:.0f} µs" if name in created else "raises",
            f"+{Quartiles.of(per_event[name]).median - bare_event:.2f} µs" if name in per_event else "raises",
            f"{min(found.enabling_ms[name]):.0f} ms" if name in found.enabling_ms else "raises",
            f"{found.kept_kb[name]:.0f} KB" if name in found.kept_kb else "raises",
        ]
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
