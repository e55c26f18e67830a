"""Conversations at random, through the SDK and over HTTP, against the endpoint that knows why each call missed."""

from __future__ import annotations

import re

import pytest
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans

from benchmarks.cache_reasons import SETTINGS, run, scores

ONE, EIGHT, UNAWARE = SETTINGS
CONVERSATIONS = 60


@pytest.fixture(scope="module")
def alone():
    return run(ONE, seed=7, conversations=CONVERSATIONS)


def test_one_worker_knows_nearly_every_reason_and_place(alone):
    told, _ = alone
    found = scores(told)
    total = sum(score.true for score in found.of_reason.values())
    right = sum(score.right for score in found.of_reason.values())
    stated = sum(score.stated for score in found.of_reason.values())
    assert total > 100
    assert right / total > 0.95
    assert right / stated > 0.97
    assert found.false_alarms <= 1
    for reason, score in found.of_reason.items():
        assert score.true >= 3, reason
        assert score.found >= 0.75 * score.true, reason
        if reason.endswith("_changed"):
            assert score.placed >= 0.95 * score.right, reason


@pytest.mark.parametrize("setting", [EIGHT, UNAWARE], ids=lambda setting: setting.name)
def test_one_of_eight_workers_says_that_it_does_not_know_rather_than_what_is_wrong(setting):
    told, _ = run(setting, seed=7, conversations=CONVERSATIONS)
    found = scores(told)
    of_any = sum(score.of_any for score in found.of_reason.values())
    stated = sum(score.stated for score in found.of_reason.values())
    assert stated > 30
    assert of_any / stated > (0.92 if setting.know_of_each_other else 0.85)
    unknown = sum(score.unknown for score in found.of_reason.values())
    assert unknown > 30
    assert found.of_reason["first_write"].stated <= (0 if setting.know_of_each_other else 12)


def test_no_text_of_a_prompt_is_exported(alone):
    _, spans = alone
    exported = encode_spans(spans).SerializeToString()
    assert b"otel_claude.cache.prefix" in exported
    assert b"secret" not in exported
    assert re.search(rb"w\d{6}", exported) is None
