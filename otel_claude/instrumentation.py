"""`instrument()` and `uninstrument()`: what is in place between them is a session of `otel_claude.sdk`."""

from __future__ import annotations

import logging
import os
import threading
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Final

from otel_claude import outlets
from otel_claude.import_hook import when_imported

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from types import ModuleType

    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider

    from otel_claude.audit import Audit
    from otel_claude.budgets.alerts import Alert
    from otel_claude.budgets.audit import BudgetAudit
    from otel_claude.budgets.limits import Budgets
    from otel_claude.provider import Metering, Tracing
    from otel_claude.rates import Overrides

log: Final = logging.getLogger("otel_claude")


_OFF: Final = frozenset({"off", "0", "false"})
"""Values of a variable that switch off what it is about."""

_lock: Final = threading.Lock()
_undo: list[Callable[[], None]] = []
"""What takes the instrumentation back, last first. Empty while nothing is instrumented."""


def instrument(
    *,
    tracer_provider: TracerProvider | None = None,
    meter_provider: MeterProvider | None = None,
    summary: bool = True,
    call_site: bool = True,
    cache: bool = True,
    waste: bool = True,
    older_names: bool | None = None,
    overrides: Overrides | None = None,
    baggage: bool | Collection[str] | None = None,
    metric_tags: Collection[str] = (),
    budgets: Budgets | None = None,
    on_budget: Callable[[Alert], object] | None = None,
) -> None:
    """Makes every call through the anthropic SDK one priced OpenTelemetry span.

    Spans go to `tracer_provider` if given, else to the global provider, whether it is set before or after, else to
    the exporters that the standard environment variables name, else to the local store that `otel-claude report`
    reads. Metrics go to `meter_provider`, the global one or the exporters that the environment names, or nowhere. No
    global provider is ever set.

    `summary` prints one line on stderr at exit when spans went to the local store; OTEL_CLAUDE_SUMMARY=off switches
    it off too. `call_site` records the line of code that made each call. `cache` says of each call what the prompt
    cache did for it, and why not more; what it compares are digests, kept in memory. `waste` says what it paid for and
    did not need: tools that were not called, documents that were not cited, what was sent before, with or without a
    breakpoint. `older_names` says what was written to the cache as `gen_ai.usage.cache_creation.input_tokens` too,
    for viewers that know that name only; without it, OTEL_CLAUDE_OLDER_NAMES says. `overrides` are rates to use in
    place of the public ones; without them, those that the project's pyproject.toml or the file named by
    OTEL_CLAUDE_RATES sets.

    `baggage` carries the feature and the task to the user's other services, in W3C baggage, and reads them there;
    with the names of tags, these too. Without it, OTEL_CLAUDE_BAGGAGE says. None of it is ever sent to Anthropic.
    `metric_tags` are the names of tags that are dimensions of metrics, as `otel_claude.tag.<name>`.
    `budgets` are limits in USD, by default those of the project's pyproject.toml or of the file named by
    OTEL_CLAUDE_BUDGETS; `on_budget` is called with each alert, in a thread of ours. Only a budget that says
    `enforce = true` ever stops a call, with `BudgetExceededError`.

    Calling it again changes nothing. The SDK can be imported before or after. A version of it that is older than
    0.40, or one that cannot be instrumented, is left alone with one line in the log of `otel_claude`. Never raises.
    """
    with _lock:
        if _undo:
            return
        shows_summary = summary and os.environ.get("OTEL_CLAUDE_SUMMARY", "").lower() not in _OFF
        has_older_names = (
            os.environ.get("OTEL_CLAUDE_OLDER_NAMES", "").lower() not in {"", *_OFF}
            if older_names is None
            else older_names
        )

        session = outlets.Session(tracer_provider, meter_provider, shows_summary=shows_summary)

        def install(anthropic: ModuleType) -> None:
            try:
                out = session.outlets()
                _install(
                    anthropic,
                    out,
                    call_site,
                    _audits(tracing=out.tracing, cache=cache, waste=waste, older_names=has_older_names),
                    overrides,
                    metric_tags,
                    budgets,
                    on_budget,
                )
            except Exception as error:  # noqa: BLE001
                log.warning("otel-claude: %s", error)

        outlets.open_session(session)
        _undo.extend([session.close, lambda: outlets.open_session(None)])
        _carry(baggage)
        _undo.append(when_imported("anthropic", install))


def uninstrument() -> None:
    """Takes back what `instrument()` did: the SDK is as it was, and what is still to be exported is."""
    with _lock:
        while _undo:
            _undo.pop()()


def _install(
    anthropic: ModuleType,
    out: outlets.Outlets,
    call_site: bool,
    audits: tuple[Audit, ...],
    overrides: Overrides | None,
    metric_tags: Collection[str],
    budgets: Budgets | None,
    on_budget: Callable[[Alert], object] | None,
) -> None:
    from otel_claude.call_site import CallSites
    from otel_claude.metrics import MetricTags
    from otel_claude.sdk.hooks import Hooks
    from otel_claude.sdk.private_names import locate
    from otel_claude.sdk.session import Session
    from otel_claude.store.location import current_directory, project_root

    sdk = locate(anthropic)
    if sdk.missing:
        log.warning(
            "otel-claude: anthropic %s lacks %s, so its spans get no cost here; otel-claude report prices them",
            sdk.version,
            ", ".join(sdk.missing),
        )
    call_sites = CallSites(project_root() or current_directory()) if call_site else None
    budget_audit = _budget_audit(budgets, out.metering, on_budget)
    session = Session(
        sdk,
        out.tracing,
        out.recorder,
        out.summary,
        call_sites,
        _rates(overrides),
        audits if budget_audit is None else (budget_audit, *audits),
        out.default_feature.attribution,
        MetricTags(metric_tags),
        budget_audit,
    )
    hooks = Hooks(session)
    hooks.install()
    if budget_audit is not None:
        _undo.append(budget_audit.stop)
    _undo.append(hooks.remove)


def _carry(baggage: bool | Collection[str] | None) -> None:
    """Has attribution carried to other services, where `baggage` or the environment says so."""
    if not baggage and (baggage is not None or not os.environ.get("OTEL_CLAUDE_BAGGAGE")):
        return
    try:
        from otel_claude.attribution.baggage import carry, choice

        tags = choice(baggage)
        if tags is not None:
            _undo.append(carry(tags))
    except Exception as error:  # noqa: BLE001 - a propagator that the environment names may not be installed
        log.warning("otel-claude: nothing is carried to other services: %s", error)


def _audits(*, tracing: Tracing, cache: bool, waste: bool, older_names: bool) -> tuple[Audit, ...]:
    """What follows the calls of a session beside their price."""
    from otel_claude.task_calls import TaskCalls

    audits: list[Audit] = [TaskCalls()]
    if cache:
        from otel_claude.cache.late import LateCacheAudit

        audits.append(LateCacheAudit(lambda: _key_of_digests(tracing)))
    if waste:
        from otel_claude.waste.audit import WasteAudit

        audits.append(WasteAudit())
    if older_names:
        from otel_claude.older_names import OlderNames

        audits.append(OlderNames())
    return tuple(audits)


def _key_of_digests(tracing: Tracing) -> bytes:
    from otel_claude.cache.key import project_key

    return project_key(tracing.directory())


def _budget_audit(
    given: Budgets | None, metering: Metering, on_alert: Callable[[Alert], object] | None
) -> BudgetAudit | None:
    """What keeps the budgets: those `given`, else those that the user's files set. Says so once where these cannot be
    used."""
    from otel_claude.budgets.settings import configured

    try:
        wanted = configured() if given is None else given
        if wanted is None:
            return None
        from otel_claude.budgets.audit import BudgetAudit

        return BudgetAudit(wanted, metering, on_alert)
    except Exception as error:  # noqa: BLE001 - a mistake there costs the budgets, and no more
        log.warning("otel-claude: no budget is kept: %s", error)
        return None


def _rates(given: Overrides | None) -> Overrides | None:
    """The rates to go by: those `given`, else those that the user's files set. Says so once where these cannot be
    used, and where the table is old."""
    from otel_claude.rates import age_notice
    from otel_claude.user_rates import RatesError, configured

    notice = age_notice(datetime.now(timezone.utc).date())
    if notice is not None:
        log.warning("otel-claude: %s", notice)
    if given is not None:
        return given
    try:
        found = configured()
    except RatesError as error:
        log.warning("otel-claude: %s. Calls are priced by the public list", error)
        return None
    return None if found is None else found.overrides
