"""Conversations at random, through the SDK and over HTTP, against the endpoint that knows why each call missed."""

from __future__ import annotations

import re

import pytest
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans

from benchmarks.cache_reasons import SETTINGS, run, scores

ONE, *EIGHT = SETTINGS


@pytest.fixture(scope="module")
def alone():
    return run(ONE, seed=7, conversations=60)


def test_one_worker_knows_nearly_every_reason_and_place(alone):
    told, _ = alone
    found = scores(told)
    assert found.false_alarms == 0
    for reason, score in found.of_reason.items():
        assert score.true >= 3, reason
        assert score.found >= 0.95 * score.true, reason
        assert score.right >= 0.97 * score.stated, reason
        if reason.endswith("_changed"):
            assert score.placed == score.right, reason


@pytest.mark.parametrize("setting", EIGHT, ids=lambda setting: setting.name)
def test_one_of_eight_workers_states_no_reason_that_is_wrong_but_says_that_it_does_not_know(setting):
    told, _ = run(setting, seed=7, conversations=150)
    found = scores(told)
    assert found.false_alarms == 0
    for reason, score in found.of_reason.items():
        # Before it has seen a sign of the others, a worker takes itself to be alone. That may be once.
        wrong = score.stated - score.right
        assert wrong <= (0.05 * score.stated if setting.know_of_each_other else 1), reason
        if reason == "first_write" and setting.know_of_each_other:
            assert not score.stated
        elif reason == "first_write":
            assert score.stated <= setting.workers
        else:
            assert score.stated, reason
        if reason.endswith("_changed"):
            assert score.placed == score.right, reason
    stated = sum(score.stated for score in found.of_reason.values())
    assert stated > (250 if setting.is_sticky else 100)


def test_no_text_of_a_prompt_is_exported(alone):
    _, spans = alone
    exported = encode_spans(spans).SerializeToString()
    assert b"otel_claude.cache.prefix" in exported
    assert b"secret" not in exported
    assert re.search(rb"w\d{6}", exported) is None
