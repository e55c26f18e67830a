from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

import pytest
from anthropic import Anthropic

from otel_claude.simulator import Clock, Simulator

START = datetime(2026, 11, 20, 9, tzinfo=timezone.utc)


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator(clock=Clock(START)) as simulator:
        yield simulator


@pytest.fixture
def client(sim: Simulator) -> Iterator[Anthropic]:
    with Anthropic(base_url=sim.url, api_key="any", max_retries=0) as one:
        yield one
