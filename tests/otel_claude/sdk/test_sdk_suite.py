"""How the SDK's own tests with us are judged. They run for half an hour, by a command."""

from __future__ import annotations

from benchmarks import sdk_suite

KNOWN = "tests.test_open_telemetry.TestTracingFailures::test_disabled_spans_call_nothing_of_opentelemetry"


def test_only_what_fails_with_us_alone_is_a_new_failure():
    without = {"a": "failed", "b": "passed", "c": "skipped", "d": "passed"}
    with_us = {"a": "failed", "b": "failed", "c": "failed", "d": "passed"}
    assert sdk_suite.new_failures(without, with_us) == {"b": None, "c": None}


def test_a_test_that_is_skipped_or_not_reached_with_us_alone_is_a_new_failure():
    without = {"a": "passed", "b": "passed", "c": "failed", "d": "skipped"}
    assert sdk_suite.new_failures(without, {"a": "skipped", "d": "passed"}) == {"a": None, "b": None}


def test_a_test_that_crashes_the_collection_with_us_is_a_new_failure():
    assert sdk_suite.new_failures({}, {"tests.test_client": "failed"}) == {"tests.test_client": None}


def test_a_known_failure_has_its_reason_whatever_its_parameters():
    found = sdk_suite.new_failures({}, {f"{KNOWN}[sync-option]": "failed", f"{KNOWN}_at_all": "failed"})
    assert found == {f"{KNOWN}[sync-option]": sdk_suite.KNOWN[KNOWN], f"{KNOWN}_at_all": None}
