"""Checks what is installed and what the environment and the project's files say."""

from __future__ import annotations

import logging
import os
import platform
from contextlib import contextmanager
from datetime import datetime, timezone
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from otel_claude import user_rates
from otel_claude.budgets import settings as budgets
from otel_claude.doctor.check import Check
from otel_claude.rates import RATE_TABLE, TABLE_DATE, age_notice
from otel_claude.sdk.neighbours import NEIGHBOURS
from otel_claude.sdk.private_names import UnsupportedSDKError, locate

if TYPE_CHECKING:
    from collections.abc import Iterator

OURS: Final = "otel_claude"
_OFF: Final = "OTEL_SDK_DISABLED"
_DISABLED: Final = "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS"
_SAMPLER: Final = "OTEL_TRACES_SAMPLER"


def checks() -> Iterator[Check]:
    """The checks, in the order in which a reader wants them."""
    yield Check(
        "versions",
        "fine",
        f"otel-claude {version('otel-claude')}, Python {platform.python_version()}, "
        f"OpenTelemetry {version('opentelemetry-sdk')}",
    )
    yield _sdk()
    yield from _switches()
    yield from _neighbours()
    yield _rates()
    yield from _budgets()


def _sdk() -> Check:
    try:
        with _quiet():
            anthropic = import_module("anthropic")
    except ImportError as error:
        if find_spec("anthropic") is None:
            return Check("anthropic SDK", "problem", "is not installed here", "pip install anthropic")
        return Check("anthropic SDK", "problem", f"cannot be imported: {error}", "pip install -U anthropic")
    try:
        sdk = locate(anthropic)
    except UnsupportedSDKError as error:
        text, _, fix = str(error).rpartition("; ")
        return Check("anthropic SDK", "problem", text, fix)
    if sdk.missing:
        return Check(
            "anthropic SDK",
            "warning",
            f"{sdk.version} lacks {', '.join(sdk.missing)}: its spans get no cost when they are made",
            "pip install -U otel-claude; until then, otel-claude report prices them",
        )
    spans = "makes spans, which are enriched" if sdk.makes_spans else "makes no spans; ours are emitted"
    return Check("anthropic SDK", "fine", f"{sdk.version} {spans}")


def _switches() -> Iterator[Check]:
    if _environment(_OFF).lower() == "true":
        yield Check(_OFF, "problem", "switches OpenTelemetry off: no spans, no metrics", f"unset {_OFF}")
    disabled = [name.strip() for name in _environment(_DISABLED).split(",")]
    if OURS in disabled or "*" in disabled:
        yield Check(
            _DISABLED,
            "warning",
            "switches otel-claude off in programs that opentelemetry-instrument starts",
            f"take {OURS} out of {_DISABLED}",
        )
    sampler = _environment(_SAMPLER)
    if sampler in {"always_off", "parentbased_always_off"}:
        yield Check(_SAMPLER, "warning", f"{sampler}: no span is kept; metrics are", f"unset {_SAMPLER}")
    elif "ratio" in sampler:
        share = _environment(f"{_SAMPLER}_ARG") or "1.0"
        yield Check(
            _SAMPLER,
            "note",
            f"{sampler} {share}: spans are a sample, so sums over them are too; metrics are whole",
        )


def _neighbours() -> Iterator[Check]:
    for module, neighbour in NEIGHBOURS.items():
        try:
            installed = version(neighbour.package)
        except PackageNotFoundError:
            continue
        if neighbour.is_suppressing and find_spec(module) is None:
            continue
        effect = (
            "if it instruments the SDK, its spans replace those with the cost"
            if neighbour.is_suppressing
            else "if it is switched on, there are two spans for each call; the cost is on one"
        )
        yield Check(neighbour.package, "note", f"{installed} is installed; {effect}", neighbour.switch)


def _rates() -> Check:
    try:
        found = user_rates.configured()
    except user_rates.RatesError as error:
        return Check("rates", "problem", f"yours cannot be used: {error}")
    notice = age_notice(datetime.now(timezone.utc).date())
    if notice is not None:
        return Check("rates", "warning", notice)
    public = f"public rates of {TABLE_DATE}, {len(RATE_TABLE)} rows"
    return Check("rates", "fine", public if found is None else f"{public}; yours from {found.file} go before")


def _budgets() -> Iterator[Check]:
    """Nothing where none are set."""
    try:
        found = budgets.configured()
    except budgets.BudgetsError as error:
        yield Check("budgets", "problem", f"yours cannot be used, so none is kept: {error}")
        return
    if found is not None:
        kept = [*map(str, found.limits), *(f"hit ratio of {ratio.subject}" for ratio in found.hit_ratios)]
        enforced = "; calls are refused once one that is enforced is spent" if found.is_enforced else ""
        yield Check("budgets", "fine", f"{'; '.join(kept)}{enforced}")


def _environment(name: str) -> str:
    return os.environ.get(name, "").strip()


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the lines that importing the SDK of an instrumented process may log."""
    logger = logging.getLogger("otel_claude")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)
