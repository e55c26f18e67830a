"""Reads the bill: the cost report of the Claude API, through the SDK, with an admin key.

One *item* is one row of the report. The report is asked for windows of `WINDOW`, in buckets of a day; money
comes as text, in cents with decimals. Fields as in anthropic 2.11, `resources/beta/organization/analytics/cost.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from anthropic import Anthropic

KEY_VARIABLE: Final = "ANTHROPIC_ADMIN_KEY"
API: Final = "https://api.anthropic.com"

WINDOW: Final = timedelta(days=31)
"""The longest period of one query."""

ITEMS_A_PAGE: Final = 1000

GROUP_BY: Final = (
    "model",
    "product",
    "workspace_id",
    "api_key_id",
    "service_tier",
    "cost_type",
    "token_type",
)
"""The first five are as many as a query takes; the last two do not count."""

KINDS: Final[Mapping[str, str]] = {
    "uncached_input_tokens": "input",
    "cache_read_input_tokens": "cache_read",
    "cache_creation.ephemeral_5m_input_tokens": "cache_write_5m",
    "cache_creation.ephemeral_1h_input_tokens": "cache_write_1h",
    "output_tokens": "output",
}
"""The report's types of tokens with our kinds. Other costs keep their type as a kind: `web_search`,
`code_execution`, `session_usage`."""

TOKEN_KINDS: Final = frozenset(KINDS.values())


class BillError(Exception):
    """The bill cannot be read. The message says why and what to do, and never holds the key."""


@dataclass(frozen=True, slots=True)
class Item:
    """What one kind of usage was billed on one day (UTC). Money is USD; `None` where the report does not
    say."""

    day: date
    model: str | None
    kind: str
    product: str | None
    workspace: str | None
    api_key: str | None
    service_tier: str | None
    amount: Decimal
    list_amount: Decimal


@dataclass(frozen=True, slots=True)
class Bill:
    """The items of a period."""

    since: datetime
    until: datetime
    """UTC, not part of it."""

    items: tuple[Item, ...]
    refreshed_at: datetime | None
    """Usage later than this was not in the report yet. `None` where it does not say."""


def client(key: str, base_url: str = API) -> Anthropic:
    """A client of the SDK for the admin `key`.

    The environment's ANTHROPIC_BASE_URL does not count: a gateway in front of the models has no use for an
    organization's admin key. Raises `BillError` where the SDK is missing or has no cost report.
    """
    try:
        import anthropic
    except ImportError:
        raise BillError("the SDK is not installed; pip install 'anthropic>=2.11'") from None
    try:
        from anthropic.resources.beta.organization.analytics import cost  # noqa: F401
    except ImportError:
        raise BillError(
            f"anthropic {anthropic.__version__} has no cost report; pip install 'anthropic>=2.11'"
        ) from None
    return anthropic.Anthropic(api_key=key, base_url=base_url, open_telemetry=False)


def fetch(
    client: Anthropic,
    since: datetime,
    until: datetime,
    *,
    workspaces: Sequence[str] = (),
    api_keys: Sequence[str] = (),
) -> Bill:
    """The bill from `since` up to `until`, with `workspaces` and `api_keys` only of these, by their ids.

    Raises `BillError`.
    """

    try:
        return _fetch(client, since, until, workspaces, api_keys)
    except BillError as error:
        key = client.api_key
        raise BillError(str(error).replace(key, "(the key)") if key else str(error)) from None


def _fetch(
    client: Anthropic, since: datetime, until: datetime, workspaces: Sequence[str], api_keys: Sequence[str]
) -> Bill:
    import anthropic

    items: list[Item] = []
    refreshed: list[datetime] = []
    try:
        for page in _pages(client, since, until, workspaces, api_keys):
            items.extend(_item(each) for each in page.data or ())
            if page.data_refreshed_at is not None:
                refreshed.append(page.data_refreshed_at)
    except anthropic.APIStatusError as error:
        raise BillError(_refusal(error)) from None
    except anthropic.APIConnectionError as error:
        raise BillError(f"cannot reach {client.base_url}: {error.__cause__ or error}") from None
    except (anthropic.APIError, AttributeError, TypeError, ValueError, ArithmeticError) as error:
        raise BillError(
            f"the cost report is not as anthropic 2.11 describes it ({error}); look for a newer otel-claude"
        ) from None
    return Bill(since, until, tuple(items), min(refreshed, default=None))


def _pages(
    client: Anthropic, since: datetime, until: datetime, workspaces: Sequence[str], api_keys: Sequence[str]
) -> Iterator[Any]:
    filters: dict[str, Any] = {}
    if workspaces:
        filters["workspace_ids"] = list(workspaces)
    if api_keys:
        filters["api_key_ids"] = list(api_keys)
    start = since
    while start < until:
        end = min(start + WINDOW, until)
        first = client.beta.organization.analytics.cost.list(
            starting_at=start,
            ending_at=end,
            time_bucket_width="1d",
            group_by=list(GROUP_BY),
            order_by="time",
            order="asc",
            limit=ITEMS_A_PAGE,
            **filters,
        )
        yield from first.iter_pages()
        start = end


def _item(row: Any) -> Item:
    """`row` of the report. For one of another shape it raises what came of treating it as one."""
    group = row.group
    amount, list_amount = Decimal(row.cost.amount) / 100, Decimal(row.cost.list_amount) / 100
    if row.cost.currency != "USD" or not (amount.is_finite() and list_amount.is_finite()):
        raise ValueError(f"{row.cost} is no amount in US dollars")
    return Item(
        row.starting_at.astimezone(timezone.utc).date(),
        group.model,
        KINDS.get(group.token_type or "", group.token_type or group.cost_type or "unknown"),
        group.product,
        group.workspace_id,
        group.api_key_id,
        group.service_tier,
        amount,
        list_amount,
    )


def _refusal(error: Any) -> str:
    said = f"the API answered {error.status_code}: {error.message}"
    if error.status_code in {401, 403}:
        return f"{said}. {KEY_VARIABLE} must hold an Admin API key, or a key with the scope read:analytics"
    return said
