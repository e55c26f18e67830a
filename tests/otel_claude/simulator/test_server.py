from __future__ import annotations

import socket
import time
from datetime import datetime, timezone

import anthropic
import httpx2
import pytest
from anthropic import Anthropic

from otel_claude.simulator import Clock, Simulator

ASK = {"model": "claude-opus-5-5", "max_tokens": 50, "messages": [{"role": "user", "content": "Hello"}]}


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.1", "example.com", "", "::"])
def test_other_hosts_than_loopback_are_refused(host: str) -> None:
    with pytest.raises(ValueError, match="not a loopback address"):
        Simulator(host=host)


def test_localhost_is_loopback() -> None:
    with Simulator(host="localhost") as sim:
        assert sim.url.startswith("http://127.0.0.1:")


def test_a_taken_port_is_an_error(sim: Simulator) -> None:
    with pytest.raises(OSError, match="in use"):
        Simulator(port=int(sim.url.rpartition(":")[2]))


def test_a_connection_is_kept_alive_over_errors(sim: Simulator) -> None:
    host, port = sim.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        for body, status in ((b"{}", b"401"), (b"{", b"400"), (b"", b"400"), (b"{}", b"401")):
            head = f"POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n\r\n"
            connection.sendall(head.encode() + body)
            assert status in connection.recv(65536)


def test_no_answer_comes_after_the_end(sim: Simulator, client: Anthropic) -> None:
    client.messages.create(**ASK)
    sim.stop()
    with pytest.raises(anthropic.APIConnectionError):
        client.messages.create(**ASK)


def test_a_client_that_leaves_in_the_middle_harms_nobody(
    sim: Simulator, client: Anthropic, capfd: pytest.CaptureFixture[str]
) -> None:
    body = {**ASK, "max_tokens": 50_000}
    stream = client.messages.create(**body, stream=True, extra_headers={"x-simulate": "output-tokens=50000"})
    next(iter(stream))
    stream.close()
    assert client.messages.create(**ASK).stop_reason == "end_turn"
    sim.stop()
    assert capfd.readouterr().err == ""


def test_output_comes_at_the_chosen_rate() -> None:
    with Simulator(tokens_per_second=50, output_tokens=20) as sim:
        client = Anthropic(base_url=sim.url, api_key="any")
        for stream in (False, True):
            begin = time.monotonic()
            answer = client.messages.create(**ASK, stream=stream)
            first = time.monotonic() - begin
            list(answer)
            assert time.monotonic() - begin >= 0.4
            assert (first < 0.4) is stream


def test_a_clock_runs_unless_it_stands() -> None:
    running, standing = Clock(), Clock(datetime(2026, 11, 20, tzinfo=timezone.utc))
    before = running.now(), standing.now()
    time.sleep(0.01)
    assert running.now() > before[0]
    assert standing.now() == before[1]
    assert (running.advance(3600) - before[0]).total_seconds() >= 3600


@pytest.mark.parametrize("seconds", [-1.0, float("nan"), float("inf"), 1e18, 10**400])
def test_a_clock_advances_only(seconds: float) -> None:
    with pytest.raises(ValueError, match="second"):
        Clock().advance(seconds)


def test_a_start_without_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Clock(datetime(2026, 11, 20))


def test_control_over_http(sim: Simulator, client: Anthropic) -> None:
    with httpx2.Client(base_url=f"{sim.url}/_simulator") as control:
        assert control.get("/clock").json() == {"now": "2026-11-20T09:00:00Z"}
        assert control.post("/clock", json={"advance_s": 90}).json() == {"now": "2026-11-20T09:01:30Z"}
        assert control.post("/script", json={"script": ["refusal", "output-tokens=2"]}).json() == {
            "pending": 2
        }
        assert client.messages.create(**ASK).stop_reason == "refusal"
        (call,) = control.get("/ledger").json()
    assert (call["id"], call["stop_reason"], call["at"]) == (
        "msg_simulated_000001",
        "refusal",
        "2026-11-20T09:01:30Z",
    )
    assert call["usage"] == sim.ledger[0].usage


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("/clock", {}, "advance_s: expected"),
        ("/clock", {"advance_s": -1}, "advance_s: a clock advances"),
        ("/clock", {"advance_s": True}, "advance_s: expected"),
        ("/script", {"script": "refusal"}, "script: expected a list"),
        ("/script", {"script": ["nonsense"]}, "script: unknown directive"),
    ],
)
def test_wrong_control_is_refused(sim: Simulator, path: str, body: object, message: str) -> None:
    response = httpx2.post(f"{sim.url}/_simulator{path}", json=body)
    assert response.status_code == 400
    assert message in response.json()["error"]["message"]
