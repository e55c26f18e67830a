"""What is made of each inference call beside its price.

An *audit* is told of a call when it starts, in the caller's stack, and returns a *watch* for the calls that concern
it. The watch is told what the call came to when it settles, and is asked for the attributes of its span when these are
read. An audit belongs to one session; `instrument()` says which there are. Neither is ever in the way: what they raise
goes to the log, but for a `Refusal`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

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


class CallOutcome(Protocol):
    """What a call came to."""

    @property
    def duration_s(self) -> float:
        """From the request to the end of the answer."""

    @property
    def error_type(self) -> str | None:
        """What went wrong, as the span has it."""

    @property
    def is_answered(self) -> bool:
        """Whether an answer came, and came whole."""

    @property
    def diagnosis(self) -> object:
        """The type of the reason that the API's own diagnostics give for a miss, where the application asked for
        them."""

    @property
    def message(self) -> object:
        """The answer as a model or as decoded JSON: of a stream, what it started with. `None` where none came, and
        once the call is settled: it is the application's."""

    @property
    def model(self) -> str | None:
        """The model that answered, or the one asked for where none did."""

    @property
    def usage(self) -> Usage | None:
        """`None` where nothing is known of it. What is known of a stream that was cut short is in it. Worked out when
        it is first asked for, as is the cost."""

    @property
    def cost(self) -> Cost | None:
        """`None` for a call that failed and is not billed."""


class Refusal(Exception):  # noqa: N818 - named after what it is to an audit
    """Why an audit refuses a call. The only exception of ours that reaches the caller, and only where asked for."""


NO_EVENTS: Final[frozenset[str]] = frozenset()


class Watch(Protocol):
    """Waits for the outcome of one call."""

    @property
    def events(self) -> frozenset[str]:
        """The types of the events of a stream that it is told of, as a `StreamWatch`: `NO_EVENTS` for most."""

    def settle(self, outcome: CallOutcome) -> None:
        """Takes the outcome, once, on the way of the call: what another call may have to know is noted here."""

    def attributes(self, outcome: CallOutcome) -> Mapping[str, AttributeValue]:
        """The attributes for the call's span, when somebody reads it: after `settle`, in any thread, or never. Twice
        where two threads read at once. A sequence among them is a tuple."""


class StreamWatch(Watch, Protocol):
    """A watch that is told of what a streamed answer consists of, too. Of any other the outcome has the message.

    Each type of events that it asks for slows the stream.
    """

    def see(self, event: object, kind: str) -> None:
        """Takes an event, as a model of the SDK's or as decoded JSON, whose type, `kind`, is one of `events`."""


class Audit(Protocol):
    """Follows calls. Called by any thread, and from where no lock may be waited for: a span can end in `__del__`."""

    def begin(self, start: CallStart) -> Watch | None:
        """A watch over the call that starts, or `None` where it is of no concern.

        Raises a `Refusal` for a call that is not to be sent.
        """
