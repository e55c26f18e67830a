"""The feature of calls that no `feature()` is around: that of the process, as its environment says.

It is `OTEL_CLAUDE_FEATURE`, or else the attribute `otel_claude.feature` of the resource: from
`OTEL_RESOURCE_ATTRIBUTES`, or from the resource of the tracer provider.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from otel_claude import attributes as names
from otel_claude.attribution.blocks import Attribution, current
from otel_claude.global_provider import global_tracer_provider, is_unset

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider

VARIABLE: Final = "OTEL_CLAUDE_FEATURE"


class DefaultFeature:
    """Finds the default. The environment is read at once, the tracer provider when there is one."""

    def __init__(self, provider: TracerProvider | None = None) -> None:
        """`provider` is the one for all spans, `None` for the global one, whenever it is set."""
        self._given = provider
        named = os.environ.get(VARIABLE, "").strip() or _of_resource_variable()
        self._said = None if named is None else Attribution(named)
        self._is_settled = named is not None
        self._has_asked = False

    def __call__(self) -> str | None:
        """The feature, or `None` where nothing names one."""
        said = self._default()
        return None if said is None else said.feature

    def attribution(self) -> Attribution | None:
        """The attribution of a call made here and now, with the default where no block names a feature."""
        found = current()
        if found is not None and found.feature is not None:
            return found
        default = self._said if self._is_settled else self._default()
        if found is None or default is None:
            return found or default
        return found.by_default(default)

    def _default(self) -> Attribution | None:
        if not self._is_settled:
            if self._has_asked and self._given is None and is_unset():
                return None
            self._has_asked = True
            provider = self._given or global_tracer_provider()
            if provider is None:
                return None
            # A global provider is set once and for all.
            self._said = _of_provider(provider)
            self._is_settled = True
        return self._said


def _of_provider(provider: Any) -> Attribution | None:
    named = getattr(getattr(provider, "resource", None), "attributes", {}).get(names.FEATURE)
    return Attribution(named) if isinstance(named, str) and named else None


def _of_resource_variable() -> str | None:
    for pair in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "").split(","):
        name, _, value = pair.partition("=")
        if name.strip() == names.FEATURE:
            return unquote(value.strip()) or None
    return None
