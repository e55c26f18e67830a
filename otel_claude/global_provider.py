"""The global tracer provider, once there is one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from opentelemetry import trace
from opentelemetry.trace import ProxyTracerProvider

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider

_NAMED_BY: Final = "OTEL_PYTHON_TRACER_PROVIDER"
"""The first who asks for it makes the provider that this variable names."""


def is_unset() -> bool:
    """Whether none has been set yet. One that the environment names is set by the first who asks for it."""
    return getattr(trace, "_TRACER_PROVIDER", trace) is None


def global_tracer_provider() -> TracerProvider | None:
    """The global provider, or `None` while none is set.

    Every call asks. OpenTelemetry looks through the environment each time while there is none, which takes as long as
    finding the call site twice, so what it sets is looked at first.
    """
    if is_unset() and _NAMED_BY not in os.environ:
        return None
    provider = trace.get_tracer_provider()
    # The class is an abstract one, for which `isinstance` takes ten times as long.
    return None if type(provider) is ProxyTracerProvider else provider
