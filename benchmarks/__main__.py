"""Runs every benchmark."""

from benchmarks import call_overhead

call_overhead.main()
