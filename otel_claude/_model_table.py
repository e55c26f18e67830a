"""The table of Claude's models: what Anthropic documents of each, as of 2026-11-20.

Sources: platform.claude.com, pages on models, deprecations and prompt caching, copies of 2026-08-22 to
2026-11-09, and the anthropic SDK 2.10 for ids and for the limit without streaming.
"""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Final, Literal, NamedTuple

Family = Literal["fable", "mythos", "opus", "sonnet", "haiku", "claude"]
Rejection = Literal["thinking.enabled", "thinking.disabled", "tool_choice.forced", "inference_geo"]
"""What a request may say that a model answers with 400: `thinking` of type `enabled` or `disabled`, a
`tool_choice` of type `any` or `tool`, `inference_geo`."""


class Model(NamedTuple):
    """One model, or the snapshots of one that share every fact below."""

    id: str
    """The id to write today: without a date where the Claude API takes it so, which is from Claude 4 on."""

    name: str
    family: Family
    released: date | None
    """UTC, as every date here. `None` where it is not known."""

    min_cacheable_tokens: int | None
    """A shorter prefix is silently not cached. `None` where the model never had prompt caching."""

    max_output_tokens: int | None
    """`None` where it is not known."""

    aliases: tuple[str, ...] = ()
    """Every other id that the Claude API takes, or took, for it."""

    deprecated: date | None = None
    """When its retirement was announced, where that is known."""

    retires: date | None = None
    """From when on the Claude API no longer serves it, past or future. Clouds may serve it for longer."""

    replacement: str | None = None
    """The id of the current model of its line, for a model that is deprecated or retired."""

    max_nonstreaming_tokens: int = 21_333
    """The highest `max_tokens` for which the SDK makes a call without streaming and without a timeout, by the ids of
    the Claude API. Source: anthropic 2.11, `_constants.MODEL_NONSTREAMING_TOKENS`, which lists Opus 4.1 with 8,192 in
    the spellings of Bedrock and Vertex AI only."""

    rejects: frozenset[Rejection] = frozenset()
    geo_premium: bool = False
    """Whether `inference_geo: "us"` costs 1.1 times the rates: Claude 4.6 and later."""

    regional_premium: bool = False
    """Whether a cloud's regional endpoints cost 1.1 times the rates: Claude 4.5 and later."""

    @property
    def ids(self) -> tuple[str, ...]:
        """Every id that the Claude API takes, or took, for it. No other id ever existed there, even if
        `otel_claude.models.find` makes sense of it."""
        return (self.id, *self.aliases)


_OLD: Final[frozenset[Rejection]] = frozenset({"inference_geo"})
_ADAPTIVE: Final[frozenset[Rejection]] = frozenset({"thinking.enabled"})
_ALWAYS_THINKING: Final[frozenset[Rejection]] = _ADAPTIVE | {"thinking.disabled"}
_CURRENT: Final[frozenset[Rejection]] = _ALWAYS_THINKING | {"tool_choice.forced"}


_since_4_6 = partial(Model, max_output_tokens=128_000, geo_premium=True, regional_premium=True)
"""A model of Claude 4.6 or later, which has one id, without a date."""

MODELS: Final[tuple[Model, ...]] = (
    # The minimum of the 5.2 models is inferred from those of 5 and 5.1.
    _since_4_6("claude-fable-5-2", "Claude Fable 5.2", "fable", date(2026, 11, 9), 512, rejects=_CURRENT),
    _since_4_6("claude-mythos-5-2", "Claude Mythos 5.2", "mythos", date(2026, 11, 9), 512, rejects=_CURRENT),
    _since_4_6("claude-fable-5-1", "Claude Fable 5.1", "fable", date(2026, 9, 1), 512, rejects=_CURRENT),
    _since_4_6("claude-mythos-5-1", "Claude Mythos 5.1", "mythos", date(2026, 9, 1), 512, rejects=_CURRENT),
    _since_4_6("claude-fable-5", "Claude Fable 5", "fable", date(2026, 6, 9), 512, rejects=_ALWAYS_THINKING),
    _since_4_6(
        "claude-mythos-5", "Claude Mythos 5", "mythos", date(2026, 6, 9), 512, rejects=_ALWAYS_THINKING
    ),
    Model(
        "claude-mythos-preview",
        "Claude Mythos Preview",
        "mythos",
        date(2026, 4, 7),
        2048,
        None,
        retires=date(2026, 6, 30),
        replacement="claude-mythos-5-2",
        geo_premium=True,
        regional_premium=True,
    ),
    _since_4_6("claude-opus-5-5", "Claude Opus 5.5", "opus", date(2026, 9, 22), 512, rejects=_CURRENT),
    _since_4_6("claude-opus-5", "Claude Opus 5", "opus", date(2026, 7, 24), 512, rejects=_ADAPTIVE),
    _since_4_6("claude-opus-4-8", "Claude Opus 4.8", "opus", date(2026, 5, 28), 1024, rejects=_ADAPTIVE),
    _since_4_6("claude-opus-4-7", "Claude Opus 4.7", "opus", date(2026, 4, 16), 2048, rejects=_ADAPTIVE),
    _since_4_6("claude-opus-4-6", "Claude Opus 4.6", "opus", date(2026, 2, 5), 4096),
    Model(
        "claude-opus-4-5",
        "Claude Opus 4.5",
        "opus",
        date(2025, 11, 24),
        4096,
        64_000,
        aliases=("claude-opus-4-5-20251101",),
        rejects=_OLD,
        regional_premium=True,
    ),
    Model(
        "claude-opus-4-1",
        "Claude Opus 4.1",
        "opus",
        date(2025, 8, 5),
        1024,
        32_000,
        aliases=("claude-opus-4-1-20250805",),
        deprecated=date(2026, 6, 5),
        retires=date(2026, 8, 5),
        replacement="claude-opus-5-5",
        rejects=_OLD,
    ),
    Model(
        "claude-opus-4-0",
        "Claude Opus 4",
        "opus",
        date(2025, 5, 22),
        1024,
        32_000,
        aliases=("claude-opus-4-20250514", "claude-4-opus-20250514"),
        deprecated=date(2026, 4, 14),
        retires=date(2026, 6, 15),
        replacement="claude-opus-5-5",
        max_nonstreaming_tokens=8192,
        rejects=_OLD,
    ),
    Model(
        "claude-3-opus-20240229",
        "Claude Opus 3",
        "opus",
        date(2024, 2, 29),
        1024,
        4096,
        aliases=("claude-3-opus-latest",),
        deprecated=date(2025, 6, 30),
        retires=date(2026, 1, 5),
        replacement="claude-opus-5-5",
        rejects=_OLD,
    ),
    _since_4_6("claude-sonnet-5-5", "Claude Sonnet 5.5", "sonnet", date(2026, 9, 28), 512, rejects=_CURRENT),
    # Examples of the SDK send Sonnet 5 `thinking` of type `enabled`: what it refuses is not sure.
    _since_4_6("claude-sonnet-5", "Claude Sonnet 5", "sonnet", date(2026, 6, 30), 1024),
    _since_4_6("claude-sonnet-4-6", "Claude Sonnet 4.6", "sonnet", date(2026, 2, 17), 1024),
    Model(
        "claude-sonnet-4-5",
        "Claude Sonnet 4.5",
        "sonnet",
        date(2025, 9, 29),
        1024,
        64_000,
        aliases=("claude-sonnet-4-5-20250929",),
        deprecated=date(2026, 9, 30),
        retires=date(2026, 11, 30),
        replacement="claude-sonnet-5-5",
        rejects=_OLD,
        regional_premium=True,
    ),
    Model(
        "claude-sonnet-4-0",
        "Claude Sonnet 4",
        "sonnet",
        date(2025, 5, 22),
        1024,
        None,
        aliases=("claude-sonnet-4-20250514", "claude-4-sonnet-20250514"),
        deprecated=date(2026, 4, 14),
        retires=date(2026, 6, 15),
        replacement="claude-sonnet-5-5",
        rejects=_OLD,
    ),
    Model(
        "claude-3-7-sonnet-20250219",
        "Claude Sonnet 3.7",
        "sonnet",
        date(2025, 2, 24),
        1024,
        None,
        aliases=("claude-3-7-sonnet-latest",),
        deprecated=date(2025, 10, 28),
        retires=date(2026, 2, 19),
        replacement="claude-sonnet-5-5",
        rejects=_OLD,
    ),
    Model(
        "claude-3-5-sonnet-20241022",
        "Claude Sonnet 3.5",
        "sonnet",
        date(2024, 6, 20),
        1024,
        8192,
        aliases=("claude-3-5-sonnet-20240620", "claude-3-5-sonnet-latest"),
        deprecated=date(2025, 8, 13),
        retires=date(2025, 10, 28),
        replacement="claude-sonnet-5-5",
        rejects=_OLD,
    ),
    Model(
        "claude-3-sonnet-20240229",
        "Claude Sonnet 3",
        "sonnet",
        date(2024, 2, 29),
        None,
        4096,
        deprecated=date(2025, 1, 21),
        retires=date(2025, 7, 21),
        replacement="claude-sonnet-5-5",
        rejects=_OLD,
    ),
    _since_4_6("claude-haiku-5-5", "Claude Haiku 5.5", "haiku", date(2026, 10, 7), 512, rejects=_ADAPTIVE),
    Model(
        "claude-haiku-4-5",
        "Claude Haiku 4.5",
        "haiku",
        date(2025, 10, 15),
        4096,
        64_000,
        aliases=("claude-haiku-4-5-20251001",),
        rejects=_OLD,
        regional_premium=True,
    ),
    Model(
        "claude-3-5-haiku-20241022",
        "Claude Haiku 3.5",
        "haiku",
        date(2024, 11, 4),
        2048,
        8192,
        aliases=("claude-3-5-haiku-latest",),
        deprecated=date(2025, 12, 19),
        retires=date(2026, 2, 19),
        replacement="claude-haiku-5-5",
        rejects=_OLD,
    ),
    Model(
        "claude-3-haiku-20240307",
        "Claude Haiku 3",
        "haiku",
        date(2024, 3, 7),
        2048,
        4096,
        deprecated=date(2026, 2, 19),
        retires=date(2026, 4, 20),
        replacement="claude-haiku-5-5",
        rejects=_OLD,
    ),
    Model(
        "claude-2.1",
        "Claude 2",
        "claude",
        None,
        None,
        None,
        aliases=("claude-2.0", "claude-2"),
        deprecated=date(2025, 1, 21),
        retires=date(2025, 7, 21),
        replacement="claude-opus-5-5",
        rejects=_OLD,
    ),
    Model(
        "claude-1.3",
        "Claude 1",
        "claude",
        None,
        None,
        None,
        aliases=("claude-1.2", "claude-1.1", "claude-1.0", "claude-1.3-100k"),
        deprecated=date(2024, 9, 4),
        retires=date(2024, 11, 6),
        replacement="claude-haiku-5-5",
        rejects=_OLD,
    ),
    Model(
        "claude-instant-1.2",
        "Claude Instant 1",
        "claude",
        None,
        None,
        None,
        aliases=("claude-instant-1.1", "claude-instant-1.0", "claude-instant-1.1-100k"),
        deprecated=date(2024, 9, 4),
        retires=date(2024, 11, 6),
        replacement="claude-haiku-5-5",
        rejects=_OLD,
    ),
)
"""Every model that the Claude API serves or has served, newest first within a family."""
