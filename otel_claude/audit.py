"""What is made of each inference call beside its price.

An *audit* is told of a call when it starts, in the caller's stack, and returns a *watch* for the calls that concern
it. The watch is told what the call came to when it settles, and returns attributes for its span. An audit belongs to
one session; `instrument()` says which there are. Neither is ever in the way: what they raise goes to the log, but for
a `Refusal`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.util.types import AttributeValue

    from otel_claude.attribution import Attribution
    from otel_claude.call_site import CallSite
    from otel_claude.cost import Cost
    from otel_claude.usage import Usage


class CallStart(NamedTuple):
    """A call that is about to be sent."""

    body: Mapping[str, Any]
    """The request. It is the SDK's, and may be the application's: it is read at once, and neither kept nor changed."""

    client: Any
    attribution: Attribution | None
    site: CallSite | None
    at_ns: int
    """Nanoseconds since the epoch."""


class CallOutcome(NamedTuple):
    """What a call came to."""

    model: str | None
    """The model that answered, or the one asked for where none did."""

    usage: Usage | None
    """`None` where nothing is known of it. What is known of a stream that was cut short is in it."""

    cost: Cost | None
    """`None` for a call that failed and is not billed."""

    message: object
    """The answer as a model or as decoded JSON: of a stream, what it started with. `None` where none came."""

    error_type: str | None
    duration_s: float


class Refusal(Exception):  # noqa: N818 - named after what it is to an audit
    """Why an audit refuses a call. The only exception of ours that reaches the caller, and only where asked for."""


class Watch(Protocol):
    """Waits for the outcome of one call."""

    def settle(self, outcome: CallOutcome) -> Mapping[str, AttributeValue]:
        """Takes the outcome, once, and returns attributes for the call's span. A sequence among them is a tuple."""


class StreamWatch(Watch, Protocol):
    """A watch that is told of what a streamed answer consists of, too. Of any other the outcome has the message."""

    events: frozenset[str]
    """The types of the events of a stream that it is told of. Each one slows the stream: empty for none."""

    def see(self, event: object, kind: str) -> None:
        """Takes an event, as a model of the SDK's or as decoded JSON, whose type, `kind`, is one of `events`."""


class Audit(Protocol):
    """Follows calls. Called by any thread, and from where no lock may be waited for: a span can end in `__del__`."""

    def begin(self, start: CallStart) -> Watch | None:
        """A watch over the call that starts, or `None` where it is of no concern.

        Raises a `Refusal` for a call that is not to be sent.
        """
