from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest
from anthropic import Anthropic

from otel_claude.simulator import Clock, Simulator

if TYPE_CHECKING:
    from collections.abc import Iterator

START = datetime(2026, 11, 20, 9, tzinfo=timezone.utc)


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator(clock=Clock(START)) as simulator:
        yield simulator


@pytest.fixture
def client(sim: Simulator) -> Iterator[Anthropic]:
    with Anthropic(base_url=sim.url, api_key="any", max_retries=0) as one:
        yield one
