"""The span of a call that the SDK makes none for: the same name, scope and attributes as the SDK's own.

What a span takes from a request and from a response is a table, as it is in the SDK.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode

from otel_claude import attributes as names
from otel_claude.sdk import private_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.trace import Span
    from opentelemetry.util.types import AttributeValue

    from otel_claude.provider import Tracing
    from otel_claude.sdk.private_names import SDK

FROM_REQUEST: Final[Mapping[str, tuple[tuple[str, ...], type]]] = {
    names.REQUEST_MODEL: (("model",), str),
    names.REQUEST_MAX_TOKENS: (("max_tokens",), int),
    names.REQUEST_SERVICE_TIER: (("service_tier",), str),
    "gen_ai.request.reasoning.level": (("output_config", "effort"), str),
    "anthropic.thinking.type": (("thinking", "type"), str),
    "anthropic.thinking.budget_tokens": (("thinking", "budget_tokens"), int),
}
"""Each attribute with the path to its value in the request's body, and the value's type."""

FROM_RESPONSE_HEADERS: Final[Mapping[str, str]] = {
    names.REQUEST_ID: "request-id",
    "anthropic.organization.id": "anthropic-organization-id",
    names.WORKSPACE_ID: "anthropic-workspace-id",
}
"""Each attribute with the response header that it comes from."""

_UNBILLED: Final = frozenset(
    {
        "APIStatusError",
        "ConnectError",
        "ConnectTimeout",
        "LocalProtocolError",
        "PoolTimeout",
        "ProxyError",
        "UnsupportedProtocol",
        "WriteError",
        "WriteTimeout",
    }
)
"""The SDK's error for an answer that is one, and those of the HTTP library until a request is sent."""


def start(
    sdk: SDK, tracing: Tracing, client: Any, body: object, stream: bool, more: Mapping[str, AttributeValue]
) -> Span:
    """Starts the span of the call of `client` with the request `body`, with the attributes `more` besides."""
    scope = private_names.scope_name(client, names.SDK_SCOPE)
    tracer = tracing.tracer(scope, sdk.version) or trace.get_tracer(scope, sdk.version)
    url = client.base_url
    attributes: dict[str, AttributeValue] = {
        names.SERVER_ADDRESS: url.host,
        names.SERVER_PORT: url.port or (80 if url.scheme == "http" else 443),
        names.PROVIDER_NAME: private_names.provider_name(client),
        names.OPERATION_NAME: "chat",
        names.HTTP_REQUEST_METHOD: "POST",
        names.HTTP_ROUTE: "/v1/messages",
        **more,
    }
    for name, (path, kind) in FROM_REQUEST.items():
        value = cast("AttributeValue", _dig(body, path))
        if isinstance(value, kind) and not isinstance(value, bool):
            attributes[name] = value
    if stream:
        attributes[names.REQUEST_STREAM] = True
    return tracer.start_span(names.INFERENCE_SPAN, kind=SpanKind.CLIENT, attributes=attributes)


def record_response(span: Span, response: Any) -> None:
    """Sets what the HTTP `response` gives the span: its status and its ids."""
    span.set_attribute(names.HTTP_STATUS_CODE, response.status_code)
    for name, header in FROM_RESPONSE_HEADERS.items():
        if value := response.headers.get(header):
            span.set_attribute(name, value)


def record_request(span: Span, request: Any) -> None:
    """Sets what the last HTTP `request` of the call gives the span: the URL, and how often it was sent again."""
    path = request.url.raw_path.partition(b"?")[0].decode("ascii")
    span.set_attribute(names.URL_SCHEME, request.url.scheme)
    span.set_attribute(names.URL_PATH, path)
    span.set_attribute(names.URL_FULL, f"{request.url.scheme}://{request.url.netloc.decode('ascii')}{path}")
    resent = request.headers.get("x-stainless-retry-count", "0")
    if resent.isdigit() and int(resent):
        span.set_attribute(names.HTTP_RESEND_COUNT, int(resent))


def end(span: Span, error_type: str | None, *, is_ok: bool) -> None:
    """Ends the span, with the `error_type` of what failed. What the application left unread is neither."""
    try:
        if error_type is not None:
            span.set_status(Status(StatusCode.ERROR))
            span.set_attribute(names.ERROR_TYPE, error_type)
        elif is_ok:
            span.set_status(Status(StatusCode.OK))
    finally:
        span.end()


def error_type(error: BaseException) -> str:
    """The `error.type` of a failed call: the type that the API names, or else the status code, or what broke."""
    if isinstance(error, EOFError):
        return "api_error"
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if "APITimeoutError" in kinds or "TimeoutException" in kinds:
        return "client_timeout_error"
    if "APIConnectionError" in kinds or "TransportError" in kinds:
        return "connection_error"
    if "APIStatusError" in kinds:
        named = _dig(getattr(error, "body", None), ("error", "type"))
        if isinstance(named, str):
            return named
        status = getattr(error, "status_code", 0)
        if status >= 400:
            return str(status)
    return "client_error"


def is_unbilled(error: BaseException) -> bool:
    """Whether a call that `error` ended is not billed: the API refused it, or never had it whole.

    After anything else the API may have answered, and bill it, whether the connection was lost, the answer took too
    long or the application stopped waiting.
    """
    kinds = {kind.__name__ for each in (error, error.__cause__) for kind in type(each).__mro__}
    return not kinds.isdisjoint(_UNBILLED)


def _dig(data: object, path: tuple[str, ...]) -> object:
    for name in path:
        if not isinstance(data, dict):
            return None
        data = data.get(name)
    return data
