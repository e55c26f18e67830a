"""The command, run as a process."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx2
import pytest
from anthropic import Anthropic

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = [sys.executable, "-c", "from otel_claude.cli import main; main()", "simulate"]


@contextmanager
def serving(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    with subprocess.Popen(
        [*COMMAND, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            words = process.stdout.readline().split()
            assert words[:2] == ["listening", "on"], process.stderr and process.stderr.read()
            yield process, words[2]
        finally:
            process.kill()


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_told_to_stop(end: signal.Signals) -> None:
    with serving("--clock", "2026-11-20T09:00:00Z", "--output-tokens", "5") as (process, url):
        message = Anthropic(base_url=url, api_key="any").messages.create(
            model="claude-opus-5-5", max_tokens=10, messages=[{"role": "user", "content": "Hello"}]
        )
        assert message.usage.output_tokens == 5
        assert httpx2.get(f"{url}/_simulator/clock").json() == {"now": "2026-11-20T09:00:00Z"}
        process.send_signal(end)
        assert process.wait(timeout=10) == 0
        assert process.stdout
        assert process.stderr
        output = process.stdout.read()
        assert process.stderr.read() == ""
    assert "simulated" in output
    assert "estimates" in output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--host", "0.0.0.0"], "'0.0.0.0' is not a loopback address: use 127.0.0.1"),
        (["--clock", "noon"], "'noon' is neither 'real' nor a time"),
        (["--tokens-per-second", "0"], "0.0 is not in the range x>0"),
    ],
)
def test_a_wrong_option_is_named(options: list[str], message: str) -> None:
    done = subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_a_taken_port_is_named() -> None:
    with serving() as (_, url):
        port = url.rpartition(":")[2]
        done = subprocess.run(
            [*COMMAND, "--port", port], capture_output=True, text=True, timeout=20, check=False
        )
    assert done.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{port}" in done.stderr
    assert "--port" in done.stderr


def test_it_needs_only_the_standard_library_and_click() -> None:
    code = "import otel_claude.cli.simulate, sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=True
    )
    heavy = {"opentelemetry.sdk", "libcst", "genai_prices", "anthropic", "rich"}
    assert not heavy & set(done.stdout.split())
