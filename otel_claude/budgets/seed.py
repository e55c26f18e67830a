"""What the local store says was spent in the windows that are open: by processes that wrote to it before this one."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from otel_claude.budgets.ledger import Spending
from otel_claude.budgets.limits import window
from otel_claude.report.calls import calls
from otel_claude.store.location import existing_directories
from otel_claude.store.reader import EmptyStoreError, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from otel_claude.budgets.limits import Budgets

log: Final = logging.getLogger("otel_claude")


def spendings(budgets: Budgets, before: datetime) -> Iterator[Spending]:
    """What was spent `before` this process began to count, as far as a limit of `budgets` asks. Never raises.

    The store keeps what it has room for: see OTEL_CLAUDE_STORE_MAX_DAYS.
    """
    if not budgets.limits:
        return
    since = min(window(limit.period, before)[0] for limit in budgets.limits)
    try:
        for call in calls(read(existing_directories(), since=since)):
            if call.at < before and call.cost_usd:
                yield Spending(call.at, call.cost_usd, call.feature, call.task, is_seed=True)
    except EmptyStoreError:
        return
    except Exception as error:  # noqa: BLE001
        log.warning("otel-claude: budgets begin at zero: %s", error)
