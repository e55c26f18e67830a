"""What the Messages API and the SDK do with a request, beyond what differs by model: one dated table a fact.

Checked on 2026-11-20 against platform.claude.com (pages on prompt caching, batches and the Messages API, copies of
2026-08-22 to 2026-11-09) and the anthropic SDK 2.11.
"""

from __future__ import annotations

from datetime import date
from typing import Final

MAX_BREAKPOINTS: Final = 4
"""More breakpoints than this in one request are answered with 400. The top-level `cache_control` counts as one."""

CACHE_SECONDS: Final = {"5m": 300, "1h": 3600}
"""How long a cache entry lives after its last use, by TTL."""

WRITE_MULTIPLIER: Final = {"5m": "1.25", "1h": "2"}
"""What a cache write costs, in input prices."""

UNCACHEABLE_KINDS: Final = frozenset({"thinking", "redacted_thinking"})
"""Types of content blocks that cannot have a breakpoint of their own."""

OBSOLETE_BETAS: Final = {
    "prompt-caching-2024-07-31": "prompt caching",
    "extended-cache-ttl-2025-04-11": "the 1-hour cache",
    "cache-diagnosis-2026-04-07": "cache diagnostics",
    "message-batches-2024-09-24": "batches",
    "pdfs-2024-09-25": "PDF input",
    "token-counting-2024-11-01": "token counting",
}
"""Beta headers of what needs none any more."""

SAMPLING: Final = ("temperature", "top_p", "top_k")
"""Arguments that the SDK dropped in 1.0 (2026-08-20), and that API version 2026-10-21 answers with 400."""

SDK_WITHOUT_SAMPLING: Final = date(2026, 8, 20)
"""The day of SDK 1.0. A request for a later model is made by code that was written after it."""

INVALIDATES: Final = {
    "model": "everything",
    "tools": "everything",
    "system": "the system prompt and the messages",
    "speed": "the system prompt and the messages",
    "tool_choice": "the messages",
    "thinking": "the messages, on some models everything",
    "output_config": "the messages",
}
"""Which of what is cached is lost when an argument changes from one call to the next."""
