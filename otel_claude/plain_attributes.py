"""Setting many attributes on a span at once.

The SDK of OpenTelemetry looks at each attribute by itself: whether it is of a type that it takes, and not too long. For
the twenty of a call that is a fifth of all that we do for it, and for nothing: they are numbers and texts. On a span
of a class that is known here they are therefore put where the SDK puts them; on any other, and where a limit may have
to cut something, they are set as everybody does.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from opentelemetry.attributes import BoundedAttributes

from otel_claude.private_tracer import PrivateSpan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.util.types import AttributeValue

_known: dict[type, bool] = {}
"""Classes of spans, and whether one keeps its attributes where we think."""


def set_all(span: Any, attributes: Mapping[str, AttributeValue]) -> None:
    """As `span.set_attributes(attributes)`, of values that the SDK would keep as they are: no list is among them."""
    if type(span) is PrivateSpan:
        span = span.recorded
    kind = type(span)
    is_known = _known.get(kind)
    if is_known is None:
        is_known = _known[kind] = _is_known(span)
    kept = span._attributes if is_known else None
    if (
        type(kept) is BoundedAttributes
        and kept.max_value_len is None
        and (kept.maxlen is None or len(kept._dict) + len(attributes) <= kept.maxlen)
    ):
        with span._lock:
            if span._end_time is None:
                kept._dict.update(attributes)
    else:
        span.set_attributes(attributes)


def _is_known(span: Any) -> bool:
    """Whether `span` is of the SDK's own class, and that has all that is touched here."""
    own = getattr(sys.modules.get("opentelemetry.sdk.trace"), "_Span", None)
    kept = getattr(span, "_attributes", None)
    return (
        type(span) is own
        and type(kept) is BoundedAttributes
        and {"_lock", "_end_time"} <= vars(span).keys()
        and {"_dict", "_lock", "maxlen", "max_value_len"} <= vars(kept).keys()
    )
