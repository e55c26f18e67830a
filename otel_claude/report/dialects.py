"""Spans of other instrumentations, in the names that the SDK's own spans have.

A *dialect* is what an instrumentation calls what the SDK's span has. Beside the SDK's, three are known: that of newer
releases of OpenTelemetry's GenAI instrumentations, which differs in the names of spans only, that of older ones, which
OpenLLMetry had too, and OpenInference's. Their tokens are the prompt's with what was cached.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from otel_claude import attributes as names
from otel_claude.report import stated
from otel_claude.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otel_claude.store.reader import Span, Value

_LLM: Final = "LLM"
"""What OpenInference calls the kind of a span of a call."""

_OLD_COUNTS: Final = names.OLD_GENAI[names.INPUT_TOKENS]
_CACHED: Final = (names.CACHE_READ_TOKENS, names.CACHE_WRITE_TOKENS)

_LARGEST: Final = 10_000_000
"""Characters of a response in JSON that are looked at."""


def in_our_names(span: Span) -> Span | None:
    """`span` with the attributes that the SDK's span of the same call has, or `None` where it tells of no call.

    A call is one to any model, and one of which there are tokens: spans without them, such as those of errors, are not
    told from others."""
    attributes = span.attributes
    if span.name == names.INFERENCE_SPAN:
        return span
    found: Mapping[str, Value]
    if attributes.get(names.OPERATION_NAME) == "chat":
        found = attributes
    elif attributes.get(names.OPENINFERENCE_KIND) == _LLM:
        found = {**_translated(attributes, names.OPENINFERENCE), **_of_the_response(attributes)}
    elif names.OPERATION_NAME not in attributes and not attributes.keys().isdisjoint(_OLD_COUNTS):
        found = _translated(attributes, names.OLD_GENAI)
    else:
        return None
    if names.INPUT_TOKENS not in found:
        return None
    prompt = stated.count(found[names.INPUT_TOKENS])
    cached = sum(stated.count(found.get(name)) or 0 for name in _CACHED)
    if prompt is not None and prompt < cached:  # some do not count what was cached
        found = {**found, names.INPUT_TOKENS: prompt + cached}
    return span if found is attributes else replace(span, attributes=found)


def is_claude(span: Span) -> bool:
    """Whether the call that `span` tells of, in our names, was to a model of Anthropic's."""
    get = span.attributes.get
    provider = get(names.PROVIDER_NAME) or get(names.OLD_PROVIDER_NAME)
    return (
        span.name == names.INFERENCE_SPAN
        or (isinstance(provider, str) and provider.lower() == "anthropic")
        or "claude" in model_of(span).lower()
    )


def model_of(span: Span) -> str:
    """The model that answered, or else was asked for; "" where `span`, in our names, does not say."""
    get = span.attributes.get
    return str(get(names.RESPONSE_MODEL) or get(names.REQUEST_MODEL) or "")


def _translated(attributes: Mapping[str, Value], dialect: Mapping[str, tuple[str, ...]]) -> dict[str, Value]:
    """`attributes`, with those of `dialect` under our names too."""
    found = {
        ours: value
        for ours, theirs in dialect.items()
        if (value := next((attributes[name] for name in theirs if name in attributes), None)) is not None
    }
    return {**attributes, **found}


def _of_the_response(attributes: Mapping[str, Value]) -> dict[str, Value]:
    """What the response says that OpenInference has no names for, where the span has it: its id, and how long what was
    written to the cache is kept."""
    text = attributes.get(names.OPENINFERENCE_OUTPUT)
    if not isinstance(text, str) or not text.startswith("{") or len(text) > _LARGEST:
        return {}
    try:
        response: Any = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    if response.get("type") != "message":
        return {}
    usage = Usage.of_response(response.get("usage"))
    found: dict[str, Value] = {names.RESPONSE_ID: response.get("id")}
    if usage.service_tier is not None:
        found[names.RESPONSE_SERVICE_TIER] = usage.service_tier
    if usage.ttl_split_known:
        found[names.CACHE_WRITE_5M_TOKENS] = usage.cache_write_5m_tokens
        found[names.CACHE_WRITE_1H_TOKENS] = usage.cache_write_1h_tokens
    return found
