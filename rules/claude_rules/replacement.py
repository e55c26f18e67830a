"""The fix that replaces a model id where it is written, and what is said of a model's end.

Only ids of the Claude API are judged: clouds retire models on days of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from claude_lint.findings import Edit, Fix

from otel_claude.models import find, parse_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_lint.request import Known, Request

    from otel_claude.models import Model

CLOUDS = ("Bedrock", "BedrockMantle", "Vertex", "GoogleCloud", "Foundry")
"""What the client classes of platforms with days of their own end in."""


def is_cloud(request: Request) -> bool:
    """Whether the request goes to a platform with ids and days of its own."""
    return request.client.endswith(CLOUDS)


def models_in(request: Request) -> Iterator[tuple[Known, Model]]:
    """The models of the Claude API that a request is known to use, with where each is written."""
    if is_cloud(request):
        return
    for known in request.model.known:
        if isinstance(known.value, str) and parse_id(known.value).platform == "claude_api":
            model = find(known.value)
            if model is not None:
                yield known, model


def default_of(known: Known, request: Request) -> str:
    """The model where callers may give another, else empty text."""
    return str(known.value) if request.model.by_caller else ""


def replacement_fix(known: Known, model: Model) -> Fix | None:
    """Writes the replacement where the id is written, if it is one literal there."""
    if model.replacement is None or not isinstance(known.value, str) or known.value not in known.token:
        return None
    edit = Edit(known.place, known.token.replace(known.value, model.replacement))
    return Fix(f"Replace `{known.value}` with `{model.replacement}`", "unsafe", (edit,))
