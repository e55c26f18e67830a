"""Calls that are over leave nothing behind."""

from __future__ import annotations

from benchmarks.memory import BOUND_KB, kept_kb


def test_many_calls_keep_no_more_memory_than_few():
    assert kept_kb(100, 500) < BOUND_KB
