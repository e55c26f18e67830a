"""Follows calls, to say of each what the cache did for it and why not more.

A call that continues a message thread sends only what is new, so of it only what its usage says is told. A call
without breakpoints costs a look over its blocks. Of one with breakpoints the digests are made when it starts,
before the application can change what it sent; the rest is done when it settles. Nothing is waited for.
"""

from __future__ import annotations

import os
import sys
import threading
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from otel_claude import attributes as names
from otel_claude import models
from otel_claude.audit import NO_EVENTS
from otel_claude.backlog import Backlog
from otel_claude.cache import prompt as prompts
from otel_claude.cache.bounded import Bounded
from otel_claude.cache.decision import Finding, Question, explain, known_hit
from otel_claude.cache.digests import Digester, UnreadableError
from otel_claude.cache.knowledge import SCOPES, Entry, Knowledge, conversation_of, trace_of
from otel_claude.cache.status import (
    UNREAD,
    cache_attributes,
    first_counts,
    said_by_api,
    status,
    watch_without_breakpoints,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from opentelemetry.util.types import AttributeValue

    from otel_claude.audit import CallOutcome, CallStart
    from otel_claude.cache.prompt import Prompt
    from otel_claude.cache.status import Explanation, UsageWatch

UNKNOWN_MINIMUM: Final = 1024
"""Tokens, for a model that is not known."""

CREDENTIALS: Final = (
    "base_url",
    "api_key",
    "auth_token",
    "workspace_id",
    "aws_region",
    "region",
    "project_id",
)
"""What of a client tells whose cache it is. Of secrets nothing but a keyed digest is kept."""

SIBLINGS: Final[Mapping[str, Callable[[str], bool]]] = {
    "WEB_CONCURRENCY": lambda value: value.isdigit() and int(value) > 1,
    "SERVER_SOFTWARE": lambda value: value.startswith("gunicorn"),
    "UWSGI_ORIGINAL_PROC_NAME": bool,
    "FORKED_BY_MULTIPROCESSING": bool,
    "AWS_LAMBDA_FUNCTION_NAME": bool,
    "K_SERVICE": bool,
    "KUBERNETES_SERVICE_HOST": bool,
}
"""Variables of the environment that a process has which is, or is likely, one of several: of gunicorn, uWSGI, Celery,
AWS Lambda, Cloud Run, Kubernetes, and of whoever sets the common variable for the number of workers."""


class CacheAudit:
    """The audit. `key` makes the key of the digests, when the first call with a breakpoint starts."""

    def __init__(self, key: Callable[[], bytes], pid: int | None = None) -> None:
        """`pid` is that of the process that was instrumented; by default, this one."""
        self._make_key = key
        self._digester: Digester | None = None
        self._making = threading.Lock()
        self._pid = os.getpid() if pid is None else pid
        self._is_worker = is_worker()
        self._scopes: Bounded[int, tuple[weakref.ref[Any], int, bytes]] = Bounded(SCOPES)
        self.knowledge: Final = Knowledge()
        self._backlog: Backlog[_Settled] = Backlog(self._learn_from)

    def begin(self, start: CallStart) -> UsageWatch | PromptWatch:
        """A watch over the call that starts."""
        return watch_without_breakpoints(start.body) or self.look(start)

    def look(self, start: CallStart) -> UsageWatch | PromptWatch:
        """A watch over the call that starts, which has a breakpoint."""
        try:
            digester = self._digester or self._made_digester()
            prompt = prompts.read(start.body, digester)
            scope = self._scope(start.client, digester)
        except UnreadableError:
            return UNREAD
        if not prompt.marks:
            return UNREAD
        return PromptWatch(self, prompt, scope, start)

    @property
    def has_siblings(self) -> bool:
        """Whether the process is, or is likely, one of several that run the same program."""
        return self._is_worker or os.getpid() != self._pid

    def settled(self, question: Question, ended_ns: int) -> Explanation | None:
        """Why the call missed, and has what it shows remembered."""
        hit = known_hit(question, self.knowledge)
        found = explain(question, self.knowledge, hit)
        self._backlog.append(_Settled(question, hit, found, ended_ns))
        self._backlog.drain()
        return found.explanation

    def _scope(self, client: Any, digester: Digester) -> bytes:
        """Whose cache `client` uses. It is remembered for as long as the client has the same key."""
        secret = hash((getattr(client, "api_key", None), getattr(client, "auth_token", None)))
        known = self._scopes.get(id(client))
        if known is not None and known[0]() is client and known[1] == secret:
            return known[2]
        scope = digester.of_text(_credentials(client))
        with suppress(TypeError):  # a class that forbids references like that
            self._scopes.put(id(client), (weakref.ref(client), secret, scope))
        return scope

    def _made_digester(self) -> Digester:
        # Two threads may make one each; the first that is there is everybody's.
        made = Digester(self._make_key())
        if self._making.acquire(blocking=False):
            try:
                self._digester = self._digester or made
            finally:
                self._making.release()
        return self._digester or made

    def _learn_from(self, settled: Iterable[_Settled]) -> None:
        for each in settled:
            self._learn(each)

    def _learn(self, settled: _Settled) -> None:
        question, hit, found, ended_ns = settled
        known = self.knowledge
        prompt, scope, at = question.prompt, question.scope, question.at_ns
        is_of_others = question.read and hit is None
        read_ttl_ns = max(mark.ttl_ns for mark in prompt.marks) if is_of_others else 0
        known.put_call(scope, at, read_ttl_ns=read_ttl_ns, is_resumed=found.is_resumed)
        ends = {mark.block: mark.ttl_ns for mark in prompt.marks}
        if hit is not None:
            ends.setdefault(hit, 0)
        last, life_ns = -1, 0
        for index, ttl_ns in sorted(ends.items()):
            tokens = question.tokens(index)
            earlier = known.entry(scope, prompt.chain[index])
            is_read = tokens <= question.read if hit is None else index <= hit
            if tokens < question.minimum or (is_read and earlier is None and hit is not None):
                continue
            is_exact = index == prompt.last
            entry = Entry(ttl_ns, at + ttl_ns, ended_ns, tokens, is_exact)
            if earlier is not None and (is_read or earlier.expires_ns > at):
                entry = Entry(
                    earlier.ttl_ns,
                    max(earlier.expires_ns, at + earlier.ttl_ns),
                    min(earlier.readable_ns, ended_ns),
                    tokens if is_exact else earlier.tokens,
                    is_exact or earlier.is_exact,
                )
            known.put_entry(scope, prompt.chain[index], entry)
            last, life_ns = index, entry.expires_ns - at
        known.put_variation(scope, question.site, found.new_from)
        known.put_trace(scope, question.site, question.conversation, trace_of(prompt, last, at, life_ns))


class _Settled(NamedTuple):
    """An answered call, to be learned from."""

    question: Question
    hit: int | None
    found: Finding
    ended_ns: int


class PromptWatch:
    """Over a call with breakpoints."""

    __slots__ = ("_at_ns", "_audit", "_found", "_prompt", "_scope", "_site")

    events = NO_EVENTS

    def __init__(self, audit: CacheAudit, prompt: Prompt, scope: bytes, start: CallStart) -> None:
        self._audit = audit
        self._prompt = prompt
        self._scope = scope
        self._site = start.site
        self._at_ns = start.at_ns
        self._found: Mapping[str, AttributeValue] = {}

    def settle(self, outcome: CallOutcome) -> None:
        """Has what the outcome shows remembered: the next call may depend on it."""
        if outcome.usage is None:
            return
        prompt = self._prompt
        read, written = first_counts(outcome.usage)
        question = Question(
            prompt=prompt,
            scope=self._scope,
            site=self._site,
            conversation=conversation_of(prompt),
            at_ns=self._at_ns,
            read=read,
            written=written,
            minimum=_minimum(prompt.model),
            has_siblings=self._audit.has_siblings,
        )
        inferred = self._audit.settled(question, self._at_ns + int(outcome.duration_s * 1e9))
        said = said_by_api(outcome.diagnosis, inferred) if written else None
        found = status(read, written, has_breakpoints=True)
        self._found = {**cache_attributes(found, said, inferred), names.CACHE_PREFIX: prompt.prefix}
        del self._prompt

    def attributes(self, outcome: CallOutcome) -> Mapping[str, AttributeValue]:  # noqa: ARG002
        return self._found


def is_worker() -> bool:
    """Whether the process was started as one of several, as far as it can tell."""
    processes = sys.modules.get("multiprocessing.process")
    if processes is not None and processes.parent_process() is not None:
        return True
    return any(says(os.environ.get(name, "")) for name, says in SIBLINGS.items())


def _minimum(model: str) -> int:
    found = models.find(model)
    return UNKNOWN_MINIMUM if found is None else found.min_cacheable_tokens or UNKNOWN_MINIMUM


def _credentials(client: Any) -> str:
    """What tells whose cache a client uses, as one text."""
    values = (getattr(client, name, None) for name in CREDENTIALS)
    return "\n".join([client.__class__.__name__.removeprefix("Async"), *map(str, values)])
