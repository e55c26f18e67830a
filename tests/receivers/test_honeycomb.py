"""What an endpoint with Honeycomb's rules has of a program that has only the standard variables set."""

from __future__ import annotations

import math

import pytest
from opentelemetry.proto.common.v1.common_pb2 import ArrayValue

from otel_claude import attributes as names
from otel_claude.simulator import Simulator
from tests.receivers.ingest import Ingest
from tests.receivers.programs import CALL_LINE, PREFIX_TOKENS, READ_USD, SUPPORT, WRITE_USD, Project

KEY = "hcaik_test"


@pytest.fixture(scope="module")
def sent(tmp_path_factory):
    """A program that was run against the endpoint, and what the endpoint received of it."""
    with Simulator() as sim, Ingest(KEY) as honeycomb:
        ran = Project(tmp_path_factory.mktemp("shop") / "support", sim.url).run(
            SUPPORT,
            OTEL_EXPORTER_OTLP_ENDPOINT=honeycomb.url,
            OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf",
            OTEL_EXPORTER_OTLP_HEADERS=f"x-honeycomb-team={KEY}",
            OTEL_EXPORTER_OTLP_COMPRESSION="gzip",
        )
    assert (ran.code, ran.err) == (0, "")
    return honeycomb.received


def test_it_takes_what_is_sent_compressed_and_with_the_key(sent):
    assert [(request.path, request.status) for request in sent.requests] == [("/v1/traces", 200)]
    assert sent.requests[0].headers["content-encoding"] == "gzip"


def test_each_call_is_one_span_with_what_it_cost(sent):
    costs = [span.attributes[names.COST_AMOUNT] for span in sent.calls()]
    assert costs == [WRITE_USD, READ_USD]
    assert len(sent.spans) == 2


def test_the_types_are_those_that_a_column_can_be_summed_by(sent):
    types = {
        "string": str,
        "double": float,
        "int": int,
        "boolean": bool,
        "string[]": ArrayValue,
        "int[]": ArrayValue,
    }
    documented = {attribute.name: types[attribute.type] for attribute in names.REGISTRY}
    tokens = dict.fromkeys(
        (names.INPUT_TOKENS, names.OUTPUT_TOKENS, names.CACHE_READ_TOKENS, names.CACHE_WRITE_TOKENS), int
    )
    for span in sent.calls():
        typed = {name: type(value) for name, value in span.attributes.items()}
        assert {name: typed[name] for name in tokens} == tokens
        assert {name: typed[name] for name in documented if name in typed} == {
            name: kind for name, kind in documented.items() if name in typed
        }
        assert typed[names.COST_AMOUNT] is float


def test_the_parts_of_the_cost_sum_to_it(sent):
    parts = (
        names.COST_INPUT,
        names.COST_CACHE_READ,
        names.COST_CACHE_WRITE_5M,
        names.COST_CACHE_WRITE_1H,
        names.COST_OUTPUT,
        names.COST_SERVER_TOOLS,
    )
    for span in sent.calls():
        total = math.fsum(span.attributes.get(part, 0.0) for part in parts)
        assert total == pytest.approx(span.attributes[names.COST_AMOUNT], rel=1e-12)


def test_the_spans_say_who_asked_and_from_where(sent):
    written, read = (span.attributes for span in sent.calls())
    assert written[names.CACHE_WRITE_TOKENS] == read[names.CACHE_READ_TOKENS] == PREFIX_TOKENS
    for attributes in (written, read):
        assert attributes[names.FEATURE] == "support"
        assert attributes[names.CODE_FILE_PATH] == "app.py"
        assert attributes[names.CODE_FUNCTION_NAME] == "answer"
        assert attributes[names.CODE_LINE_NUMBER] == CALL_LINE


def test_the_dataset_is_named_after_the_project_where_nothing_names_the_service(sent):
    assert {span.resource["service.name"] for span in sent.spans} == {"support"}


def test_no_prompt_text_is_sent(sent):
    assert not [
        value for span in sent.spans for value in span.attributes.values() if "handbook" in str(value)
    ]


def test_without_the_key_the_program_works_and_says_that_nothing_was_taken(tmp_path):
    with Simulator() as sim, Ingest(KEY) as honeycomb:
        ran = Project(tmp_path / "support", sim.url).run(SUPPORT, OTEL_EXPORTER_OTLP_ENDPOINT=honeycomb.url)
    assert (ran.code, ran.out) == (0, "24\n24")
    assert {request.status for request in honeycomb.received.requests} == {401}
    assert "401" in ran.err
    assert honeycomb.received.spans == []
