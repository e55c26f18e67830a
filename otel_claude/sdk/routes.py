"""What a request of the SDK's is for, by its `options`: inference, or something about a batch."""

from __future__ import annotations

from typing import Any, Final

_INFERENCE: Final = "/v1/messages"
BATCHES: Final = "/v1/messages/batches"


def is_inference(options: Any) -> bool:
    """Whether `options` are those of a request for a message."""
    is_of_messages = options.url == _INFERENCE or path(options).endswith(_INFERENCE)
    return is_of_messages and options.method.lower() == "post"


def is_about_a_batch(options: Any) -> bool:
    """Whether `options` are those of a request that submits a batch or asks after one."""
    return BATCHES in path(options)


def submits_a_batch(options: Any) -> bool:
    """Whether `options` are those of a request that submits a batch."""
    return path(options).endswith(BATCHES) and options.method.lower() == "post"


def results_of(options: Any) -> str | None:
    """The id of the batch for whose results the request of `options` asks, or `None` where it asks for none."""
    _, is_below, rest = path(options).rpartition(f"{BATCHES}/")
    batch_id, slash, what = rest.partition("/")
    is_asked_for = is_below and batch_id and slash and what == "results" and options.method.lower() == "get"
    return batch_id if is_asked_for else None


def body(options: Any, left_out: frozenset[type]) -> object:
    """The body of the request as it is sent: what the application gave as `extra_body` in it, and no value of a class
    that is `left_out`.
    """
    body, extra = options.json_data, options.extra_json
    if not isinstance(body, dict):
        return body
    if extra:
        body = {**body, **extra}
    return {name: value for name, value in body.items() if type(value) not in left_out}


def path(options: Any) -> str:
    """The path of the request, or its whole URL, without its query."""
    return str(options.url).partition("?")[0]
