"""Arize Phoenix: a real OTLP receiver that prices what calls of Claude cost by a table of its own.

It takes 0.9 GB and is installed only where it is asked for. It is run as it is: its licence, ELv2, is not ours.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass

from tests.environments import ENVIRONMENTS, locked
from tests.receivers.silence import free_port

PACKAGE, VERSION = "arize-phoenix", "20.26.1"
SWITCH = "WITH_PHOENIX"
"""The environment variable that asks for it."""

INSTALL_S = 1200.0
START_S = 120.0

PRICES = """
query($spans: Int!) { projects { edges { node { spans(first: $spans) { edges { node {
  spanId costSummary { total { cost } } costDetailSummaryEntries { tokenType value { tokens cost } }
} } } } } } }
"""


class UnavailableError(Exception):
    """Phoenix cannot be had here. The message says why."""


@dataclass(frozen=True)
class Price:
    """What Phoenix says one span cost: `None` where it does not know the model."""

    usd: float | None
    tokens: dict[str, float]
    """By Phoenix's names of the kinds of tokens."""


@dataclass(frozen=True)
class Phoenix:
    """A server that runs, at `url`, where it takes OTLP over HTTP too."""

    url: str

    def prices(self, spans=1000):
        """The price of each span, by its id."""
        body = json.dumps({"query": PRICES, "variables": {"spans": spans}}).encode()
        request = urllib.request.Request(
            f"{self.url}/graphql", body, headers={"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            answer = json.load(response)
        assert not answer.get("errors"), answer["errors"]
        projects = [edge["node"] for edge in answer["data"]["projects"]["edges"]]
        found = [edge["node"] for project in projects for edge in project["spans"]["edges"]]
        return {span["spanId"]: _price(span) for span in found}

    def wait_for_prices(self, priced, seconds=60.0):
        """The price of each span, once those whose ids are in `priced` have one. It comes seconds after the span."""
        until = time.monotonic() + seconds
        while True:
            found = self.prices()
            waiting = {each for each in priced if each not in found or found[each].usd is None}
            if not waiting:
                return found
            assert time.monotonic() < until, f"{len(waiting)} of {len(priced)} spans have no price"
            time.sleep(0.5)


@contextmanager
def running(folder):
    """A server on a free port that keeps its data in `folder`. Raises `UnavailableError`."""
    program = _installed()
    port, grpc = free_port(), free_port()
    environment = {
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
        "PHOENIX_ALLOW_EXTERNAL_RESOURCES": "false",
        "PHOENIX_DISABLE_AGENT_ASSISTANT": "true",
        "PHOENIX_GRPC_PORT": str(grpc),
        "PHOENIX_HOST": "127.0.0.1",
        "PHOENIX_PORT": str(port),
        "PHOENIX_TELEMETRY_ENABLED": "false",
        "PHOENIX_WORKING_DIR": str(folder),
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([program, "serve"], env=environment, stdout=log, stderr=log)
    phoenix = Phoenix(f"http://127.0.0.1:{port}")
    try:
        _wait_until_it_serves(phoenix, process)
        yield phoenix
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _installed():
    """The program, in an environment of its own, installed once and kept."""
    folder = ENVIRONMENTS / f"phoenix-{VERSION}"
    with locked(folder.name):
        if not (folder / ".complete").exists():
            if os.environ.get(SWITCH, "") in {"", "0"}:
                raise UnavailableError(f"it takes 0.9 GB; {SWITCH}=1 installs it")
            shutil.rmtree(folder, ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)
            command = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", f"{PACKAGE}=={VERSION}"]
            done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_S, check=False)
            if done.returncode:
                raise UnavailableError(f"pip could not install it: {done.stderr.strip()[-300:]}")
            (folder / ".complete").touch()
    return folder / "bin" / "phoenix"


def _wait_until_it_serves(phoenix, process):
    until = time.monotonic() + START_S
    while True:
        if process.poll() is not None:
            raise UnavailableError(f"it ended with code {process.returncode}")
        try:
            phoenix.prices()
        except OSError:
            if time.monotonic() > until:
                raise UnavailableError(f"it did not serve within {START_S:.0f} s") from None
            time.sleep(0.5)
        else:
            return


def _price(span):
    cost = ((span["costSummary"] or {}).get("total") or {}).get("cost")
    entries = span["costDetailSummaryEntries"] or ()
    return Price(cost, {each["tokenType"]: each["value"]["tokens"] for each in entries})
