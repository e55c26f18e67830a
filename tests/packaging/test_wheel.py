"""The wheel, installed where nothing else of ours is, with several versions of the SDK."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from email.parser import Parser
from typing import TYPE_CHECKING

import pytest

from otel_claude.simulator import Simulator
from otel_claude.store.reader import read
from tests.environments import ENVIRONMENTS, ROOT, locked

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.matrix

PACKAGES = {"otel_claude", "claude_lint", "claude_rules"}
SUPPORTED = ("anthropic>=2.11,<3", "anthropic==1.10.0", "anthropic==0.75.0")
TOO_OLD = ("anthropic==0.39.0", "httpx<0.28")
"""The SDK gave httpx an argument that 0.28 no longer has."""

CALLS = """
import asyncio
import otel_claude
otel_claude.instrument()
import anthropic
ask = {"model": "claude-haiku-5-5", "max_tokens": 9, "messages": [{"role": "user", "content": "hello"}]}
client = anthropic.Anthropic()
print(client.messages.create(**ask).stop_reason)
with client.messages.stream(**ask) as stream:
    print(stream.get_final_message().stop_reason)
print(len(list(client.messages.create(stream=True, **ask))) > 2)
async def main():
    async with anthropic.AsyncAnthropic() as client:
        print((await client.messages.create(**ask)).stop_reason)
asyncio.run(main())
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT))
    (file,) = folder.iterdir()
    return file


def pip(*arguments, python=sys.executable):
    command = [sys.executable, "-m", "pip", "--python", str(python), "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@dataclass(frozen=True)
class Environment:
    """A virtual environment with the wheel, what it needs, and a version of the SDK."""

    folder: Path

    @property
    def python(self):
        return self.folder / "bin" / "python"

    @property
    def site_packages(self):
        (found,) = self.folder.glob("lib/python*/site-packages")
        return found

    def run(self, *command, **variables):
        environment = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **variables}
        return subprocess.run(
            [self.folder / "bin" / command[0], *command[1:]],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            env=environment,
        )


def environment(wheel, requirements):
    """The environment for `requirements`, made once; the wheel in it is always this one."""
    metadata = metadata_of(wheel)
    needed = repr((requirements, metadata.get_all("Requires-Dist"), sys.version_info[:3]))
    folder = ENVIRONMENTS / f"wheel-{hashlib.sha256(needed.encode()).hexdigest()[:12]}"
    installed, digest = folder / ".installed", hashlib.sha256(wheel.read_bytes()).hexdigest()
    made = Environment(folder)
    with locked(folder.name):
        if not installed.exists():
            subprocess.run(
                [sys.executable, "-m", "venv", "--clear", "--without-pip", str(folder)], check=True
            )
            pip("install", str(wheel), *requirements, python=made.python)
        elif installed.read_text() != digest:
            installed.unlink()
            pip("install", "--no-deps", "--force-reinstall", str(wheel), python=made.python)
        installed.write_text(digest)
    return made


def metadata_of(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return Parser().parsestr(archive.read(name).decode())


@pytest.fixture(scope="module")
def newest(wheel):
    return environment(wheel, SUPPORTED[:1])


def recorded(folder, distribution):
    """The paths that the RECORD of a distribution names, as far as they are in site-packages."""
    (record,) = folder.glob(f"{distribution}-*.dist-info/RECORD")
    names = [line.rsplit(",", 2)[0] for line in record.read_text().splitlines()]
    return {name for name in names if not name.startswith("..")}


def test_the_top_level_of_site_packages_has_our_three_names_and_no_other(newest):
    top = {name.partition("/")[0] for name in recorded(newest.site_packages, "otel_claude")}
    (dist_info,) = newest.site_packages.glob("otel_claude-*.dist-info")
    assert top == PACKAGES | {dist_info.name}


def test_what_lies_in_our_packages_is_what_is_recorded_and_what_is_in_the_repository(newest):
    names = recorded(newest.site_packages, "otel_claude")
    sources = {"otel_claude": ROOT, "claude_lint": ROOT / "lint", "claude_rules": ROOT / "rules"}
    for package, source in sources.items():
        ours = {name for name in names if name.startswith(f"{package}/") and "__pycache__" not in name}
        assert ours == files(newest.site_packages, package)
        assert ours == files(source, package)
        assert f"{package}/py.typed" in ours
    assert "otel_claude/bootstrap/sitecustomize.py" in names


def files(root, package):
    return {
        file.relative_to(root).as_posix()
        for file in (root / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }


def test_nothing_else_that_is_installed_has_a_file_of_ours(newest):
    ours = recorded(newest.site_packages, "otel_claude")
    for record in newest.site_packages.glob("*.dist-info/RECORD"):
        if not record.parent.name.startswith("otel_claude-"):
            others = {line.rsplit(",", 2)[0] for line in record.read_text().splitlines()}
            assert not others & ours, record.parent.name


def test_what_it_needs_is_there_and_fits_together(newest):
    pip("check", python=newest.python)
    names = {path.name.partition("-")[0].lower() for path in newest.site_packages.glob("*.dist-info")}
    assert not names & {"libcst", "pathspec"}, "the linter is an extra"


def test_the_metadata_says_who_we_are(wheel):
    metadata = metadata_of(wheel)
    assert metadata["Name"] == "otel-claude"
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.10"
    assert metadata.get_all("License-File") == ["LICENSE"]
    assert set(metadata.get_all("Provides-Extra")) == {"all", "fast", "grpc", "html", "instruments", "lint"}
    assert not any(
        need.startswith("anthropic") and "extra" not in need for need in metadata.get_all("Requires-Dist")
    )


def test_the_command_is_installed_and_has_the_version_of_the_package(newest):
    done = newest.run("otel-claude", "--version")
    inside = newest.run("python", "-c", "import otel_claude; print(otel_claude.__version__)").stdout.strip()
    assert (done.returncode, done.stdout) == (0, f"otel-claude, version {inside}\n")


def test_lint_without_its_extra_says_what_to_install(newest):
    done = newest.run("otel-claude", "lint", ".")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "Error: the linter is not installed; pip install 'otel-claude[lint]'\n"


def test_opentelemetry_finds_the_instrumentor_under_a_name_of_its_own(newest):
    code = (
        "from importlib.metadata import entry_points\n"
        "for point in entry_points(group='opentelemetry_instrumentor'): print(point.name, point.load().__name__)"
    )
    done = newest.run("python", "-c", code)
    assert (done.returncode, done.stdout) == (0, "otel_claude OtelClaudeInstrumentor\n"), done.stderr


@pytest.mark.parametrize("sdk", SUPPORTED)
def test_every_call_is_one_priced_span(sdk, wheel, tmp_path):
    installed = environment(wheel, (sdk,))
    with Simulator() as simulator:
        done = traced(installed, simulator, tmp_path)
        served = simulator.ledger
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["end_turn", "end_turn", "True", "end_turn"]
    assert done.stderr.startswith("otel-claude: 4 Claude calls, ")
    assert done.stderr.count("\n") == 1, "and nothing else"
    spans = list(read([tmp_path / "traces"]))
    assert [span.name for span in spans] == ["anthropic.messages.create"] * 4
    assert [span.attributes["otel_claude.cost.status"] for span in spans] == ["exact"] * 4
    assert all(span.attributes["gen_ai.usage.cost.amount"] > 0 for span in spans)
    for kind in ("input_tokens", "output_tokens"):
        assert [span.attributes[f"gen_ai.usage.{kind}"] for span in spans] == [
            call.usage[kind] for call in served
        ]


def test_a_version_that_is_too_old_is_refused_in_one_line_and_the_program_works(wheel, tmp_path):
    installed = environment(wheel, TOO_OLD)
    with Simulator() as simulator:
        done = traced(installed, simulator, tmp_path)
        assert len(simulator.ledger) == 4
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["end_turn", "end_turn", "True", "end_turn"]
    assert done.stderr == (
        "otel-claude: anthropic 0.39.0 is too old to be instrumented; pip install 'anthropic>=0.40'\n"
    )
    assert not (tmp_path / "traces").exists()


def traced(installed, simulator, tmp_path):
    return installed.run(
        "python",
        "-c",
        CALLS,
        ANTHROPIC_BASE_URL=simulator.url,
        ANTHROPIC_API_KEY="any",
        OTEL_CLAUDE_STORE=str(tmp_path / "traces"),
    )
