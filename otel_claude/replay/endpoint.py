"""Sends one batch to an OTLP endpoint, over HTTP or gRPC.

What the endpoint has certainly not taken is sent again, a few times with growing pauses, as the protocol asks: a
connection that was refused, and answers that say "later". What it may have taken is in doubt.
"""

from __future__ import annotations

import base64
import gzip
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol
from urllib.parse import urlsplit, urlunsplit

from otel_claude.store.reader import hex_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

Name = Literal["http/protobuf", "http/json", "grpc"]
PROTOCOLS: Final[tuple[Name, ...]] = ("http/protobuf", "http/json", "grpc")

PATH: Final = "/v1/traces"
"""Where OTLP over HTTP takes traces, below the address of an endpoint."""

ATTEMPTS: Final = 6
FIRST_PAUSE_S: Final = 0.5
RETRYABLE_STATUS: Final = (429, 502, 503, 504)
"""The answers of OTLP over HTTP that ask for another attempt (opentelemetry.io/docs/specs/otlp, 2026-11)."""

_GRPC_RETRIES: Final = {
    "maxAttempts": 5,
    "initialBackoff": f"{FIRST_PAUSE_S}s",
    "maxBackoff": "16s",
    "backoffMultiplier": 2,
    "retryableStatusCodes": ["UNAVAILABLE", "RESOURCE_EXHAUSTED"],
}
"""gRPC's own policy (gRFC A6), which allows five attempts at most."""

_GRPC_IN_DOUBT: Final = ("DEADLINE_EXCEEDED", "CANCELLED", "ABORTED", "UNKNOWN")

_HINTS: Final[Mapping[int, str]] = {
    301: "the endpoint moved; name its new address",
    308: "the endpoint moved; name its new address",
    400: "the endpoint does not understand the request; try another --protocol",
    401: "the endpoint wants a key; set OTEL_EXPORTER_OTLP_HEADERS or --header",
    403: "the key may not write; look at OTEL_EXPORTER_OTLP_HEADERS or --header",
    404: "nothing takes traces there; look at the address",
    405: "nothing takes traces there; look at the address",
    413: "the endpoint takes no batch of this size",
    415: "the endpoint does not speak this protocol; try another --protocol",
}


class SendingError(Exception):
    """The endpoint did not take a batch. The message names it and says why and what to do."""


class InDoubtError(Exception):
    """The batch was sent, and no answer came."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The endpoint's answer to a batch: it has it, but for `rejected` spans, for a reason in its own words."""

    rejected: int = 0
    reason: str = ""


class Endpoint(Protocol):
    """Takes batches."""

    url: str

    def send(self, resource_spans: list[dict[str, Any]]) -> Receipt:
        """Sends one batch. Raises `SendingError` where it was not taken and `InDoubtError` where nobody knows."""


def endpoint(
    url: str, protocol: Name, headers: Mapping[str, str], *, gzipped: bool, timeout_s: float
) -> Endpoint:
    """The endpoint at `url`. Raises `ValueError` for an address that is none, `ImportError` without gRPC."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{url!r} is no address of an endpoint; expected one such as http://localhost:4318")
    if protocol == "grpc":
        return _GRPC(parts.netloc, parts.scheme == "https", headers, gzipped, timeout_s)
    path = parts.path.rstrip("/")
    address = urlunsplit(
        (parts.scheme, parts.netloc, path if path.endswith(PATH) else path + PATH, parts.query, "")
    )
    return _HTTP(address, protocol, headers, gzipped, timeout_s)


class _HTTP:
    def __init__(
        self, url: str, protocol: Name, headers: Mapping[str, str], gzipped: bool, timeout_s: float
    ) -> None:
        import requests
        from requests.adapters import HTTPAdapter
        from urllib3.util.retry import Retry

        self.url = url
        self._is_json = protocol == "http/json"
        self._gzipped = gzipped
        self._timeout_s = timeout_s
        self._session = requests.Session()
        self._session.trust_env = False  # a .netrc is not to add a password
        self._session.headers.update(headers)
        self._session.headers["content-type"] = (
            "application/json" if self._is_json else "application/x-protobuf"
        )
        if gzipped:
            self._session.headers["content-encoding"] = "gzip"
        retries = Retry(
            ATTEMPTS - 1,
            read=0,  # the endpoint may have what was sent
            redirect=0,
            status_forcelist=RETRYABLE_STATUS,
            allowed_methods={"POST"},
            backoff_factor=FIRST_PAUSE_S,
            raise_on_status=False,
            raise_on_redirect=False,
        )
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=retries))

    def send(self, resource_spans: list[dict[str, Any]]) -> Receipt:
        import requests
        from urllib3.exceptions import MaxRetryError, NewConnectionError
        from urllib3.exceptions import SSLError as TLSError

        body = (
            json.dumps({"resourceSpans": resource_spans}, separators=(",", ":")).encode()
            if self._is_json
            else _message(resource_spans).SerializeToString()
        )
        try:
            response = self._session.post(
                self.url,
                data=gzip.compress(body) if self._gzipped else body,
                timeout=self._timeout_s,
                allow_redirects=False,
            )
        except (requests.ConnectTimeout, requests.exceptions.SSLError) as error:
            raise SendingError(f"{self.url}: cannot be reached: {_cause(error)}") from None
        except requests.ConnectionError as error:
            cause = error.args[0] if error.args else None
            reason = cause.reason if isinstance(cause, MaxRetryError) else cause
            if isinstance(reason, (NewConnectionError, TLSError)):
                raise SendingError(f"{self.url}: cannot be reached: {_cause(error)}") from None
            raise InDoubtError from None
        except requests.Timeout:
            raise InDoubtError from None
        except requests.RequestException as error:
            raise SendingError(f"{self.url}: {_cause(error)}") from None
        if response.status_code // 100 != 2:
            hint = _HINTS.get(response.status_code)
            said = (
                " ".join(response.text.split())[:200]
                if "text" in response.headers.get("content-type", "")
                else ""
            )
            words = [f"{self.url}: answered {response.status_code}", said, hint]
            raise SendingError("; ".join(word for word in words if word))
        return self._receipt(response.content)

    def _receipt(self, content: bytes) -> Receipt:
        """What the answer says of rejected spans. An answer in another form than asked for says nothing."""
        from google.protobuf.json_format import Parse, ParseError
        from google.protobuf.message import DecodeError
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

        answer = ExportTraceServiceResponse()
        try:
            if self._is_json:
                Parse(content or b"{}", answer, ignore_unknown_fields=True)
            else:
                answer.ParseFromString(content)
        except (DecodeError, ParseError):
            return Receipt()
        return Receipt(answer.partial_success.rejected_spans, answer.partial_success.error_message)


class _GRPC:
    def __init__(
        self, target: str, secure: bool, headers: Mapping[str, str], gzipped: bool, timeout_s: float
    ) -> None:
        try:
            import grpc
            from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import TraceServiceStub
        except ImportError:
            raise ImportError("gRPC is not installed; pip install 'otel-claude[grpc]'") from None
        self.url = f"{'https' if secure else 'http'}://{target}"
        compression = grpc.Compression.Gzip if gzipped else grpc.Compression.NoCompression
        options = (
            (
                "grpc.service_config",
                json.dumps({"methodConfig": [{"name": [{}], "retryPolicy": _GRPC_RETRIES}]}),
            ),
        )
        channel = (
            grpc.secure_channel(target, grpc.ssl_channel_credentials(), options, compression)
            if secure
            else grpc.insecure_channel(target, options, compression)
        )
        self._stub = TraceServiceStub(channel)  # type: ignore[no-untyped-call]
        self._metadata = tuple((name.lower(), value) for name, value in headers.items())
        self._timeout_s = timeout_s
        self._unknown = {getattr(grpc.StatusCode, name) for name in _GRPC_IN_DOUBT}

    def send(self, resource_spans: list[dict[str, Any]]) -> Receipt:
        import grpc

        try:
            answer = self._stub.Export(
                _message(resource_spans), metadata=self._metadata, timeout=self._timeout_s
            )
        except grpc.RpcError as error:
            if error.code() in self._unknown:
                raise InDoubtError from None
            code = error.code().name.lower().replace("_", " ")
            raise SendingError(f"{self.url}: {code}: {error.details()}") from None
        return Receipt(answer.partial_success.rejected_spans, answer.partial_success.error_message)


def _message(resource_spans: list[dict[str, Any]]) -> ExportTraceServiceRequest:
    """The batch in protobuf. Its JSON differs from the usual one of protobuf in that ids are hexadecimal."""
    from google.protobuf.json_format import ParseDict, ParseError
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    message = ExportTraceServiceRequest()
    converted = {"resourceSpans": [_with_base64(each) for each in resource_spans]}
    try:
        ParseDict(converted, message, ignore_unknown_fields=True)
    except ParseError as error:
        raise SendingError(f"a span cannot be put into protobuf: {error}; try --protocol http/json") from None
    return message


def _with_base64(resource_spans: dict[str, Any]) -> dict[str, Any]:
    return {
        **resource_spans,
        "scopeSpans": [
            {**scope_spans, "spans": [_span_with_base64(span) for span in scope_spans["spans"]]}
            for scope_spans in resource_spans["scopeSpans"]
        ],
    }


def _span_with_base64(span: dict[str, Any]) -> dict[str, Any]:
    found = {**span, **_ids(span)}
    if span.get("links"):
        found["links"] = [{**link, **_ids(link)} for link in span["links"]]
    return found


def _ids(item: Mapping[str, Any]) -> dict[str, str]:
    """The ids of a span or a link, in base64."""
    digits = {"traceId": 32, "spanId": 16, "parentSpanId": 16}
    return {
        name: base64.b64encode(bytes.fromhex(hex_id(item[name], length))).decode()
        for name, length in digits.items()
        if item.get(name)
    }


def _cause(error: BaseException) -> BaseException | str:
    """The innermost reason of an error of the HTTP library's, whose own words wrap it several times."""
    reason: Any = error
    while True:
        inner = getattr(reason, "reason", None) or (reason.args[0] if getattr(reason, "args", None) else None)
        if not isinstance(inner, BaseException):
            return str(reason).partition(": ")[2] or reason if "object at 0x" in str(reason) else reason
        reason = inner
