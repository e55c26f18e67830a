"""A real Prometheus, from Debian's package, unpacked beside the tests and run on loopback."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager

from tests.environments import ENVIRONMENTS, locked
from tests.receivers.silence import free_port

FOLDER = ENVIRONMENTS / "prometheus"
SCRAPE_S = 0.25


class UnavailableError(Exception):
    """Prometheus cannot be had here. The message says why."""


class Prometheus:
    """A server that runs, at `url`."""

    def __init__(self, url):
        self.url = url
        self.now = None
        """The moment that queries are about, in seconds since the epoch, or `None` for that of each query."""

    def query(self, expr):
        """The vector that `expr` gives: a dict from the labels, as a sorted tuple of pairs, to the value."""
        fields = {"query": expr} if self.now is None else {"query": expr, "time": self.now}
        address = f"{self.url}/api/v1/query?{urllib.parse.urlencode(fields)}"
        try:
            with urllib.request.urlopen(address, timeout=10) as response:
                data = json.load(response)["data"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{expr}: {error.read().decode()}") from None
        assert data["resultType"] == "vector", expr
        return {tuple(sorted(each["metric"].items())): float(each["value"][1]) for each in data["result"]}

    def wait_for(self, expr, value, seconds=15.0):
        """Returns when the one value of `expr` is `value`."""
        until = time.monotonic() + seconds
        while list(found := self.query(expr).values()) != [value]:
            assert time.monotonic() < until, f"{expr} is {found}, not {value}"
            time.sleep(SCRAPE_S / 2)


@contextmanager
def scraping(target, folder):
    """A server that scrapes `target`, a host with a port, and keeps its data in `folder`. Raises `UnavailableError`."""
    program = installed() / "prometheus"
    config = {
        "global": {
            "scrape_interval": f"{SCRAPE_S * 1000:.0f}ms",
            "scrape_timeout": f"{SCRAPE_S * 1000:.0f}ms",
        },
        "scrape_configs": [{"job_name": "app", "static_configs": [{"targets": [target]}]}],
    }
    (folder / "prometheus.yml").write_text(json.dumps(config))
    address = f"127.0.0.1:{free_port()}"
    command = [
        program,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
    ]
    process = subprocess.Popen(
        [*command, f"--web.listen-address={address}", "--log.level=error"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    server = Prometheus(f"http://{address}")
    try:
        _wait_until_ready(server, process)
        yield server
    finally:
        process.terminate()
        process.wait(20)


def installed():
    """The folder with `prometheus` and `promtool`, unpacked once and kept. Raises `UnavailableError`."""
    system = shutil.which("prometheus")
    if system and shutil.which("promtool"):
        return FOLDER.__class__(system).parent
    with locked("prometheus"):
        programs = FOLDER / "usr" / "bin"
        if not (FOLDER / ".complete").exists():
            if not (shutil.which("apt-get") and shutil.which("dpkg")):
                raise UnavailableError("this is no Debian")
            FOLDER.mkdir(parents=True, exist_ok=True)
            done = subprocess.run(
                ["apt-get", "download", "prometheus"], cwd=FOLDER, capture_output=True, text=True, timeout=180
            )
            packages = list(FOLDER.glob("prometheus_*.deb"))
            if done.returncode or not packages:
                raise UnavailableError(f"apt-get could not download it: {done.stderr.strip()[-300:]}")
            subprocess.run(["dpkg", "-x", packages[0], FOLDER], check=True, capture_output=True)
            packages[0].unlink()
            (FOLDER / ".complete").touch()
    return programs


def _wait_until_ready(server, process):
    until = time.monotonic() + 30
    while True:
        if process.poll() is not None:
            raise UnavailableError(f"Prometheus ended with code {process.returncode}")
        try:
            with urllib.request.urlopen(f"{server.url}/-/ready", timeout=5):
                return
        except OSError:
            if time.monotonic() > until:
                raise UnavailableError("Prometheus was not ready within 30 s") from None
            time.sleep(0.1)
