"""A simulated Claude API on loopback: no key, no network, no cost.

It answers as the Messages API does in what tracing and caching depend on: usage, cache reads and writes,
streams, errors. No model is asked, and token counts are estimates.

    from anthropic import Anthropic
    from otel_claude.simulator import Simulator

    with Simulator() as sim:
        client = Anthropic(base_url=sim.url, api_key="any")
"""

from __future__ import annotations

from otel_claude.simulator.clock import Clock
from otel_claude.simulator.ledger import Call
from otel_claude.simulator.server import Simulator

__all__ = ["Call", "Clock", "Simulator"]
