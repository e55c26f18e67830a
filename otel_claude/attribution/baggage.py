"""Attribution in W3C baggage, between the user's own services, where they ask for it.

The global propagator is wrapped: what it injects has the feature, the task and the named tags of the caller in its
baggage, under the names that they have on a span, and what it extracts becomes an attribution. A service reads them
there with the propagation that it has anyway, by hand or by instrumentation.

What comes in may be anybody's. So of tags only those are read that this service names itself, and nothing that is
longer than a name can be expected to be.

None of it goes to Anthropic: see `withheld`.
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Final

from opentelemetry import baggage, propagate
from opentelemetry.propagators.textmap import TextMapPropagator, default_getter, default_setter

from otel_claude import attributes as names
from otel_claude.attribution import withheld
from otel_claude.attribution.blocks import Attribution, attached, current
from otel_claude.attribution.tasks import RemoteTask

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from opentelemetry.context import Context
    from opentelemetry.propagators.textmap import CarrierT, Getter, Setter

log: Final = logging.getLogger("otel_claude")

VARIABLE: Final = "OTEL_CLAUDE_BAGGAGE"
HEADER: Final = "baggage"

MOST_CHARACTERS: Final = 256
"""The longest value that is read. A longer one is as one that is not there."""


def choice(given: bool | Collection[str] | None) -> Collection[str] | None:
    """The tags that are sent and read beside the feature and the task, or `None` where nothing is.

    What is `None` is left to `OTEL_CLAUDE_BAGGAGE`: `on`, or the names of tags with commas between them.
    """
    if given is None:
        value = os.environ.get(VARIABLE, "").strip()
        if value.lower() in {"", "off", "0", "false", "no"}:
            return None
        if value.lower() in {"on", "1", "true", "yes"}:
            return ()
        return tuple(name.strip() for name in value.split(",") if name.strip())
    if isinstance(given, bool):
        return () if given else None
    return (given,) if isinstance(given, str) else tuple(given)


def carry(tags: Collection[str]) -> Callable[[], None]:
    """Has the global propagator carry attribution, with those `tags`, both ways. Returns what takes that back."""
    before = propagate.get_global_textmap()
    if HEADER not in before.fields:
        log.warning("otel-claude: nothing is carried to other services: no propagator for baggage is set")
    ours = Carrying(before, tags)
    propagate.set_global_textmap(ours)
    withheld.is_carrying = True

    def take_back() -> None:
        withheld.is_carrying = False
        if propagate.get_global_textmap() is ours:
            propagate.set_global_textmap(before)

    return take_back


class Carrying(TextMapPropagator):
    """The propagator `inner`, which finds the attribution in the baggage, and puts it there."""

    def __init__(self, inner: TextMapPropagator, tags: Collection[str]) -> None:
        self._inner = inner
        self._carried: Final = {
            names.FEATURE,
            names.TASK_NAME,
            names.TASK_ID,
            *(names.TAG_PREFIX + tag for tag in tags),
        }
        """The names of what is sent and read."""

    @property
    def fields(self) -> set[str]:
        """As `inner` has them."""
        return self._inner.fields

    def inject(
        self,
        carrier: CarrierT,
        context: Context | None = None,
        setter: Setter[CarrierT] = default_setter,
    ) -> None:
        """Injects what `inner` does, the attribution of `context` in the baggage."""
        try:
            context = self._packed(context)
        except Exception:
            log.debug("Could not put an attribution into baggage", exc_info=True)
        self._inner.inject(carrier, context, setter)

    def extract(
        self,
        carrier: CarrierT,
        context: Context | None = None,
        getter: Getter[CarrierT] = default_getter,
    ) -> Context:
        """What `inner` extracts, with the attribution that is in its baggage."""
        found = self._inner.extract(carrier, context, getter)
        try:
            return self._unpacked(found)
        except Exception:
            log.debug("Could not take an attribution out of baggage", exc_info=True)
            return found

    def _packed(self, within: Context | None) -> Context | None:
        if withheld.holds(within):
            return within
        attribution = current(within)
        if attribution is None:
            return within
        for name, value in attribution.span_attributes().items():
            if name in self._carried:
                within = baggage.set_baggage(name, value, within)
        return within

    def _unpacked(self, within: Context) -> Context:
        """The context `within` with the attribution in its baggage as its own, and nothing of ours left in that."""
        bare = withheld.bare(within)
        if bare is within:
            return within
        entries = {
            name: text
            for name, value in baggage.get_all(within).items()
            if name in self._carried and len(text := str(value)) <= MOST_CHARACTERS
        }
        if not entries:
            return bare
        task_name, task_id = entries.get(names.TASK_NAME), entries.get(names.TASK_ID)
        tags = {
            name.removeprefix(names.TAG_PREFIX): value
            for name, value in entries.items()
            if name.startswith(names.TAG_PREFIX)
        }
        task = RemoteTask(task_name, task_id) if task_name and task_id else None
        return attached(Attribution(entries.get(names.FEATURE) or None, tags, task), bare)
