"""A span in its last moments: what is set then is put on it at once, and the rest when somebody reads it.

The SDK of OpenTelemetry looks at each attribute by itself: whether it is of a type that it takes, and not too long. For
what the anthropic SDK sets when a call ends, that is work for nothing: it is numbers and texts. What a call comes to
has to be worked out, and nobody needs it while the caller waits: an exporter reads the attributes of a span after it
has ended, mostly in a thread of its own. On a span of the SDK of OpenTelemetry the former are therefore put where that
keeps them, and the latter added by whoever reads first. On a span of any other class, and where a limit may have to cut
something, all are set as everybody does.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.attributes import BoundedAttributes

from otel_claude.forwarding_span import ForwardingSpan
from otel_claude.private_tracer import PrivateSpan

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opentelemetry.util.types import AnyValue, AttributeValue

    Find = Callable[[], Mapping[str, AttributeValue]]

log: Final = logging.getLogger("otel_claude")

MOST: Final = 48
"""How many attributes may be left to be added by who reads them."""

_PLAIN: Final = frozenset({str, int, float, bool})
"""Types of values that are kept as they are."""

_known: dict[type, bool] = {}
"""Classes of spans, and whether one keeps its attributes where we think."""


class EndingSpan(ForwardingSpan):
    """Passes everything on to the span that is `recorded`, which is about to end: attributes when it does."""

    __slots__ = ("_find", "_found", "_is_soon")

    def __init__(self, recorded: Any) -> None:
        super().__init__(recorded.recorded if type(recorded) is PrivateSpan else recorded)
        self._found: dict[str, Any] = {}
        self._is_soon = True
        self._find: Find | None = None

    def wait(self) -> None:
        """The span goes on until a body is read: whoever looks at it meanwhile sees each attribute as it is set."""
        self._is_soon = False

    def leave(self, find: Find) -> None:
        """Has the span end with the attributes that `find` gives besides those that it has by then, which stay.

        `find` gives at most `MOST`, no list among them. It is called by the first who reads an attribute of the ended
        span, or when it ends; twice where two threads read at once.
        """
        self._find = find

    def set_attribute(self, key: str, value: AnyValue) -> None:
        """As `Span.set_attribute`."""
        if self._is_soon and type(value) in _PLAIN and key:
            self._found[key] = value
        else:
            self.recorded.set_attribute(key, value)

    def set_attributes(self, attributes: Mapping[str, AnyValue]) -> None:
        """As `Span.set_attributes`."""
        for key, value in attributes.items():
            self.set_attribute(key, value)

    def end(self, end_time: int | None = None) -> None:
        """As `Span.end`."""
        recorded = self.recorded
        try:
            self._put(recorded)
        except Exception:
            log.debug("Could not set the attributes of a call", exc_info=True)
        recorded.end(end_time)

    def _put(self, recorded: Any) -> None:
        found, find = self._found, self._find
        kind = type(recorded)
        is_known = _known.get(kind)
        if is_known is None:
            is_known = _known[kind] = _is_known(recorded)
        kept = recorded._attributes if is_known else None
        if (
            type(kept) is BoundedAttributes
            and kept.max_value_len is None
            and (kept.maxlen is None or len(kept._dict) + len(found) + MOST <= kept.maxlen)
        ):
            with recorded._lock:
                if recorded._end_time is None:
                    kept._dict.update(found)
                    if find is not None:
                        vars(kept)["_find"] = find
                        kept.__class__ = _LateAttributes
        elif type(kept) is not _LateAttributes:  # of one that has ended: ending it again is for it to refuse
            # Where there are too many, those that were set first go first.
            late = {} if find is None else find()
            recorded.set_attributes(
                {**found, **{name: value for name, value in late.items() if name not in found}}
            )


class _LateAttributes(BoundedAttributes):
    """The attributes of an ended span that nobody has read yet: then they are plain `BoundedAttributes` again."""

    @property
    def _dict(self) -> dict[str, Any]:
        """Through which all that reads goes."""
        fields = self.__dict__
        kept: dict[str, Any] = fields["_dict"]
        find: Find | None = fields.get("_find")
        if find is not None:
            try:
                for name, value in find().items():
                    kept.setdefault(name, value)
            except Exception:
                log.debug("Could not find the attributes of a call", exc_info=True)
            # Whoever is here at the same time has added the same.
            self._are_read()
        return kept

    @_dict.setter
    def _dict(self, instead: dict[str, Any]) -> None:
        """What a processor puts in their place counts as it is."""
        self.__dict__["_dict"] = instead
        self._are_read()

    def _are_read(self) -> None:
        self.__class__ = BoundedAttributes  # type: ignore[assignment]
        self.__dict__.pop("_find", None)


def _is_known(span: Any) -> bool:
    """Whether `span` is of the SDK's own class, and that has all that is touched here."""
    own = getattr(sys.modules.get("opentelemetry.sdk.trace"), "_Span", None)
    kept = getattr(span, "_attributes", None)
    return (
        type(span) is own
        and type(kept) is BoundedAttributes
        and {"_lock", "_end_time"} <= vars(span).keys()
        and {"_dict", "maxlen", "max_value_len"} <= vars(kept).keys()
    )
