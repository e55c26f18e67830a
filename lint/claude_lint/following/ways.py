"""Ways to Claude that lead past the SDK's clients: raw HTTP, boto3's Bedrock runtime, and frameworks.

A framework is given a model and fills in the rest itself, so that nothing but the model, and a limit where there is
one, is known of its requests. The kind of a client tells which way a request goes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from claude_lint.dataclass import dataclass
from claude_lint.following.segments import known_text
from claude_lint.following.values import DictObject, Dumped, Ref, Text, Unknown, Value, options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from claude_lint.following.heap import Heap
    from claude_lint.following.methods import Given
    from claude_lint.request import Way

HTTP: Final = "HTTP"
BEDROCK: Final = "Bedrock"
FRAMEWORK: Final = "framework"
WAYS: Final[dict[str, Way]] = {HTTP: "http", BEDROCK: "bedrock", FRAMEWORK: "framework"}
"""The way of the clients that are none of the SDK's."""

HOST: Final = "api.anthropic.com"
VERSION_HEADER: Final = "anthropic-version"
HTTP_METHODS: Final = frozenset({"post", "request", "stream", "Request"})
BEDROCK_METHODS: Final = frozenset(
    {"invoke_model", "invoke_model_with_response_stream", "converse", "converse_stream"}
)
"""Of boto3's `bedrock-runtime` client. Source: its documentation."""


@dataclass(frozen=True, slots=True)
class Framework:
    """A class or function of a framework. `model` is the keyword of its model, `prefix` what precedes Claude's ids."""

    model: tuple[str, ...]
    prefix: tuple[str, ...] = ("",)
    positional: bool = False
    """Whether the model can be the first positional argument."""


FRAMEWORKS: Final[dict[str, Framework]] = {
    "langchain_anthropic.ChatAnthropic": Framework(("model", "model_name")),
    "langchain.chat_models.init_chat_model": Framework(("model",), ("anthropic:", ""), positional=True),
    "litellm.completion": Framework(("model",), ("anthropic/", ""), positional=True),
    "litellm.acompletion": Framework(("model",), ("anthropic/", ""), positional=True),
    "llama_index.llms.anthropic.Anthropic": Framework(("model",)),
    "pydantic_ai.Agent": Framework(("model",), ("anthropic:",), positional=True),
    "pydantic_ai.models.anthropic.AnthropicModel": Framework(("model_name",), positional=True),
    "instructor.from_provider": Framework(("model",), ("anthropic/",), positional=True),
}
"""By dotted name. Source: the documentation of each framework."""

FRAMEWORK_NAMES: Final = frozenset(name.rpartition(".")[2] for name in FRAMEWORKS) - {"Anthropic"}
WRAPS_CLIENT: Final = frozenset({"instructor.from_anthropic", "instructor.patch"})
"""What gives the client that it is given, with more methods."""


def framework_call(name: str, given: Given) -> Given | None:
    """The arguments of a request that a framework makes for Claude, or `None` for another model or call."""
    framework = FRAMEWORKS.get(name)
    if framework is None:
        return None
    model = next((one for one in given if one[0] in framework.model), None)
    if model is None and framework.positional and given and not given[0][0]:
        model = given[0]
    if model is None:
        return None
    stripped = _without_prefix(model[1], framework.prefix)
    if stripped is None:
        return None
    limits = tuple(one for one in given if one[0] == "max_tokens")
    return (("model", stripped, model[2]), *limits, ("*", Unknown(), model[2]))


def _without_prefix(model: Value, prefixes: tuple[str, ...]) -> Value | None:
    text = known_text(model)
    if not isinstance(model, Text) or text is None or len(model.segments) != 1:
        return None
    for prefix in prefixes:
        if text.startswith(f"{prefix}claude"):
            return Text((replace(model.segments[0], text=text[len(prefix) :]),))
    return None


def http_call(given: Given, heap: Heap) -> Given | None:
    """The arguments of a request that is posted to the API, or `None` for a post to somewhere else."""
    named = {keyword: (value, node) for keyword, value, node in given if keyword not in {"", "*", "**"}}
    positional = [value for keyword, value, _ in given if not keyword]
    urls = [named["url"][0]] if "url" in named else positional[:2]
    held = _held(named["headers"][0], heap) if "headers" in named else None
    versioned = held is not None and VERSION_HEADER in {key.lower() for key in held.entries}
    to_claude = any(HOST in _all(url) for url in urls)
    if not (to_claude or versioned) or not any(_end(url).endswith("/messages") for url in urls):
        return None
    body = next((named[key] for key in ("json", "data", "content") if key in named), None)
    if body is None:
        return None
    value = body[0].held if isinstance(body[0], Dumped) else body[0]
    return (("**", value, body[1]),) if _held(value, heap) is not None else None


def bedrock_call(method: str, given: Given, heap: Heap) -> Given | None:
    """The arguments of a request that goes to Claude on Bedrock, or `None` for another model."""
    named = {keyword: (value, node) for keyword, value, node in given if keyword not in {"", "*", "**"}}
    if "modelId" not in named:
        return None
    model, node = named["modelId"]
    claude = any("anthropic.claude" in (known_text(option) or "") for option in options(model))
    if method.startswith("converse"):
        limit = _entry(named.get("inferenceConfig", (None, None))[0], "maxTokens", heap)
        rest = tuple((key, *named[key]) for key in ("messages", "system") if key in named)
        limits = (("max_tokens", limit, node),) if limit is not None else ()
        return (("model", model, node), *limits, *rest, ("*", Unknown(), node)) if claude else None
    if "body" not in named:
        return None
    body, body_node = named["body"]
    value = body.held if isinstance(body, Dumped) else body
    held = _held(value, heap)
    if held is None or not (claude or "anthropic_version" in held.entries):
        return None
    return (("**", value, body_node), ("model", model, node))


def _held(value: Value | None, heap: Heap) -> DictObject | None:
    found = heap.get(value.key) if isinstance(value, Ref) else None
    return found if isinstance(found, DictObject) else None


def _entry(value: Value | None, key: str, heap: Heap) -> Value | None:
    held = _held(value, heap)
    entries: Mapping[str, object] = held.entries if held is not None else {}
    return held.entries[key].value if held is not None and key in entries else None


def _all(url: Value) -> str:
    return "".join(segment.text or "" for segment in url.segments) if isinstance(url, Text) else ""


def _end(url: Value) -> str:
    """The path at the end of a URL, as far as it is known."""
    return (url.segments[-1].text or "").rstrip("/") if isinstance(url, Text) and url.segments else ""
