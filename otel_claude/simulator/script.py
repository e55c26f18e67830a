"""What a caller chooses about one answer: directives, in a request's header or in a script.

A *directive* is one choice. The header `x-simulate` carries any number of them, separated by `;`. A *script*
is a list of such texts: each request without that header takes the next one, and an empty text is an answer
as usual.

    error=529               refuse with this status (see errors.ERROR_TYPES)
    error=529,529,200       in a header: the status of each attempt, told by x-stainless-retry-count; 200
                            answers, and the last one repeats. In a script: of the next requests, one each
    retry-after=0.05        with error: the header `retry-after`, in seconds
    delay=0.05              begin the response after so many seconds, 60 at most
    tokens-per-second=50    send output tokens at this rate
    output-tokens=500       answer with so many tokens, thinking not counted, cut off at max_tokens
    thinking, thinking=200  think first, for 16 or so many tokens
    tool-use, tool-use=NAME call the first tool, or that one
    cite=0,2                cite these documents of the request, counted from 0
    refusal                 stop with `refusal`, without output unless output-tokens is given
    cut-after=3             close the connection after so many SSE events; of a JSON body, half is sent
    sse-error=2             send an SSE `error` event after so many events, and end
    thread=NAME             the conversation that the request goes on with, for the ledger's reason of a cache miss;
                            SITE/NAME says at which call site it is too
    outcome=expired         of a request of a batch: what becomes of it, `expired` or `canceled`
    usage={"...": ...}      report this usage, word for word. A stream reports in message_start what the API
                            reports there, with a placeholder for output_tokens, the rest in message_delta
"""

from __future__ import annotations

import json
import math
import threading
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from otel_claude.simulator.errors import ERROR_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

HEADER: Final = "x-simulate"
ANSWER: Final = 200
THINKING_TOKENS: Final = 16
LONGEST_DELAY: Final = 60.0
"""Seconds."""

OUTCOMES: Final = ("canceled", "expired")
"""What can become of a request of a batch that does not run. One that runs succeeds, or ends in an `error`."""


@dataclass(frozen=True, slots=True)
class Directives:
    """The choices for one answer. What is `None` or empty was left to the endpoint."""

    errors: tuple[int, ...] = ()
    retry_after: float | None = None
    delay: float = 0.0
    tokens_per_second: float | None = None
    output_tokens: int | None = None
    thinking_tokens: int | None = None
    tool_use: str | None = None
    """The name of the tool to call; empty for the first one."""

    cited: tuple[int, ...] = ()
    refusal: bool = False
    cut_after: int | None = None
    sse_error: int | None = None
    usage: dict[str, Any] | None = None
    thread: str = ""
    outcome: str | None = None

    def status(self, attempt: int) -> int:
        """The status for attempt number `attempt` of a request, counted from 0."""
        return self.errors[min(attempt, len(self.errors) - 1)] if self.errors else ANSWER


def parse(text: str) -> Directives:
    """The directives that `text` spells.

    Raises:
        ValueError: `text` has an unknown directive or a value that is none; the message names it.
    """
    values: dict[str, Any] = {}
    for name, value in _split(text):
        if name not in _READERS:
            raise ValueError(f"unknown directive {name!r}; known are {', '.join(sorted(_READERS))}")
        field, read = _READERS[name]
        if field in values:
            raise ValueError(f"directive {name!r} is given twice")
        try:
            values[field] = read(value)
        except ValueError as error:
            raise ValueError(f"directive {name!r}: {error}") from None
    if "cut_after" in values and "sse_error" in values:
        raise ValueError("directives 'cut-after' and 'sse-error' exclude each other")
    return Directives(**values)


class Script:
    """The directives for the next requests, in order. Thread-safe."""

    def __init__(self) -> None:
        self._next: deque[Directives] = deque()
        self._lock = threading.Lock()

    def extend(self, texts: Iterable[str]) -> int:
        """Add `texts` at the end, all or none of them, and return how many requests the script now covers.

        Raises:
            ValueError: a text is not a legal list of directives.
        """
        added = [one for text in texts for one in _one_each(parse(text))]
        with self._lock:
            self._next.extend(added)
            return len(self._next)

    def take(self) -> Directives:
        """The directives for the request that comes now."""
        with self._lock:
            return self._next.popleft() if self._next else Directives()


def _one_each(directives: Directives) -> list[Directives]:
    return [replace(directives, errors=(status,)) for status in directives.errors] or [directives]


def _split(text: str) -> Iterable[tuple[str, str | None]]:
    """Name and value of each directive. JSON is read as JSON, so it may contain `;`."""
    rest = text.strip().lstrip("; ")
    while rest:
        head, equals, tail = rest.partition("=")
        if equals and head.strip() == "usage":
            try:
                _, end = json.JSONDecoder().raw_decode(tail.lstrip())
            except ValueError as error:
                raise ValueError(f"directive 'usage': not JSON: {error}") from None
            end += len(tail) - len(tail.lstrip())
            value, rest = tail[:end], tail[end:].strip()
            if rest and not rest.startswith(";"):
                raise ValueError(f"directive 'usage': expected ';' before {rest!r}")
            yield "usage", value
        else:
            one, _, rest = rest.partition(";")
            name, equals, value = one.partition("=")
            yield name.strip(), value.strip() if equals else None
        rest = rest.strip().lstrip("; ")


def _flag(value: str | None) -> bool:
    if value is not None:
        raise ValueError("takes no value")
    return True


def _count(value: str | None) -> int:
    if value is None or not value.isascii() or not value.isdigit():
        raise ValueError(f"expected a number of 0 or more, not {value!r}")
    return int(value)


def _thinking(value: str | None) -> int:
    return THINKING_TOKENS if value is None else _count(value)


def _positive(value: str | None) -> float:
    try:
        number = float(value or "")
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and number > 0):
        raise ValueError(f"expected a number above 0, not {value!r}")
    return number


def _delay(value: str | None) -> float:
    seconds = _positive(value)
    if seconds > LONGEST_DELAY:
        raise ValueError(f"at most {LONGEST_DELAY:.0f} seconds")
    return seconds


def _statuses(value: str | None) -> tuple[int, ...]:
    statuses = tuple(_count(each.strip()) for each in (value or "").split(","))
    for status in statuses:
        if status != ANSWER and status not in ERROR_TYPES:
            raise ValueError(f"no status {status}; known are 200, {', '.join(map(str, ERROR_TYPES))}")
    return statuses


def _indices(value: str | None) -> tuple[int, ...]:
    return tuple(_count(each.strip()) for each in (value or "").split(","))


def _usage(value: str | None) -> dict[str, Any]:
    usage = json.loads(value or "null")
    if not isinstance(usage, dict):
        raise ValueError("expected a JSON object")  # noqa: TRY004
    return usage


def _outcome(value: str | None) -> str:
    if value not in OUTCOMES:
        raise ValueError(f"expected {' or '.join(OUTCOMES)}, not {value!r}")
    return value


def _name(value: str | None) -> str:
    return value or ""


_READERS: Final[dict[str, tuple[str, Callable[[str | None], Any]]]] = {
    "error": ("errors", _statuses),
    "retry-after": ("retry_after", _positive),
    "delay": ("delay", _delay),
    "tokens-per-second": ("tokens_per_second", _positive),
    "output-tokens": ("output_tokens", _count),
    "thinking": ("thinking_tokens", _thinking),
    "tool-use": ("tool_use", _name),
    "cite": ("cited", _indices),
    "refusal": ("refusal", _flag),
    "cut-after": ("cut_after", _count),
    "sse-error": ("sse_error", _count),
    "usage": ("usage", _usage),
    "thread": ("thread", _name),
    "outcome": ("outcome", _outcome),
}
"""Each directive with the field that it sets and the reader of its value."""
