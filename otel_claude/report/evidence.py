"""What the span of a call says of what it paid for and did not need, as `otel_claude.waste` put it there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from otel_claude import attributes as names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otel_claude.store.reader import Value


class Evidence(NamedTuple):
    """Of one call. Counts of tokens are estimates; `None` where the span does not say."""

    declared_tools: int = 0
    called_tools: tuple[str, ...] | None = None
    uncalled_tools: tuple[tuple[str, int], ...] = ()
    """Each with its tokens."""

    sent_documents: int = 0
    cited_documents: int | None = None
    uncited_tokens: int = 0
    repeat: int = 0
    """How often the same request was answered before."""

    head_share: float | None = None
    """The share of the input that is tools and system prompt, 0 to 1."""

    is_head_repeated: bool | None = None
    """Whether those were sent to the model in the 5 minutes before."""

    prefix: str | None = None
    """Which cached prefix it is, as a digest."""


NO_EVIDENCE: Final = Evidence()
_SHARES: Final = (names.INPUT_SYSTEM_SHARE, names.INPUT_TOOLS_SHARE)


def evidence_of(attributes: Mapping[str, Value]) -> Evidence:
    """What the attributes of a span say. Anything of another type than ours counts as not said."""
    if names.INPUT_HEAD_REPEATED not in attributes and not any(name in attributes for name in _OURS):
        return NO_EVIDENCE
    called = attributes.get(names.TOOLS_CALLED)
    uncalled, sizes = (
        _list(attributes.get(name)) for name in (names.TOOLS_UNCALLED, names.TOOLS_UNCALLED_TOKENS)
    )
    shares = [attributes.get(name) for name in _SHARES]
    repeated = attributes.get(names.INPUT_HEAD_REPEATED)
    prefix = attributes.get(names.CACHE_PREFIX)
    return Evidence(
        declared_tools=_count(attributes.get(names.TOOLS_DECLARED)) or 0,
        called_tools=None if called is None else tuple(map(str, _list(called))),
        uncalled_tools=tuple(
            (str(name), _count(size) or 0) for name, size in zip(uncalled, sizes, strict=False)
        ),
        sent_documents=_count(attributes.get(names.DOCUMENTS_SENT)) or 0,
        cited_documents=_count(attributes.get(names.DOCUMENTS_CITED)),
        uncited_tokens=_count(attributes.get(names.DOCUMENTS_UNCITED_TOKENS)) or 0,
        repeat=_count(attributes.get(names.REQUEST_REPEAT)) or 0,
        head_share=sum(share for share in shares if isinstance(share, (int, float)))
        if any(isinstance(share, (int, float)) for share in shares)
        else None,
        is_head_repeated=repeated if isinstance(repeated, bool) else None,
        prefix=prefix if isinstance(prefix, str) else None,
    )


_OURS: Final = (
    names.TOOLS_DECLARED,
    names.DOCUMENTS_SENT,
    names.REQUEST_REPEAT,
    names.CACHE_PREFIX,
    *_SHARES,
)


def _list(value: Value) -> list[object]:
    return value if isinstance(value, list) else []


def _count(value: object) -> int | None:
    return value if type(value) is int and value >= 0 else None
