"""What this process remembers of the prompts of earlier calls: digests and numbers, within a bound.

A *scope* is whose cache it is: an endpoint with a set of credentials. An *entry* is a prefix that was written or read
at a breakpoint of ours. A *trace* is one request as far as a later one can be compared with it. They are found by the
line of code that made the call, and there by the first block of the messages, which is what a conversation keeps.

Readers wait for nothing. Writing is for one thread at a time, which `otel_claude.backlog` sees to. Processes do not
share what they remember, not even on one machine: where another may have written, nothing is known.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final, NamedTuple

from otel_claude.cache.bounded import Bounded
from otel_claude.cache.digests import SIZE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otel_claude.cache.prompt import Prompt

ENTRIES: Final = 8192
TRACE_BYTES: Final = 1_000_000
SCOPES: Final = 256
SITE_TRACES: Final = 8
"""How many of a call site's last requests are remembered."""

LONGEST_TRACE: Final = 4096
"""Blocks of a request that are remembered. What comes after them is compared with nothing."""

SHORT: Final = 8
"""Bytes of a digest that a trace keeps."""

OTHERS_NS: Final = 3600 * 10**9
"""How long a sign of another writer holds that may be an earlier run of the program: as long as an entry can live."""

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


class Trace(NamedTuple):
    """One request that was answered."""

    model: str
    digests: bytes
    """`SHORT` bytes a block."""

    system_at: int
    messages_at: int
    parameters: Mapping[str, bytes]
    last: int
    """The index of the last block that an entry ends with, or -1 where it has none."""

    at_ns: int
    expires_ns: int

    @property
    def blocks(self) -> int:
        return len(self.digests) // SHORT

    @property
    def weight(self) -> int:
        """About the bytes that it takes."""
        return len(self.digests) + 400


def trace_of(prompt: Prompt, last: int, at_ns: int, ttl_ns: int) -> Trace:
    """What is kept of a request whose longest entry ends with block `last`."""
    digests = b"".join(digest[:SHORT] for digest in prompt.digests[:LONGEST_TRACE])
    return Trace(
        prompt.model,
        digests,
        prompt.system_at,
        prompt.messages_at,
        prompt.parameters,
        last,
        at_ns,
        at_ns + ttl_ns,
    )


class Knowledge:
    """Everything that is remembered."""

    def __init__(self) -> None:
        self._entries: Bounded[bytes, Entry] = Bounded(ENTRIES)
        self._conversations: Bounded[tuple[bytes, object, bytes | None], Trace] = Bounded(TRACE_BYTES)
        self._sites: Bounded[tuple[bytes, object], tuple[Trace, ...]] = Bounded(TRACE_BYTES)
        self._began: Bounded[bytes, int] = Bounded(SCOPES)
        self._others: Bounded[bytes, float] = Bounded(SCOPES)

    def entry(self, scope: bytes, prefix: bytes) -> Entry | None:
        """The entry of a prefix, also one that has expired."""
        return self._entries.get(scope + prefix)

    def traces(self, scope: bytes, site: object) -> tuple[Trace, ...]:
        """The last requests of a call site, the newest first."""
        return self._sites.get((scope, site)) or ()

    def conversation(self, scope: bytes, site: object, conversation: bytes | None) -> Trace | None:
        """The last request of a conversation at a call site."""
        return self._conversations.get((scope, site, conversation))

    def saw_others(self, scope: bytes, at_ns: int) -> bool:
        """Whether others are known to write, from what was read."""
        return at_ns < (self._others.get(scope) or 0)

    def put_entry(self, scope: bytes, prefix: bytes, entry: Entry) -> None:
        self._entries.put(scope + prefix, entry)

    def put_trace(self, scope: bytes, site: object, conversation: bytes | None, trace: Trace) -> None:
        self._conversations.put((scope, site, conversation), trace, trace.weight)
        earlier = self._sites.get((scope, site)) or ()
        kept = (trace, *earlier[: SITE_TRACES - 1])
        self._sites.put((scope, site), kept, trace.weight)

    def put_others(self, scope: bytes, at_ns: int, ttl_ns: int) -> None:
        """Something was read that lives for `ttl_ns`, and that this process knows no writer of.

        While an earlier run's entries may be there, that is a passing sign. Later it is a sign for good.
        """
        began = self._began.get(scope)
        is_for_good = began is not None and at_ns - began > ttl_ns
        until = max(self._others.get(scope) or 0, inf if is_for_good else at_ns + OTHERS_NS)
        self._others.put(scope, until)

    def put_call(self, scope: bytes, at_ns: int) -> None:
        """There was a call."""
        self._began.put(scope, self._began.get(scope) or at_ns)

    def __len__(self) -> int:
        return len(self._entries) + len(self._conversations) + len(self._sites) + len(self._others)


def conversation_of(prompt: Prompt) -> bytes | None:
    """What a conversation is known by: the digest of its first block."""
    at = prompt.messages_at
    return prompt.digests[at][:SIZE] if at < len(prompt.digests) else None
