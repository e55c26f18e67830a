"""Endpoints that are down: one where nothing listens, and one that takes connections and never answers."""

from __future__ import annotations

import socket
from contextlib import contextmanager


def free_port():
    """A port on loopback that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@contextmanager
def refusing():
    yield f"http://127.0.0.1:{free_port()}"


@contextmanager
def silent():
    # The kernel takes the connections; nobody ever reads from them.
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
