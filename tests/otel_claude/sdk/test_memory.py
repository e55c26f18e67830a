"""Calls that are over leave nothing behind."""

from __future__ import annotations

from benchmarks.memory import BOUND_KB, kept_kb


def test_a_thousand_calls_keep_no_more_memory_than_two_hundred():
    assert kept_kb(200, 1000) < BOUND_KB
