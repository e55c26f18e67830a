"""An endpoint that is down costs the program no result, and holds its exit for no more than 3 s."""

from __future__ import annotations

import pytest

from otel_claude.exporters import TIMEOUT_S
from otel_claude.simulator import Simulator
from tests.receivers.programs import SUPPORT, Project
from tests.receivers.silence import refusing, silent

HELD_S = 3.0
SLACK_S = 3.0
"""For what is no waiting: the end of Python, on a busy machine. Without a bound it would be 8 s and more."""


@pytest.fixture
def project(tmp_path):
    with Simulator() as sim:
        yield Project(tmp_path / "support", sim.url)


@pytest.mark.parametrize("protocol", ["http/protobuf", "grpc"])
@pytest.mark.parametrize("down", [refusing, silent])
def test_the_results_are_the_same_and_the_exit_is_not_held(project, down, protocol):
    plain = project.run(SUPPORT, INSTRUMENT="no")
    with down() as endpoint:
        ran = project.run(
            SUPPORT,
            OTEL_EXPORTER_OTLP_ENDPOINT=endpoint,
            OTEL_EXPORTER_OTLP_PROTOCOL=protocol,
        )
    assert (ran.code, ran.out) == (plain.code, plain.out) == (0, "24\n24")
    assert "Traceback" not in ran.err
    assert ran.exit_s - plain.exit_s < HELD_S + SLACK_S
    assert project.files() == set()


def test_the_exit_is_not_held_once_for_each_batch_that_waits(project):
    with silent() as endpoint:
        ran = project.run(
            SUPPORT,
            CALLS="6",
            OTEL_EXPORTER_OTLP_ENDPOINT=endpoint,
            OTEL_BSP_MAX_EXPORT_BATCH_SIZE="1",
        )
    assert ran.out.split() == ["24"] * 6
    assert ran.exit_s < HELD_S + SLACK_S


def test_spans_and_metrics_together_hold_it_no_longer(project):
    with silent() as endpoint:
        ran = project.run(
            SUPPORT,
            OTEL_EXPORTER_OTLP_ENDPOINT=endpoint,
            OTEL_METRICS_EXPORTER="otlp",
        )
    assert ran.out == "24\n24"
    assert ran.exit_s < HELD_S + SLACK_S


@pytest.mark.parametrize("variable", ["OTEL_EXPORTER_OTLP_TIMEOUT", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT"])
def test_the_timeout_that_the_environment_names_is_the_one(project, variable):
    with silent() as endpoint:
        ran = project.run(SUPPORT, OTEL_EXPORTER_OTLP_ENDPOINT=endpoint, **{variable: "0.2"})
    assert ran.out == "24\n24"
    assert ran.exit_s < TIMEOUT_S["traces"]
