"""What a request for a message must be, besides its blocks.

What single models refuse comes from their row in `otel_claude.models`: the highest `max_tokens`, thinking
modes, forced tools, `inference_geo`. A model without a row is refused nothing. Fields that the API does not
know pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from otel_claude import models
from otel_claude.simulator.errors import ApiError, invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

API_VERSIONS: Final = ("2023-06-01", "2026-10-21")
NO_SAMPLING_SINCE: Final = "2026-10-21"
"""The API version from which on any sampling parameter is refused, even with its default."""

SAMPLING: Final = ("temperature", "top_p", "top_k")
TOOL_CHOICES: Final = ("auto", "any", "tool", "none")

REJECTIONS: Final[Mapping[models.Rejection, tuple[str, Callable[[Mapping[str, Any]], bool]]]] = {
    "thinking.enabled": ("thinking.type", lambda body: _kind(body, "thinking") == "enabled"),
    "thinking.disabled": ("thinking.type", lambda body: _kind(body, "thinking") == "disabled"),
    "tool_choice.forced": ("tool_choice.type", lambda body: _kind(body, "tool_choice") in ("any", "tool")),
    "inference_geo": ("inference_geo", lambda body: body.get("inference_geo") is not None),
}
"""The field that each kind of rejection is about, and whether a body gives reason for it."""


def check_headers(headers: Mapping[str, str]) -> None:
    """Check the credentials, which may be anything but nothing, and the API version.

    Raises:
        ApiError: 401 or 400.
    """
    bearer = headers.get("authorization", "").removeprefix("Bearer ").strip()
    if not bearer and not headers.get("x-api-key"):
        raise ApiError(401, "no credentials: send x-api-key or Authorization: Bearer; any value will do here")
    version = headers.get("anthropic-version")
    if version not in API_VERSIONS:
        raise invalid(f"anthropic-version: expected one of {', '.join(API_VERSIONS)}, not {version!r}")


def check_message(body: Mapping[str, Any], version: str) -> None:
    """Check the `body` of a request for a message under API `version`.

    Raises:
        ApiError: 400, with the path of the field.
    """
    check_prompt(body)
    if "max_tokens" not in body:
        raise invalid("max_tokens: this field is required")
    limit = body["max_tokens"]
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 0:
        raise invalid("max_tokens: expected an integer of 0 or more")
    if version >= NO_SAMPLING_SINCE:
        for name in SAMPLING:
            if name in body:
                raise invalid(
                    f"{name}: sampling parameters are not accepted since API version {NO_SAMPLING_SINCE}"
                )
    if limit == 0:
        _check_prewarming(body)
    model = models.find(body["model"])
    if model is None:
        return
    if model.max_output_tokens is not None and limit > model.max_output_tokens:
        raise invalid(f"max_tokens: {model.id} writes {model.max_output_tokens} tokens at most, not {limit}")
    for rejection in sorted(model.rejects):
        field, given = REJECTIONS[rejection]
        if given(body):
            raise invalid(f"{field}: {model.id} does not accept this value ({rejection})")


def check_prompt(body: Mapping[str, Any]) -> None:
    """Check what requests for a message and for a token count share.

    Raises:
        ApiError: 400, with the path of the field.
    """
    for name in ("model", "messages"):
        if name not in body:
            raise invalid(f"{name}: this field is required")
    if not isinstance(body["model"], str) or not body["model"]:
        raise invalid("model: expected the id of a model")
    if not isinstance(body["messages"], list) or not body["messages"]:
        raise invalid("messages: expected a list of one message or more")
    for name in ("output_config", "thinking", "tool_choice"):
        if body.get(name) is not None and not isinstance(body[name], dict):
            raise invalid(f"{name}: expected an object")
    choice = body.get("tool_choice")
    if choice and choice.get("type") not in TOOL_CHOICES:
        raise invalid(f"tool_choice.type: expected one of {', '.join(TOOL_CHOICES)}")
    if choice and choice["type"] == "tool" and not isinstance(choice.get("name"), str):
        raise invalid("tool_choice.name: this field is required")
    if choice and not body.get("tools"):
        raise invalid("tool_choice: this field needs tools")
    output_format = (body.get("output_config") or {}).get("format")
    if output_format is not None and (
        not isinstance(output_format, dict)
        or output_format.get("type") != "json_schema"
        or not isinstance(output_format.get("schema"), dict)
    ):
        raise invalid('output_config.format: expected {"type": "json_schema", "schema": {...}}')


def _check_prewarming(body: Mapping[str, Any]) -> None:
    refused = {
        "stream": bool(body.get("stream")),
        "thinking": _kind(body, "thinking") in ("enabled", "adaptive"),
        "output_config.format": bool((body.get("output_config") or {}).get("format")),
        "tool_choice": _kind(body, "tool_choice") in ("any", "tool"),
    }
    for name, given in refused.items():
        if given:
            raise invalid(f"max_tokens: 0 cannot be combined with {name}")


def _kind(body: Mapping[str, Any], name: str) -> Any:
    return (body.get(name) or {}).get("type")
