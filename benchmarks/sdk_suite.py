"""Runs the test suites of the anthropic SDK and of langchain-anthropic, without us and with us, and compares.

    python -m benchmarks.sdk_suite [--suites anthropic langchain-anthropic] [--folder FOLDER]

The source distributions come from the package index, at the version of the anthropic SDK that is installed here. Each
suite has an environment of its own below FOLDER, by default a temporary one, which is kept for the next run if named.
Without us and with us differ in one pytest plugin that calls `instrument()`. The exit code is 1 if a test fails with us
that passes without.

The tests of the SDK that need its mock server are left out: they say nothing of what a call does.
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
    found = list(folder.glob("*/PKG-INFO"))
    if found:
        return found[0].parent
    venv.create(folder / "venv", with_pip=True)
    pip = [str(folder / "venv" / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check"]
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


def compare(name: str, folder: Path) -> list[str]:
    """Prints how the suite ended without us and with us. Returns the tests that fail with us alone."""
    suite = SUITES[name]
    folder.mkdir(parents=True, exist_ok=True)
    source = prepared(suite, folder)
    without, ours = (outcomes(suite, source, with_us=with_us) for with_us in (False, True))
    print(f"{source.name}\n  without us: {summary(without)}\n  with us:    {summary(ours)}")
    broken = [test for test, outcome in ours.items() if outcome == "failed" and without.get(test) != "failed"]
    for test in broken:
        print(f"  fails with us alone: {test}")
    return broken


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
