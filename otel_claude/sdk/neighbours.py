"""Other instrumentations of the SDK in the same process: found at the first call, and named once.

A *neighbour* is an instrumentation that makes a span of its own for a call, beside or around the SDK's. Its spans have
the tokens of the call again, so whoever sums over all spans counts them twice. The cost is on the SDK's span alone.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

log: Final = logging.getLogger("otel_claude")

_WRAPPED: Final = (
    ("anthropic.resources.messages", "Messages"),
    ("anthropic.resources.messages", "AsyncMessages"),
    ("anthropic.resources.beta.messages", "Messages"),
    ("anthropic.resources.beta.messages", "AsyncMessages"),
)
"""The classes whose `create` a neighbour wraps, each with the module that it is looked up in."""

_OF_THE_SDK: Final = "anthropic."
"""How the name of the module begins that defines `create` where nobody has wrapped it."""

_LOGFIRES_MARK: Final = "_is_instrumented_by_logfire"
"""What logfire sets on a client, or a class of clients, whose `request` it replaces."""

_BY_OPENTELEMETRY: Final = (
    "call AnthropicInstrumentor().uninstrument(), or set OTEL_PYTHON_DISABLED_INSTRUMENTATIONS=anthropic where "
    "opentelemetry-instrument starts the program"
)


class Neighbour(NamedTuple):
    """An instrumentation of the SDK: the package that it is installed from, and how it is switched off."""

    package: str
    switch: str
    is_suppressing: bool = False
    """Whether it keeps the SDK's span from being recorded, and the cost with it."""


NEIGHBOURS: Final = {
    "opentelemetry.instrumentation.genai.anthropic": Neighbour(
        "opentelemetry-instrumentation-genai-anthropic", _BY_OPENTELEMETRY
    ),
    "opentelemetry.instrumentation.anthropic": Neighbour(
        "opentelemetry-instrumentation-anthropic",
        f"{_BY_OPENTELEMETRY}, or pass block_instruments={{Instruments.ANTHROPIC}} to Traceloop.init()",
    ),
    "openinference.instrumentation.anthropic": Neighbour(
        "openinference-instrumentation-anthropic", _BY_OPENTELEMETRY
    ),
    "logfire": Neighbour(
        "logfire",
        "leave logfire.instrument_anthropic() out, or pass suppress_other_instrumentation=False to it to have both",
        is_suppressing=True,
    ),
}
"""The neighbours that we know, by the module, or a package around it, that their wrappers are defined in.

[genai 1.3b0, Traceloop 0.62.4, OpenInference 3.1.0, logfire 5.4.0; 2026-11]
"""


def warn_of_neighbours(client: object) -> None:
    """Logs one warning for each neighbour that instruments the SDK, or `client`, now. Never raises."""
    try:
        for module in dict.fromkeys(_modules(client)):
            log.warning("otel-claude: %s", _warning(module))
    except Exception:
        log.debug("Could not look for other instrumentations", exc_info=True)


def bypassing_classes(base: type[Any]) -> Iterator[type[Any]]:
    """The client classes below `base` whose `request` calls the one that `base` had when they were instrumented."""
    for kind in base.__subclasses__():
        if "request" in vars(kind) and vars(kind).get(_LOGFIRES_MARK):
            yield kind
        yield from bypassing_classes(kind)


def _modules(client: object) -> Iterator[str]:
    """For each neighbour the key that it has in `NEIGHBOURS`, or the module of its wrapper where it is not known."""
    for name, owner in _WRAPPED:
        create = getattr(sys.modules.get(name), owner, None)
        module = _defined_in(getattr(create, "__dict__", {}).get("create"))
        if module is not None and not module.startswith(_OF_THE_SDK):
            yield next((known for known in NEIGHBOURS if f"{module}.".startswith(f"{known}.")), module)
    if getattr(client, _LOGFIRES_MARK, False):
        yield "logfire"


def _defined_in(function: Any) -> str | None:
    """The module of the code that runs first when `function` is called, or `None` where that cannot be told."""
    wrapper = getattr(function, "_self_wrapper", None)
    if wrapper is None:
        # `functools.wraps` copies the name of the module, so the globals tell.
        module = getattr(function, "__globals__", {}).get("__name__")
    else:
        module = getattr(wrapper, "__module__", None)
    return module if isinstance(module, str) else None


def _warning(module: str) -> str:
    neighbour = NEIGHBOURS.get(module)
    if neighbour is None:
        return f"{module} wraps the SDK too; if it makes a span for each call, switch it or otel-claude off"
    effect = (
        "and keeps those of the SDK, which have the cost, from being recorded"
        if neighbour.is_suppressing
        else "so there are two for each; the cost is on the SDK's alone"
    )
    return f"{neighbour.package} makes spans for Claude calls, {effect}. To switch it off, {neighbour.switch}"
