"""How the endpoint refuses a request.

A *refusal by the endpoint* is an HTTP status, an error type and a message, in the envelope that every Claude
SDK reads. It is unrelated to the stop reason `refusal`, which is an answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

ERROR_TYPES: Final[Mapping[int, str]] = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    405: "invalid_request_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}
"""Each HTTP status that the endpoint answers with, and the type of its error. [SDK 2.11 `ErrorType`]"""


class ApiError(Exception):
    """Raised where the endpoint refuses a request. `status` is a key of `ERROR_TYPES`; `code` says more, if given."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers: Mapping[str, str] = headers or {}
        self.code = code

    def envelope(self, request_id: str) -> dict[str, Any]:
        """The JSON body of the response, which is also the data of an SSE `error` event."""
        error: dict[str, Any] = {"type": ERROR_TYPES[self.status], "message": self.message}
        if self.code is not None:
            error["details"] = {"error_code": self.code}
        return {"type": "error", "error": error, "request_id": request_id}


def invalid(message: str, *, code: str | None = None) -> ApiError:
    """A request that the caller has to change."""
    return ApiError(400, message, code=code)
