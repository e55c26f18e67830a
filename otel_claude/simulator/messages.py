"""The Messages endpoint without HTTP: a request's headers and body in, a reply out.

A *reply* is a message and how it is to be sent. Token counts are estimates (see tokens), caching is that of
the module cache, the conversations that are held are those of the module threads, answers are those of the
module answers, and directives (see script) can change each of them.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from otel_claude import models
from otel_claude.simulator import prompt, validation
from otel_claude.simulator.answers import Answer, answer
from otel_claude.simulator.cache import Lookup, PrefixCache
from otel_claude.simulator.errors import ApiError, invalid
from otel_claude.simulator.ledger import Call, Ledger
from otel_claude.simulator.misses import Asked, Miss, Misses
from otel_claude.simulator.script import ANSWER, HEADER, Directives, Script, parse
from otel_claude.simulator.threads import Threads

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from otel_claude.simulator.clock import Clock

ServiceTier = Literal["standard", "batch"]

DEFAULT_OUTPUT_TOKENS: Final = 24
CREDENTIALS: Final = frozenset({"authorization", "x-api-key", "cookie", "proxy-authorization"})
ATTEMPT: Final = "x-stainless-retry-count"
SPEED_IGNORED: Final = frozenset({"claude-opus-4-6"})
"""Models that accept `speed: fast` and run at standard speed. [Claude docs, since 2026-06-29]"""


@dataclass(frozen=True, slots=True)
class Reply:
    """A message, and how it is to be sent."""

    message: dict[str, Any]
    stream: bool
    tokens_per_second: float | None
    cut_after: int | None
    sse_error: int | None


@dataclass(frozen=True, slots=True)
class Workspace:
    """What requests of one workspace share."""

    cache: PrefixCache = field(default_factory=PrefixCache)
    misses: Misses = field(default_factory=Misses)
    threads: Threads = field(default_factory=Threads)


class Messages:
    """The state of one endpoint. Thread-safe.

    Args:
        clock: The time that cache entries live by.
        output_tokens: The length of an answer in prose, where no directive gives one.
        tokens_per_second: The rate of output, where no directive gives one; `None` is as fast as it goes.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        output_tokens: int = DEFAULT_OUTPUT_TOKENS,
        tokens_per_second: float | None = None,
    ) -> None:
        self.clock = clock
        self.ledger = Ledger()
        self.script = Script()
        self._output_tokens = output_tokens
        self._tokens_per_second = tokens_per_second
        self._workspaces: dict[str, Workspace] = {}
        self._lock = threading.Lock()
        self._served = 0

    def create(
        self,
        headers: Mapping[str, str],
        body: dict[str, Any],
        request_id: str,
        *,
        directives: Directives | None = None,
        service_tier: ServiceTier = "standard",
    ) -> Reply:
        """Answer a request for a message; `headers` have lower-case names. Sleeps where a delay is asked for.

        `directives` are those of the request, where they were taken already. `service_tier` is that of the usage.

        Raises:
            ApiError: the request is refused, for what it is or because a directive says so.
        """
        at = self.clock.now()
        try:
            return self._create(headers, body, request_id, at, directives, service_tier)
        except ApiError as error:
            self._record(headers, body, request_id, at, status=error.status, ended="error")
            raise

    def count_tokens(self, headers: Mapping[str, str], body: dict[str, Any]) -> dict[str, int]:
        """The estimate for the prompt of `body`, which is what a request for a message would be charged for.

        Raises:
            ApiError: the request is refused.
        """
        validation.check_headers(headers)
        validation.check_prompt(body)
        return {"input_tokens": sum(block.tokens for block in prompt.read(body))}

    def _create(
        self,
        headers: Mapping[str, str],
        body: dict[str, Any],
        request_id: str,
        at: datetime,
        taken: Directives | None,
        service_tier: ServiceTier,
    ) -> Reply:
        validation.check_headers(headers)
        directives = taken or self.directives(headers)
        status = directives.status(_attempt(headers))
        if status != ANSWER:
            time.sleep(directives.delay)
            after = {"retry-after": f"{directives.retry_after:g}"} if directives.retry_after else None
            raise ApiError(status, f"status {status}, as the caller chose", headers=after)

        with self._lock:
            workspace = self._workspaces.setdefault(_workspace(headers), Workspace())
            body = workspace.threads.whole(body, at)
        validation.check_message(body, headers["anthropic-version"])
        stream = bool(body.get("stream"))
        if directives.sse_error is not None and not stream:
            raise invalid(f"{HEADER}: 'sse-error' needs a request with stream")
        blocks = prompt.read(body)
        with self._lock:
            self._served += 1
            serial = self._served
        said = answer(
            body, directives, default_tokens=self._output_tokens, tool_use_id=f"toolu_simulated_{serial:06d}"
        )
        message_id = f"msg_simulated_{serial:06d}"
        with self._lock:
            lookup = workspace.cache.look_up(body, blocks, at)
            asked = Asked(body, blocks, lookup)
            miss = workspace.misses.of(asked, directives.thread, workspace.cache)
            diagnostics = workspace.misses.diagnostics(asked, body.get("diagnostics"), message_id)
        time.sleep(directives.delay)
        with self._lock:
            workspace.cache.write(lookup)

        usage = directives.usage
        if usage is None:
            usage = _usage(body, lookup, said, service_tier)
        message = {**_message(body, said, usage, message_id), "diagnostics": diagnostics}
        with self._lock:
            workspace.threads.keep(body, message, at)
        ended: Literal["whole", "cut", "error"] = "whole"
        if directives.cut_after is not None:
            ended = "cut"
        elif directives.sse_error is not None:
            ended = "error"
        self._record(headers, body, request_id, at, status=ANSWER, ended=ended, message=message, miss=miss)
        rate = directives.tokens_per_second or self._tokens_per_second
        return Reply(message, stream, rate, directives.cut_after, directives.sse_error)

    def directives(self, headers: Mapping[str, str]) -> Directives:
        """The directives for the request that comes now: those of its header, or the next of the script.

        Raises:
            ApiError: 400, the header has none that are legal.
        """
        given = headers.get(HEADER)
        if given is None:
            return self.script.take()
        try:
            return parse(given)
        except ValueError as error:
            raise invalid(f"{HEADER}: {error}") from None

    def _record(
        self,
        headers: Mapping[str, str],
        body: Mapping[str, Any],
        request_id: str,
        at: datetime,
        *,
        status: int,
        ended: Literal["whole", "cut", "error"],
        message: Mapping[str, Any] | None = None,
        miss: Miss | None = None,
    ) -> None:
        model = body.get("model")
        self.ledger.add(
            Call(
                request_id=request_id,
                id=message["id"] if message else None,
                model=model if isinstance(model, str) else None,
                status=status,
                usage=message["usage"] if message else None,
                stop_reason=message["stop_reason"] if message else None,
                at=at,
                stream=bool(body.get("stream")),
                ended=ended,
                headers={name: value for name, value in headers.items() if name not in CREDENTIALS},
                miss=miss,
            )
        )


def _workspace(headers: Mapping[str, str]) -> str:
    """Whose cache a request uses: that of the workspace it names, else of its credentials."""
    named = headers.get("anthropic-workspace-id")
    return named or headers.get("authorization", "").removeprefix("Bearer ") or headers.get("x-api-key", "")


def _attempt(headers: Mapping[str, str]) -> int:
    given = headers.get(ATTEMPT, "0")
    return int(given) if given.isascii() and given.isdigit() else 0


def _usage(
    body: Mapping[str, Any], lookup: Lookup, said: Answer, service_tier: ServiceTier
) -> dict[str, Any]:
    model = models.find(body["model"])
    usage: dict[str, Any] = {
        "input_tokens": lookup.uncached,
        "cache_creation_input_tokens": lookup.write_5m + lookup.write_1h,
        "cache_read_input_tokens": lookup.read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": lookup.write_5m,
            "ephemeral_1h_input_tokens": lookup.write_1h,
        },
        "output_tokens": said.output_tokens,
        "service_tier": service_tier,
        "inference_geo": body.get("inference_geo") or _default_geo(model),
    }
    if body.get("speed"):
        usage["speed"] = "standard" if model and model.id in SPEED_IGNORED else body["speed"]
    if said.thinking_tokens:
        usage["output_tokens_details"] = {"thinking_tokens": said.thinking_tokens}
    return usage


def _default_geo(model: models.Model | None) -> str:
    """What the API reports for a request that names no region. [recorded responses, 2026-02 to 2026-10]"""
    return "not_available" if model and "inference_geo" in model.rejects else "global"


def _message(body: Mapping[str, Any], said: Answer, usage: dict[str, Any], message_id: str) -> dict[str, Any]:
    return {
        "id": message_id,
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": said.content,
        "container": None,
        "stop_reason": said.stop_reason,
        "stop_sequence": None,
        "stop_details": said.stop_details,
        "usage": usage,
    }
