"""Keeps attribution out of the requests to Anthropic.

The SDK sends W3C baggage with its requests, and so does what instruments an HTTP client below it. Inside a request of
the SDK, nothing of ours is therefore put into baggage, and what another service sent in its baggage, or somebody put
there by hand, under a name of ours is taken out. Entries of other names are the application's: they stay.
"""

from __future__ import annotations

import functools
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import baggage, context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from opentelemetry.context import Context

log: Final = logging.getLogger("otel_claude")

OURS: Final = "otel_claude."
"""What the names of our entries begin with."""

is_carrying = False
"""Whether a propagator of ours is in place."""

_KEY: Final = context.create_key("otel_claude.withheld")


def holds(within: Context | None = None) -> bool:
    """Whether a request to Anthropic is being made in this context."""
    return context.get_value(_KEY, within) is not None


def bare(within: Context) -> Context:
    """The context `within` without our entries in its baggage."""
    for name in baggage.get_all(within):
        if name.startswith(OURS):
            within = baggage.remove_baggage(name, within)
    return within


def withholding(request: Callable[..., Any]) -> Callable[..., Any]:
    """The method `request` of an SDK client, made so that it sends nothing of ours. For where that `is_needed`."""

    @functools.wraps(request)
    def send(*args: Any, **kwargs: Any) -> Any:
        with _withheld():
            return request(*args, **kwargs)

    return send


def withholding_async(request: Callable[..., Any]) -> Callable[..., Any]:
    """The same for a coroutine function."""

    @functools.wraps(request)
    async def send(*args: Any, **kwargs: Any) -> Any:
        with _withheld():
            return await request(*args, **kwargs)

    return send


def is_needed() -> bool:
    """Whether a request that is made here and now would send something of ours."""
    try:
        here = context.get_current()
        if is_carrying or not here:
            return is_carrying
        entries = baggage.get_all(here)
        return bool(entries) and any(name.startswith(OURS) for name in entries)
    except Exception:
        log.debug("Could not look for attribution in baggage", exc_info=True)
        return is_carrying


@contextmanager
def _withheld() -> Iterator[None]:
    before = inside = context.get_current()
    try:
        inside = context.set_value(_KEY, True, bare(before))
        context.attach(inside)
    except Exception:
        log.debug("Could not keep attribution from a request", exc_info=True)
    try:
        yield
    finally:
        # Not detached: a coroutine can be closed in another context, where that would be logged as an error.
        if context.get_current() is inside:
            context.attach(before)
