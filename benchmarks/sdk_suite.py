"""Runs the test suites of the anthropic SDK and of langchain-anthropic, without us and with us, and compares.

    python -m benchmarks.sdk_suite [--suites anthropic langchain-anthropic] [--folder FOLDER]

The source distributions come from the package index, at the version of the anthropic SDK that is installed here. Each
suite has an environment of its own below FOLDER, by default a temporary one, which is kept for the next run if named.
Without us and with us differ in one pytest plugin that calls `instrument()`. The exit code is 1 if a test fails with us
that passes without, and is not in the list of those that cannot but fail: `KNOWN`, each with the reason.

The tests of the SDK in `tests/api_resources` are left out. They need its mock server, and that the description of the
API, which the source distribution does not have.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import venv
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parent.parent

PLUGIN = """
import otel_claude


def pytest_configure(config):
    otel_claude.instrument(summary=False)
"""


@dataclass(frozen=True)
class Suite:
    """A package whose source distribution has tests: what they need, and which of them to run."""

    requirement: str
    needs: tuple[str, ...]
    tests: tuple[str, ...]
    options: tuple[str, ...] = ()


_SPANS = "tests.test_open_telemetry"
_EXACT = "asserts the exact attributes of a span, and the cost, the tokens and the call site come on top"
_OFF = "asserts that no span ends at the global provider once the SDK's own are switched off, and ours end there then"
_CALLS = "asserts that nothing asks opentelemetry.trace once the SDK's own spans are off, and each start of a span does"

KNOWN = {
    f"{_SPANS}.TestCallSpans::test_unary_attributes": _EXACT,
    f"{_SPANS}.TestCallSpans::test_request_attributes_are_on_the_span_from_its_start": _EXACT,
    f"{_SPANS}.TestCallSpans::test_raw_response_ends_the_span_with_its_body": _EXACT,
    f"{_SPANS}.TestCallSpans::test_async_raw_response_ends_the_span_with_its_body": _EXACT,
    f"{_SPANS}.TestCallSpans::test_raw_response_whose_events_the_application_reads_itself": _EXACT,
    f"{_SPANS}.TestCallSpans::test_async_raw_response_whose_events_the_application_reads_itself": _EXACT,
    f"{_SPANS}.TestCallSpans::test_environment_variable_disables_spans": _OFF,
    f"{_SPANS}.TestConversationId::test_environment_is_read_when_the_client_is_constructed": _OFF,
    f"{_SPANS}.TestConversationId::test_platform_clients_read_the_environment_when_they_are_constructed": _OFF,
    f"{_SPANS}.TestTracingFailures::test_disabled_spans_call_nothing_of_opentelemetry": _CALLS,
}
"""Each test that cannot pass with us, without its parameters, and why."""

SUITES = {
    "anthropic": Suite(
        f"anthropic=={version('anthropic')}",
        (
            *(
                "respx",
                "pytest",
                "pytest-asyncio",
                "time-machine",
                "dirty-equals>=0.6",
                "importlib-metadata>=6.7",
            ),
            *(
                "pytest-xdist",
                "hypothesis",
                "inline-snapshot>=0.28",
                "griffe>=1",
                "http-snapshot[httpx]==0.1.9",
            ),
            *("packaging", "boto3", "google-auth", "mcp"),
        ),
        ("tests", "--ignore=tests/api_resources"),
        ("-n", "0"),
    ),
    "langchain-anthropic": Suite(
        "langchain-anthropic",
        (
            *(
                "pytest>=9",
                "pytest-asyncio",
                "pytest-socket",
                "pytest-mock",
                "pytest-retry",
                "pytest-timeout",
            ),
            *("blockbuster", "freezegun", "syrupy", "defusedxml", "langchain-tests", "langchain>=1", "vcrpy"),
        ),
        ("tests/unit_tests",),
        ("--disable-socket", "--allow-unix-socket"),
    ),
}


def prepared(suite: Suite, folder: Path) -> Path:
    """The unpacked source distribution, beside an environment, `venv`, that can run its tests."""
    pip = [str(folder / "venv" / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check"]
    found = list(folder.glob("*/PKG-INFO"))
    if found:
        subprocess.run([*pip, "install", "--no-deps", "--force-reinstall", str(ROOT)], check=True)
        return found[0].parent
    venv.create(folder / "venv", with_pip=True)
    subprocess.run([*pip, "install", suite.requirement, *suite.needs, str(ROOT)], check=True)
    name = re.split("[=<>]", suite.requirement)[0]
    frozen = subprocess.run([*pip, "freeze"], check=True, capture_output=True, text=True).stdout
    installed = next(line for line in frozen.splitlines() if line.startswith(f"{name}=="))
    sources = ["download", "--no-deps", "--no-binary", name, "--dest", str(folder)]
    subprocess.run([*pip, *sources, installed], check=True)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    return next(folder.glob("*/PKG-INFO")).parent


def outcomes(suite: Suite, source: Path, *, with_us: bool) -> dict[str, str]:
    """What each test came to: `passed`, `failed` or `skipped`, by its name."""
    folder = source.parent
    report = folder / "report.xml"
    report.unlink(missing_ok=True)
    (folder / "with_otel_claude.py").write_text(PLUGIN)
    plugin = ("-p", "with_otel_claude") if with_us else ()
    command = [str(folder / "venv" / "bin" / "python"), "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    environment = {**os.environ, "PYTHONPATH": str(folder), "OTEL_CLAUDE_STORE": str(folder / "store")}
    command += [*plugin, *suite.options, f"--junitxml={report}", *suite.tests]
    subprocess.run(command, cwd=source, env=environment, stdout=subprocess.DEVNULL, check=False, timeout=1800)
    if not report.exists():
        sys.exit(f"pytest wrote no report; see for yourself, in {source}: {' '.join(command)}")
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):
        tags = {child.tag for child in case}
        outcome = "failed" if tags & {"failure", "error"} else "skipped" if "skipped" in tags else "passed"
        found[f"{case.get('classname')}::{case.get('name')}"] = outcome
    return found


def summary(found: dict[str, str]) -> str:
    outcomes = list(found.values())
    return ", ".join(f"{outcomes.count(kind)} {kind}" for kind in ("passed", "failed", "skipped"))


def new_failures(without: dict[str, str], ours: dict[str, str]) -> dict[str, str | None]:
    """Each test that fails with us alone, or is not run to its end, and the reason that is known for it."""
    broken = [
        test
        for test, outcome in {**dict.fromkeys(without, "missing"), **ours}.items()
        if outcome != without.get(test) and (outcome == "failed" or without.get(test) == "passed")
    ]
    return {test: KNOWN.get(test.partition("[")[0]) for test in broken}


def compare(name: str, folder: Path) -> list[str]:
    """Prints how the suite ended without us and with us. Returns the tests that fail with us alone, unexplained."""
    suite = SUITES[name]
    folder.mkdir(parents=True, exist_ok=True)
    source = prepared(suite, folder)
    without, ours = (outcomes(suite, source, with_us=with_us) for with_us in (False, True))
    print(f"{source.name}\n  without us: {summary(without)}\n  with us:    {summary(ours)}")
    failures = new_failures(without, ours)
    unknown = [test for test, reason in failures.items() if reason is None]
    print(f"  fail with us alone: {len(failures)}, of which {len(unknown)} without a known reason")
    for reason in dict.fromkeys(failures.values()):
        print(f"  {reason or 'without a known reason'}:")
        for test in failures:
            if failures[test] == reason:
                print(f"    {test}")
    return unknown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--suites", nargs="+", choices=SUITES, default=list(SUITES))
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (asked.folder or Path(temporary)).resolve()
        broken = [test for name in asked.suites for test in compare(name, folder / name)]
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
