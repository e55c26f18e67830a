"""What the span of a call says of what it paid for and did not need, as `otel_claude.waste` put it there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from otel_claude import attributes as names
from otel_claude.report import stated

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


def evidence_of(attributes: Mapping[str, Value]) -> Evidence:
    """What the attributes of a span say. Anything of another type than ours, or that cannot be, counts as not said."""
    of_parts = tuple(map(attributes.get, _PARTS))
    system, tools, repeated, prefix = map(attributes.get, _OF_THE_HEAD)
    if type(system) is float and type(tools) is float and 0.0 <= system <= 1.0 and 0.0 <= tools <= 1.0:
        share: float | None = system + tools  # both are stated, nearly always
    else:
        share = _share(system, tools)
    repeated = repeated if isinstance(repeated, bool) else None
    prefix = prefix if isinstance(prefix, str) else None
    if of_parts == _NO_PARTS:
        if share is None and repeated is None and prefix is None:
            return NO_EVIDENCE
        return tuple.__new__(Evidence, (0, None, (), 0, None, 0, 0, share, repeated, prefix))
    declared, called, uncalled, sizes, sent, cited, uncited, repeat = of_parts
    return Evidence(
        stated.count(declared) or 0,
        None if called is None else tuple(map(str, _list(called))),
        tuple(zip(map(str, _list(uncalled)), _counts(sizes), strict=False)) if uncalled else (),
        stated.count(sent) or 0,
        stated.count(cited),
        stated.count(uncited) or 0,
        stated.count(repeat) or 0,
        share,
        repeated,
        prefix,
    )


def _share(system: Value, tools: Value) -> float | None:
    """The share of both together."""
    shares = [share for share in map(stated.share, (system, tools)) if share is not None]
    return sum(shares) if shares else None


_PARTS: Final = (
    names.TOOLS_DECLARED,
    names.TOOLS_CALLED,
    names.TOOLS_UNCALLED,
    names.TOOLS_UNCALLED_TOKENS,
    names.DOCUMENTS_SENT,
    names.DOCUMENTS_CITED,
    names.DOCUMENTS_UNCITED_TOKENS,
    names.REQUEST_REPEAT,
)
_NO_PARTS: Final = (None,) * len(_PARTS)
"""Where nothing is said of tools, documents and repeats."""

_OF_THE_HEAD: Final = (
    names.INPUT_SYSTEM_SHARE,
    names.INPUT_TOOLS_SHARE,
    names.INPUT_HEAD_REPEATED,
    names.CACHE_PREFIX,
)


def _counts(sizes: Value) -> list[int]:
    return [stated.count(size) or 0 for size in _list(sizes)]


def _list(value: Value) -> list[object]:
    return value if isinstance(value, list) else []
