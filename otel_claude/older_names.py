"""Says what a call wrote to the cache by the older name too, as an audit of calls: for viewers that know no other.

The convention and the SDK now say `cache_write`; Jaeger's GenAI view (2.21) and Phoenix (20.26) read `cache_creation`.
The older name is a second one for the same tokens: no sum is to have both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from otel_claude import attributes as names
from otel_claude.audit import NO_EVENTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.util.types import AttributeValue

    from otel_claude.audit import CallOutcome, CallStart


class OlderNames:
    """Watches every call, and keeps nothing of any."""

    events = NO_EVENTS

    def begin(self, start: CallStart) -> OlderNames:  # noqa: ARG002
        return self

    def settle(self, outcome: CallOutcome) -> None:
        """Nothing is noted of a call."""

    def attributes(self, outcome: CallOutcome) -> Mapping[str, AttributeValue]:
        """The older name, where the usage is known."""
        usage = outcome.usage
        return {} if usage is None else {names.OLDER_CACHE_WRITE_TOKENS: usage.cache_write_tokens}
