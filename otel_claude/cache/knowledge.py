"""What this process remembers of the prompts of earlier calls: digests and numbers, within a bound.

A *scope* is whose cache it is: an endpoint with a set of credentials. An *entry* is a prefix that was written or read
at a breakpoint of ours. A *trace* is one request as far as a later one can be compared with it. They are found by the
line of code that made the call, and there by the first block of the messages and by the last turn: what changes between
two requests of a conversation mostly leaves one of these as it was.

Readers wait for nothing. Writing is for one thread at a time, which `otel_claude.backlog` sees to. Processes do not
share what they remember, not even on one machine: where another may have written, nothing is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from otel_claude.cache.bounded import Bounded
from otel_claude.cache.digests import SIZE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence, Sized

    from otel_claude.cache.prompt import Prompt

ENTRIES: Final = 8192
TRACE_BYTES: Final = 1_000_000
SCOPES: Final = 256
SITE_TRACES: Final = 8
"""How many of a call site's last requests are remembered."""

MOST_VARIATIONS: Final = 4096
"""Call sites of which it is remembered whether their prefixes come back."""

LONGEST_TRACE: Final = 4096
"""Blocks of a request that are remembered. What comes after them is compared with nothing."""

SHORT: Final = 8
"""Bytes of a digest that a trace keeps."""

SIGN_NS: Final = 3600 * 10**9
SIGN_CALLS: Final = 10
"""How long a sign of another writer holds that may be an earlier run of the program: as long as an entry can live, and
until there were so many calls without another."""

COUNTED: Final = 1.005
ESTIMATED: Final = 1.5
"""By which factor the lengths of an entry may differ between two calls. Characters are a poor measure of tokens."""


class Entry(NamedTuple):
    """A prefix that can be read. Times are nanoseconds since the epoch."""

    ttl_ns: int
    expires_ns: int
    readable_ns: int
    """When it was known to be there: the end of the call that wrote it."""

    tokens: float
    """Its length."""

    is_exact: bool
    """Whether that was counted, as of the last breakpoint of a call. Else it is by the share of the characters."""

    def is_of(self, tokens: int) -> bool:
        """Whether a read of so many tokens can be one of this entry."""
        slack = COUNTED if self.is_exact else ESTIMATED
        return self.tokens <= tokens * slack and tokens <= self.tokens * slack


class Sign(NamedTuple):
    """A sign of another writer: when it was, in nanoseconds since the epoch, and at which call."""

    at_ns: int
    call: int
    is_for_good: bool = False


class Seen(NamedTuple):
    """What the calls of a scope have shown of other writers."""

    began_ns: int
    calls: int = 0
    read: Sign | None = None
    """Something was read that nobody here wrote."""

    resumed: Sign | None = None
    """A conversation was new here and had an answer in it."""

    def holds(self, sign: Sign | None, at_ns: int) -> bool:
        """Whether a sign has not passed."""
        if sign is None:
            return False
        return sign.is_for_good or at_ns - sign.at_ns < SIGN_NS or self.calls - sign.call < SIGN_CALLS


class Trace(NamedTuple):
    """One request that was answered."""

    model: str
    digests: bytes
    """`SHORT` bytes a block."""

    system_at: int
    messages_at: int
    parameters: Mapping[str, bytes]
    turn: bytes
    """The digests of the last turn of the conversation."""

    is_opening: bool
    """Whether that is its first one."""

    last: int
    """The index of the last block that an entry ends with, or -1 where there is no entry."""

    at_ns: int
    expires_ns: int
    is_shared: bool = False
    """Whether it is an opening that came with several models, tools or system prompts: it tells no conversation."""

    @property
    def head(self) -> tuple[str, bytes]:
        """What comes before the messages."""
        return self.model, self.digests[: self.messages_at * SHORT]

    @property
    def blocks(self) -> int:
        return len(self.digests) // SHORT

    @property
    def weight(self) -> int:
        """About the bytes that it takes."""
        return len(self.digests) + len(self.turn) + 500


def trace_of(prompt: Prompt, last: int, at_ns: int, ttl_ns: int) -> Trace:
    """What is kept of a request whose longest entry ends with block `last`."""
    return Trace(
        prompt.model,
        _short(prompt.digests[:LONGEST_TRACE]),
        prompt.system_at,
        prompt.messages_at,
        prompt.parameters,
        _short(prompt.digests[prompt.turns[-2] : prompt.turns[-1]][:LONGEST_TRACE]),
        not prompt.is_continued,
        last,
        at_ns,
        at_ns + ttl_ns,
    )


def _short(digests: Sequence[bytes]) -> bytes:
    return b"".join(digest[:SHORT] for digest in digests)


class Knowledge:
    """Everything that is remembered."""

    def __init__(self) -> None:
        self._entries: Bounded[bytes, Entry] = Bounded(ENTRIES)
        self._conversations: Bounded[tuple[bytes, object, bytes | None], Trace] = Bounded(TRACE_BYTES)
        self._sites: Bounded[tuple[bytes, object], tuple[Trace, ...]] = Bounded(TRACE_BYTES)
        self._variations: Bounded[tuple[bytes, object], tuple[str, int]] = Bounded(MOST_VARIATIONS)
        self._seen: Bounded[bytes, Seen] = Bounded(SCOPES)

    def entry(self, scope: bytes, prefix: bytes) -> Entry | None:
        """The entry of a prefix, also one that has expired."""
        return self._entries.get(scope + prefix)

    def traces(self, scope: bytes, site: object) -> tuple[Trace, ...]:
        """The last requests of a call site that have an entry, the newest first."""
        return self._sites.get((scope, site)) or ()

    def conversation(self, scope: bytes, site: object, conversation: bytes | None) -> Trace | None:
        """The last request at a call site of the conversation that has this opening block."""
        return self._conversations.get((scope, site, conversation))

    def previous(self, scope: bytes, site: object, answered: bytes | None) -> Trace | None:
        """The request at a call site whose last turn was that which `answered_of` says of a later one."""
        return None if answered is None else self._conversations.get((scope, site, answered))

    def variations(self, scope: bytes, site: object, place: str) -> int:
        """How many of a call site's requests in a row were new from `place` on: unlike its last ones, and unlike all
        that is remembered of what was written before."""
        found, count = self._variations.get((scope, site)) or ("", 0)
        return count if found == place else 0

    def reads_of_others(self, scope: bytes, at_ns: int) -> bool:
        """Whether others are likely to write, as something was read that nobody here wrote."""
        seen = self._seen.get(scope)
        return seen is not None and seen.holds(seen.read, at_ns)

    def answers_of_others(self, scope: bytes, at_ns: int) -> bool:
        """Whether a conversation came up of late that was new here and had an answer in it."""
        seen = self._seen.get(scope)
        return seen is not None and seen.holds(seen.resumed, at_ns)

    def put_entry(self, scope: bytes, prefix: bytes, entry: Entry) -> None:
        self._entries.put(scope + prefix, entry)

    def put_trace(self, scope: bytes, site: object, conversation: bytes | None, trace: Trace) -> None:
        if trace.is_opening:
            opened = self._conversations.get((scope, site, trace.turn))
            if opened is not None and (opened.is_shared or opened.head != trace.head):
                trace = trace._replace(is_shared=True)
        self._conversations.put((scope, site, conversation), trace, trace.weight)
        self._conversations.put((scope, site, trace.turn), trace, 0)
        if trace.last >= 0:
            earlier = self._sites.get((scope, site)) or ()
            kept = (trace, *earlier[: SITE_TRACES - 1])
            self._sites.put((scope, site), kept, trace.weight)

    def put_variation(self, scope: bytes, site: object, place: str | None) -> None:
        """The last request of a call site was new from `place` on, or `None`: it was not new."""
        if place is not None:
            self._variations.put((scope, site), (place, self.variations(scope, site, place) + 1))
        elif self._variations.get((scope, site)) is not None:
            self._variations.put((scope, site), ("", 0))

    def put_call(self, scope: bytes, at_ns: int, *, read_ttl_ns: int = 0, is_resumed: bool = False) -> None:
        """There was a call. It may have signs of another writer: it read something that lives for `read_ttl_ns` and
        that this process knows no writer of, or its conversation was new here and had an answer in it.

        While an earlier run's entries may be there, reading is a sign that passes. Later it is one for good.
        """
        seen = self._seen.get(scope) or Seen(at_ns)
        seen = seen._replace(calls=seen.calls + 1)
        if read_ttl_ns and (seen.read is None or not seen.read.is_for_good):
            seen = seen._replace(read=Sign(at_ns, seen.calls, at_ns - seen.began_ns > read_ttl_ns))
        if is_resumed:
            seen = seen._replace(resumed=Sign(at_ns, seen.calls))
        self._seen.put(scope, seen)

    def __len__(self) -> int:
        kept: tuple[Sized, ...] = (
            self._entries,
            self._conversations,
            self._sites,
            self._variations,
            self._seen,
        )
        return sum(len(each) for each in kept)


def conversation_of(prompt: Prompt) -> bytes | None:
    """What a conversation is known by: the digest of its first block."""
    at = prompt.messages_at
    return prompt.digests[at][:SIZE] if at < len(prompt.digests) else None


def answered_of(prompt: Prompt) -> bytes | None:
    """What the request before this one in its conversation is known by: the last turn that was answered."""
    return _short(prompt.digests[prompt.turns[-3] : prompt.turns[-2]]) if prompt.is_continued else None
