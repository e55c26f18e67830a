"""What every call of an instrumented process shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from otel_claude.attribution import current
from otel_claude.metrics import NO_METRIC_TAGS

if TYPE_CHECKING:
    from collections.abc import Callable

    from otel_claude.attribution import Attribution
    from otel_claude.audit import Audit
    from otel_claude.budgets.audit import BudgetAudit
    from otel_claude.call_site import CallSites
    from otel_claude.metrics import MetricTags, Recorder
    from otel_claude.provider import Tracing
    from otel_claude.rates import Overrides
    from otel_claude.sdk.private_names import SDK
    from otel_claude.summary import Summary


class Session(NamedTuple):
    """The SDK that is instrumented, where its spans and numbers go, and how they are made."""

    sdk: SDK
    tracing: Tracing
    recorder: Recorder
    summary: Summary
    call_sites: CallSites | None
    """`None` where call sites are not recorded."""

    overrides: Overrides | None
    audits: tuple[Audit, ...] = ()
    attribution: Callable[[], Attribution | None] = current
    """Finds the attribution of a call that is made now."""

    metric_tags: MetricTags = NO_METRIC_TAGS

    budgets: BudgetAudit | None = None
    """One of the audits, which batches concern too."""
