"""The endpoint on loopback: HTTP/1.1 with connections kept alive, one thread a connection."""

from __future__ import annotations

import ipaddress
import socket
import sys
import threading
from contextlib import suppress
from http.server import ThreadingHTTPServer
from itertools import count
from socketserver import TCPServer
from typing import TYPE_CHECKING, Any

from otel_claude.simulator.batches import Batches
from otel_claude.simulator.clock import Clock
from otel_claude.simulator.handler import Handler
from otel_claude.simulator.messages import DEFAULT_OUTPUT_TOKENS, Messages

if TYPE_CHECKING:
    from typing_extensions import Self

    from otel_claude.simulator.ledger import Call


class Simulator:
    """A simulated Claude API, served while the `with` block runs.

    Point a client's `base_url` at `url`; any API key will do. `clock` and `ledger` are the endpoint's time
    and what it served; a client finds the call in the ledger as soon as its response begins.

    Args:
        host: A loopback address, or `localhost`.
        port: The port, or 0 for one that is free.
        clock: The endpoint's time; runs in real time unless given.
        output_tokens: The length of an answer in prose.
        tokens_per_second: The rate of output; `None` is as fast as it goes.

    Raises:
        ValueError: `host` is not loopback.
        OSError: the port is taken or not ours to use.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Clock | None = None,
        output_tokens: int = DEFAULT_OUTPUT_TOKENS,
        tokens_per_second: float | None = None,
    ) -> None:
        self.clock = clock or Clock()
        self._messages = Messages(
            self.clock, output_tokens=output_tokens, tokens_per_second=tokens_per_second
        )
        self._server = Server(_loopback(host), port, self._messages)
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The base URL, without a slash at the end."""
        host, port = self._server.server_address[:2]
        name = host.decode() if isinstance(host, bytes | bytearray) else host
        return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"

    @property
    def ledger(self) -> tuple[Call, ...]:
        """Every request for a message so far, in the order in which they were answered."""
        return self._messages.ledger.calls()

    def script(self, texts: list[str]) -> None:
        """Choose the answers to the next requests, one text each; the grammar is that of the module script.

        Raises:
            ValueError: a text has an unknown directive or a wrong value. None of the texts is taken then.
        """
        self._messages.script.extend(texts)

    def start(self) -> None:
        """Begin to serve, in a thread of its own."""
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name="simulator", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and close every connection."""
        if self._thread:
            self._server.shutdown()
            self._thread.join()
            self._thread = None
        self._server.server_close()
        self._server.close_connections()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()


def _loopback(host: str) -> str:
    if host == "localhost":
        return "127.0.0.1"
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise ValueError(f"{host!r} is not a loopback address: use 127.0.0.1, ::1 or localhost")
    return host


class Server(ThreadingHTTPServer):
    """Accepts connections, and knows those that are open."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, host: str, port: int, messages: Messages) -> None:
        self.messages = messages
        self.batches = Batches(messages)
        self.request_ids = count(1)
        self._connections: set[socket.socket] = set()
        self._connections_lock = threading.Lock()
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), Handler)

    def server_bind(self) -> None:
        TCPServer.server_bind(self)  # HTTPServer's own looks its name up, which can take seconds

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._connections_lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._connections_lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that went away in the middle; any other error shows."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)

    def close_connections(self) -> None:
        """Close what clients keep open."""
        with self._connections_lock:
            connections = list(self._connections)
        for connection in connections:
            with suppress(OSError):  # the client was faster
                connection.shutdown(socket.SHUT_RDWR)
