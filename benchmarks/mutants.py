"""Breaks the instrumentation on purpose, one trap at a time, and checks that a test notices.

    python -m benchmarks.mutants [NAME ...]

A *mutant* is one small edit of the source that brings back what an instrumentation of this SDK can get wrong. Each is
applied to a temporary copy of the tree, in which the tests that guard against it are run until the first fails. The
exit code is 1 if a mutant survives, or if its edit no longer fits the source.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
SDK = "tests/otel_claude/sdk"
TRAPS = (f"{SDK}/test_traps.py",)
PROPERTIES = (f"{SDK}/test_properties.py",)
LOAD = (f"{SDK}/test_load.py",)
NEWEST = (f"{SDK}/test_scenarios.py", "-k", "installed and TestEachVersion")
SENT = (f"{SDK}/test_sent_bytes.py", "-k", "installed or provider_every_byte_sent_is_as_without_us_when")
OLD = (f"{SDK}/test_scenarios.py", "-k", "TestEachVersion and 0.75.0")


@dataclass(frozen=True)
class Mutant:
    """An edit of one file below `otel_claude`: every place that reads `old` reads `new`."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    """What pytest is to run."""


MUTANTS = (
    Mutant(
        "events of a stream are not seen",
        "sdk/observers.py",
        "                if kind in EVENTS:\n                    self._call.event(item, kind)\n",
        "",
        PROPERTIES,
    ),
    Mutant(
        "the end of a body that is left waits for the garbage collector",
        "sdk/body.py",
        '    def close(self) -> None:\n        self._ended("closed")\n',
        "    def close(self) -> None:\n",
        TRAPS,
    ),
    Mutant(
        "a call settles as often as it ends",
        "sdk/call.py",
        "        if not self._settling.acquire(blocking=False):\n            return\n",
        "",
        LOAD,
    ),
    Mutant(
        "the placeholder of message_start is the output count",
        "sdk/answer.py",
        'Usage.of_response(_get(message, "usage"))._replace(output_tokens=None)',
        'Usage.of_response(_get(message, "usage"))',
        LOAD,
    ),
    Mutant(
        "a call keeps its response, which keeps the call",
        "sdk/call.py",
        "        self.request = self.response = None\n",
        "        self.request = None\n",
        TRAPS,
    ),
    Mutant(
        "a stream without message_stop ended well",
        "sdk/call.py",
        'how == "read" and answer.is_parsed and not answer.is_stopped',
        "False",
        TRAPS,
    ),
    Mutant(
        "the feature is asked for when the stream ends",
        "sdk/call.py",
        "of_call(attribution)",
        "of_call(self._session.attribution() or attribution)",
        TRAPS,
    ),
    Mutant(
        "a span starts without the feature and the call site",
        "sdk/hooks.py",
        "attributes = {**attributes, **call.start_attributes}",
        "pass",
        TRAPS,
    ),
    Mutant(
        "an abandoned async generator ends nothing",
        "sdk/observers.py",
        '            observer.is_advancing = False\n            observer.end("closed")\n            raise\n',
        "            raise\n",
        (f"{SDK}/test_scenarios.py", "-k", "TestEachVersion and 0.40.0"),
    ),
    Mutant(
        "the body is parsed by nobody, and so not read",
        "sdk/call.py",
        "            if not answer.is_parsed and self.kept",
        "            if False and self.kept",
        PROPERTIES,
    ),
    Mutant(
        "a raw response has no message",
        "sdk/hooks.py",
        "        response.json() if response.headers",
        "        None if response.headers",
        NEWEST,
    ),
    Mutant(
        "a refused call has a cost",
        "sdk/call.py",
        'return None if is_unbilled else unpriced("body_not_read")',
        'return unpriced("body_not_read")',
        NEWEST,
    ),
    Mutant(
        "the error that the API names is lost",
        "sdk/emitted.py",
        "        if isinstance(named, str):\n            return named\n",
        "",
        OLD,
    ),
    Mutant(
        "the application gets something else than a stream",
        "sdk/hooks.py",
        "                self._returned(call, result)\n            return result\n",
        "                self._returned(call, result)\n            return iter(result) if call.streams else result\n",
        NEWEST,
    ),
    Mutant(
        "messages that can be read once are read by us",
        "sdk/call.py",
        '        model = body.get("model") if isinstance(body, dict) else None\n',
        '        model = body.get("model") if isinstance(body, dict) else None\n        list(body["messages"])\n',
        TRAPS,
    ),
    Mutant(
        "a retried call does not say so",
        "sdk/emitted.py",
        "if resent.isdigit() and int(resent):",
        "if False:",
        OLD,
    ),
    Mutant(
        "an unsampled stream is not counted",
        "sdk/hooks.py",
        "if sdks is None or not call.is_inference:",
        "if not call.is_inference:",
        TRAPS,
    ),
    Mutant(
        "an unknown model costs nothing",
        "cost.py",
        '        if not bands:\n            return unpriced("unknown_model")\n',
        "        if not bands:\n            continue\n",
        NEWEST,
    ),
    Mutant(
        "a write for an hour costs as one for five minutes",
        "cost.py",
        "row_1h * (per_1h or 0)",
        "row_1h * (per_5m or 0)",
        PROPERTIES,
    ),
    Mutant(
        "a batch costs as much as other calls",
        "cost.py",
        '_UNIT // 2 if service_tier == "batch" else _UNIT',
        "_UNIT",
        PROPERTIES,
    ),
    Mutant(
        "web searches are free",
        "cost.py",
        "usage.web_search_requests * _PER_SEARCH",
        "0",
        PROPERTIES,
    ),
    Mutant(
        "cached tokens are counted as uncached ones too",
        "usage.py",
        "        return (\n            self.input_tokens,\n            self.cache_read",
        "        return (\n            self.prompt_tokens,\n            self.cache_read",
        LOAD,
    ),
    Mutant(
        "uninstrument() leaves the hooks",
        "sdk/hooks.py",
        "                setattr(owner, name, original)\n",
        "                pass\n",
        ("tests/otel_claude/test_provider.py", "-k", "puts_every_name"),
    ),
    Mutant(
        "instrument() twice hooks twice",
        "instrumentation.py",
        "        if _undo:\n            return\n",
        "",
        ("tests/otel_claude/test_provider.py", "-k", "instrumented_twice"),
    ),
    Mutant(
        "the feature goes to the API as baggage",
        "attribution/blocks.py",
        "    return context.set_value(_KEY, attribution, within)\n",
        "    from opentelemetry import baggage\n\n"
        "    name = attribution.feature if attribution else ''\n"
        "    return baggage.set_baggage('feature', name, context.set_value(_KEY, attribution, within))\n",
        TRAPS,
    ),
    Mutant(
        "a trace context that nobody asked for goes to the API",
        "provider.py",
        "                tracer = PrivateTracer(tracer)\n",
        "                pass\n",
        SENT,
    ),
    Mutant(
        "spans that show no context have no parent",
        "private_tracer.py",
        "if isinstance(current, PrivateSpan):",
        "if False:",
        SENT,
    ),
    Mutant(
        "a generator that is left leaks its feature",
        "attribution/blocks.py",
        "    if not frame.f_code.co_flags & _IN_A_GENERATOR:\n",
        "    if True:\n",
        TRAPS,
    ),
    Mutant(
        "a call in a task of its own is asyncio's",
        "call_site.py",
        '"anyio", "asyncio", "concurrent"',
        '"anyio", "concurrent"',
        TRAPS,
    ),
    Mutant(
        "an exception of ours reaches the application",
        "sdk/hooks.py",
        '            log.debug("Could not begin to record a call", exc_info=True)\n            return None\n',
        "            raise\n",
        (f"{SDK}/test_robustness.py", "-k", "create"),
    ),
    Mutant(
        "a span of ours stays open when it cannot be priced",
        "sdk/call.py",
        "        finally:\n            if self.is_emitted and self.span is not None:",
        "            if self.is_emitted and self.span is not None:",
        (f"{SDK}/test_robustness.py", "-k", "create"),
    ),
    Mutant(
        "a forked child counts what waited in its parent",
        "backlog.py",
        "if os.getpid() != self._pid:",
        "if False:",
        ("tests/otel_claude/test_metrics.py", "-k", "forked_child"),
    ),
    Mutant(
        "a full backlog drops the oldest record",
        "backlog.py",
        "deque()",
        "deque(maxlen=16)",
        LOAD,
    ),
)


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant: `killed` by the test `said`, or `survived`, or `unfit` to the source."""

    mutant: Mutant
    became: str
    said: str
    seconds: float


def copied(folder: Path) -> Path:
    """A copy of the tree in which the processes that tests start import its own `otel_claude`, for any SDK."""
    tree = folder / "tree"
    ignored = shutil.ignore_patterns(
        ".git", ".venv", ".envs", "dist", "build", "__pycache__", ".*_cache", ".hypothesis"
    )
    shutil.copytree(ROOT, tree, ignore=ignored, symlinks=True)
    for overlay in (ROOT / ".envs").glob("anthropic-*/"):
        ours = tree / ".envs" / overlay.name
        ours.mkdir(parents=True)
        for entry in overlay.iterdir():
            (ours / entry.name).symlink_to(entry)
        (ours / "otel_claude").symlink_to(tree / "otel_claude")
    return tree


def tried(mutant: Mutant, tree: Path) -> Outcome:
    path = tree / "otel_claude" / mutant.file
    source = path.read_text()
    started = time.monotonic()
    if mutant.old not in source:
        return Outcome(mutant, "unfit", f"{mutant.file} does not read {mutant.old.strip()!r}", 0.0)
    path.write_text(source.replace(mutant.old, mutant.new))
    try:
        done = pytest(mutant.tests, tree)
    finally:
        path.write_text(source)
    # Exit code 1 is a failed test; any other but 0 says that the edit left nothing to be tested.
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAILED")]
    said = (
        failed[0].partition("::")[2].partition(" - ")[0] if failed else done.stdout.strip().splitlines()[-1]
    )
    became = {0: "survived", 1: "killed"}.get(done.returncode, "unfit")
    return Outcome(mutant, became, said, time.monotonic() - started)


def pytest(tests: tuple[str, ...], tree: Path) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "--tb=no",
        "--no-header",
        "-p",
        "no:cacheprovider",
        *tests,
    ]
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command, cwd=tree, env=environment, capture_output=True, text=True, check=False, timeout=300
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="a part of the name of a mutant; by default, all"
    )
    asked = parser.parse_args()
    chosen = [each for each in MUTANTS if not asked.names or any(name in each.name for name in asked.names)]
    outcomes = []
    with tempfile.TemporaryDirectory() as folder:
        tree = copied(Path(folder))
        for tests in dict.fromkeys(mutant.tests for mutant in chosen):
            if pytest(tests, tree).returncode:
                sys.exit(f"the tests fail without any mutant: {' '.join(tests)}")
        for mutant in chosen:
            outcome = tried(mutant, tree)
            outcomes.append(outcome)
            print(
                f"{outcome.became:8}  {mutant.name:60}  {outcome.seconds:4.0f} s  {outcome.said}", flush=True
            )
    alive = [outcome for outcome in outcomes if outcome.became != "killed"]
    print(f"{len(outcomes) - len(alive)} of {len(outcomes)} mutants killed")
    sys.exit(1 if alive else 0)


if __name__ == "__main__":
    main()
