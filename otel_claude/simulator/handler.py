"""One connection to the endpoint: HTTP in, HTTP out.

A *route* is a method and a path. Beside the API's own routes there is control under a path that the API does
not have, for callers in another process:

    GET  /_simulator/ledger                    every call so far
    GET  /_simulator/clock                     {"now": ...}
    POST /_simulator/clock {"advance_s": 60}   move the clock forward
    POST /_simulator/script {"script": [...]}  directives for the next requests (see script)
"""

from __future__ import annotations

import json
import re
import socket
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from otel_claude.simulator import events
from otel_claude.simulator.errors import ApiError, invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from otel_claude.simulator.batches import Batch
    from otel_claude.simulator.messages import Reply
    from otel_claude.simulator.server import Server

LARGEST_BODY: Final = 32 * 1024 * 1024
"""Bytes. [Claude docs, "Request size limits"]"""

ORGANIZATION: Final = "00000000-0000-4000-8000-000000000000"
WORKSPACE: Final = "wrkspc_simulated"


class Handler(BaseHTTPRequestHandler):
    """Serves the requests of one connection, one after the other."""

    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, *args: object) -> None:
        """Requests are not logged; the ledger has them."""

    def _serve(self) -> None:
        self._request_id = f"req_simulated_{next(self.server.request_ids):06d}"
        try:
            content = self._read()
            path = urlsplit(self.path).path
            batch = _BATCH_PATH.fullmatch(path)
            self._batch_id = batch["id"] if batch else ""
            route_path = _BATCH_ROUTE + (batch["rest"] or "") if batch else path
            route = ROUTES.get((self.command, route_path))
            if route is None:
                known = any(each == route_path for _, each in ROUTES)
                raise ApiError(405 if known else 404, f"there is no {self.command} {path} here")
            route(self, content)
        except ApiError as error:
            self._send_json(error.envelope(self._request_id), status=error.status, headers=error.headers)

    def _read(self) -> bytes:
        length = self.headers.get("content-length", "0")
        if "transfer-encoding" in self.headers or not (length.isascii() and length.isdigit()):
            self.close_connection = True
            raise invalid("the body needs a content-length")
        if int(length) > LARGEST_BODY:
            self.close_connection = True
            raise ApiError(413, f"the body exceeds {LARGEST_BODY} bytes")
        return self.rfile.read(int(length))

    def create(self, content: bytes) -> None:
        reply = self.server.messages.create(self._lower_headers(), _object(content), self._request_id)
        if reply.stream:
            self._send_stream(reply)
            return
        if reply.tokens_per_second:
            output = sum(event.tokens for event in events.of_message(reply.message))
            time.sleep(output / reply.tokens_per_second)
        self._send_json(reply.message, cut=reply.cut_after is not None)

    def count_tokens(self, content: bytes) -> None:
        self._send_json(self.server.messages.count_tokens(self._lower_headers(), _object(content)))

    def create_batch(self, content: bytes) -> None:
        self._send_batch(self.server.batches.create(self._lower_headers(), _object(content)))

    def show_batch(self, content: bytes) -> None:  # noqa: ARG002
        self._send_batch(self.server.batches.retrieve(self._batch_id))

    def cancel_batch(self, content: bytes) -> None:  # noqa: ARG002
        self._send_batch(self.server.batches.cancel(self._batch_id))

    def show_results(self, content: bytes) -> None:  # noqa: ARG002
        results = self.server.batches.results(self._batch_id)
        self._begin(200, {"content-type": "application/x-jsonl", "transfer-encoding": "chunked"})
        for result in results:
            line = json.dumps(result, ensure_ascii=False) + "\n"
            self._send_chunk(line.encode("utf-8", "surrogatepass"))
        self._end_chunks()

    def _send_batch(self, batch: Batch) -> None:
        self._send_json(batch.as_json(f"http://{self.headers['host']}"))

    def show_ledger(self, content: bytes) -> None:  # noqa: ARG002
        self._send_json([call.as_json() for call in self.server.messages.ledger.calls()])

    def show_clock(self, content: bytes) -> None:  # noqa: ARG002
        self._send_json(_time(self.server.messages.clock.now()))

    def advance_clock(self, content: bytes) -> None:
        seconds = _object(content).get("advance_s")
        if not isinstance(seconds, int | float) or isinstance(seconds, bool):
            raise invalid("advance_s: expected a number of seconds")
        try:
            self._send_json(_time(self.server.messages.clock.advance(seconds)))
        except ValueError as error:
            raise invalid(f"advance_s: {error}") from None

    def extend_script(self, content: bytes) -> None:
        texts = _object(content).get("script")
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise invalid("script: expected a list of strings")
        try:
            self._send_json({"pending": self.server.messages.script.extend(texts)})
        except ValueError as error:
            raise invalid(f"script: {error}") from None

    def _lower_headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers.items()}

    def _begin(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        own = {
            "request-id": self._request_id,
            "anthropic-organization-id": ORGANIZATION,
            "anthropic-workspace-id": WORKSPACE,
        }
        for name, value in {**own, **headers}.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("connection", "close")
        self.end_headers()

    def _send_json(
        self, value: object, *, status: int = 200, headers: Mapping[str, str] | None = None, cut: bool = False
    ) -> None:
        body = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
        shape = {"content-type": "application/json", "content-length": str(len(body))}
        self._begin(status, {**shape, **(headers or {})})
        self.wfile.write(body[: len(body) // 2] if cut else body)
        self.wfile.flush()
        if cut:
            self._hang_up()

    def _send_stream(self, reply: Reply) -> None:
        self._begin(200, {"content-type": "text/event-stream; charset=utf-8", "transfer-encoding": "chunked"})
        for number, event in enumerate(events.of_message(reply.message)):
            if number == reply.cut_after:
                self._hang_up()
                return
            if number == reply.sse_error:
                self._send_sse_error()
                return
            if reply.tokens_per_second and event.tokens:
                self.wfile.flush()
                time.sleep(event.tokens / reply.tokens_per_second)
            self._send_chunk(event.encode())
        if reply.cut_after is not None:
            self._hang_up()
            return
        if reply.sse_error is not None:
            self._send_sse_error()
            return
        self._end_chunks()

    def _send_sse_error(self) -> None:
        error = ApiError(529, "the stream ends here, as the caller chose")
        self._send_chunk(events.Event(error.envelope(self._request_id)).encode())
        self._end_chunks()

    def _send_chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))

    def _end_chunks(self) -> None:
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    def _hang_up(self) -> None:
        self.wfile.flush()
        self.close_connection = True
        with suppress(OSError):  # the client was faster
            self.connection.shutdown(socket.SHUT_RDWR)


_BATCH_ROUTE: Final = "/v1/messages/batches/{id}"
_BATCH_PATH: Final = re.compile(r"/v1/messages/batches/(?P<id>[^/]+)(?P<rest>/.*)?")

ROUTES: Final[Mapping[tuple[str, str], Callable[[Handler, bytes], None]]] = {
    ("POST", "/v1/messages"): Handler.create,
    ("POST", "/v1/messages/count_tokens"): Handler.count_tokens,
    ("POST", "/v1/messages/batches"): Handler.create_batch,
    ("GET", _BATCH_ROUTE): Handler.show_batch,
    ("POST", f"{_BATCH_ROUTE}/cancel"): Handler.cancel_batch,
    ("GET", f"{_BATCH_ROUTE}/results"): Handler.show_results,
    ("GET", "/_simulator/ledger"): Handler.show_ledger,
    ("GET", "/_simulator/clock"): Handler.show_clock,
    ("POST", "/_simulator/clock"): Handler.advance_clock,
    ("POST", "/_simulator/script"): Handler.extend_script,
}


def _object(content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except ValueError as error:
        raise invalid(f"the body is not JSON: {error}") from None
    except RecursionError:
        raise invalid("the body is nested too deeply") from None
    if not isinstance(value, dict):
        raise invalid("the body is not a JSON object")
    return value


def _time(now: datetime) -> dict[str, str]:
    return {"now": now.isoformat().replace("+00:00", "Z")}
