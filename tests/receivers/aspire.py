"""The Aspire Dashboard: a real OTLP receiver, over HTTP and gRPC, that runs without a container.

Its read API turns every attribute into a string, and over HTTP it answers gzip with 500.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass

from tests.environments import ENVIRONMENTS, locked
from tests.receivers.silence import free_port

PACKAGE, VERSION = "@microsoft/aspire-cli-linux-x64", "13.5.4"
START_S = 60.0
"""How long the first start may take, in which it unpacks itself."""


class UnavailableError(Exception):
    """The dashboard cannot be had here. The message says why."""


@dataclass(frozen=True)
class Dashboard:
    """A dashboard that runs: its endpoints by the name of their protocol, and where it is read."""

    endpoints: dict[str, str]
    frontend: str

    def spans(self, service):
        """The spans of the service, each a dict with `name`, `scope` and `attributes`, which are strings."""
        with urllib.request.urlopen(f"{self.frontend}/api/telemetry/spans", timeout=10) as response:
            data = json.load(response)["data"]
        return [
            {
                "name": span["name"],
                "scope": scope_spans["scope"]["name"],
                "attributes": _strings(span["attributes"]),
            }
            for resource_spans in data["resourceSpans"]
            if _strings(resource_spans["resource"]["attributes"]).get("service.name") == service
            for scope_spans in resource_spans["scopeSpans"]
            for span in scope_spans["spans"]
        ]

    def wait_for_spans(self, service, count, seconds=10.0):
        """The spans of the service, once there are `count` of them. Fails after `seconds`."""
        until = time.monotonic() + seconds
        while len(spans := self.spans(service)) < count:
            assert time.monotonic() < until, f"{len(spans)} of {count} spans have come"
            time.sleep(0.1)
        return spans


@contextmanager
def running():
    """A dashboard on free ports. Raises `UnavailableError`."""
    program, home = _installed()
    grpc, http, frontend = (f"http://127.0.0.1:{free_port()}" for _ in range(3))
    command = [program, "dashboard", "run", "--nologo", "--non-interactive", "--allow-anonymous"]
    command += ["--frontend-url", frontend, "--otlp-grpc-url", grpc, "--otlp-http-url", http]
    environment = {
        **os.environ,
        "HOME": str(home),
        "ASPIRE_CLI_TELEMETRY_OPTOUT": "true",
        "DOTNET_CLI_TELEMETRY_OPTOUT": "1",
    }
    with locked("aspire-start"):  # the first start unpacks the dashboard into its home
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            dashboard = Dashboard({"grpc": grpc, "http/protobuf": http, "http/json": http}, frontend)
            _wait_until_it_serves(dashboard, process)
        except BaseException:
            _stop(process)
            raise
    try:
        yield dashboard
    finally:
        _stop(process)


def _installed():
    """The program, and the home that it needs, installed once and kept."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise UnavailableError(f"{PACKAGE} is for Linux on x86_64 only")
    npm = shutil.which("npm")
    folder = ENVIRONMENTS / f"aspire-{VERSION}"
    program = folder / "node_modules" / PACKAGE / "bin" / "aspire"
    home = folder / "home"
    with locked(folder.name):
        if not (folder / ".complete").exists():
            if npm is None:
                raise UnavailableError("npm is not installed")
            home.mkdir(parents=True, exist_ok=True)
            command = [
                npm,
                "install",
                "--no-audit",
                "--no-fund",
                "--prefix",
                str(folder),
                f"{PACKAGE}@{VERSION}",
            ]
            done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
            if done.returncode:
                raise UnavailableError(f"npm could not install {PACKAGE}: {done.stderr.strip()[-300:]}")
            (folder / ".complete").touch()
    return program, home


def _wait_until_it_serves(dashboard, process):
    until = time.monotonic() + START_S
    while True:
        if process.poll() is not None:
            raise UnavailableError(f"{PACKAGE} ended with code {process.returncode}")
        try:
            dashboard.spans("none")
        except OSError:
            if time.monotonic() > until:
                raise UnavailableError(f"{PACKAGE} did not serve within {START_S:.0f} s") from None
            time.sleep(0.1)
        else:
            return


def _stop(process):
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _strings(pairs):
    return {pair["key"]: pair["value"].get("stringValue", "") for pair in pairs}
