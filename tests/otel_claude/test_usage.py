from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_claude import attributes as names
from otel_claude.usage import Iteration, Usage

FULL = {
    "input_tokens": 10,
    "cache_read_input_tokens": 2000,
    "cache_creation_input_tokens": 300,
    "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200},
    "output_tokens": 50,
    "output_tokens_details": {"thinking_tokens": 20},
    "server_tool_use": {"web_search_requests": 3, "web_fetch_requests": 1},
    "service_tier": "standard",
    "inference_geo": "us",
    "speed": "fast",
    "iterations": [
        {
            "type": "message",
            "input_tokens": 10,
            "cache_read_input_tokens": 2000,
            "cache_creation_input_tokens": 300,
            "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200},
            "output_tokens": 50,
        },
        {
            "type": "advisor_message",
            "model": "claude-opus-5-5",
            "input_tokens": 7,
            "cache_read_input_tokens": 0,
            "cache_creation_input_tokens": 0,
            "output_tokens": 9,
        },
    ],
}
READ = Usage(
    input_tokens=10,
    cache_read_tokens=2000,
    cache_write_5m_tokens=100,
    cache_write_1h_tokens=200,
    output_tokens=50,
    reasoning_tokens=20,
    web_search_requests=3,
    web_fetch_requests=1,
    service_tier="standard",
    inference_geo="us",
    speed="fast",
    iterations=(
        Iteration("message", None, 10, 2000, 100, 200, 50),
        Iteration("advisor_message", "claude-opus-5-5", 7, 0, 0, 0, 9),
    ),
)


def test_the_usage_of_a_json_body_is_read_in_full() -> None:
    assert Usage.of_response(FULL) == READ
    assert READ.prompt_tokens == 2310
    assert READ.cache_write_tokens == 300
    assert READ.total_tokens == 2360


def test_the_models_of_the_sdk_are_read_like_json_undeclared_fields_included() -> None:
    anthropic = pytest.importorskip("anthropic")
    from anthropic._models import construct_type
    from anthropic.types.beta import BetaUsage

    for declared in (anthropic.types.Usage, BetaUsage):
        model = construct_type(type_=declared, value=FULL)
        assert isinstance(model, declared)
        assert Usage.of_response(model) == READ


def test_an_undeclared_object_among_declared_fields_is_read() -> None:
    usage = SimpleNamespace(
        input_tokens=1, output_tokens=2, cache_creation=SimpleNamespace(ephemeral_1h_input_tokens=5)
    )
    assert Usage.of_response(usage) == Usage(1, 0, 0, 5, 2)


@pytest.mark.parametrize("usage", [None, 5, "usage", [], {}, {"output_tokens": 3}, {"input_tokens": "12"}])
def test_a_usage_without_an_input_count_is_partial(usage: object) -> None:
    assert Usage.of_response(usage).partial


@pytest.mark.parametrize("count", [None, "7", 7.0, True, -7, 2**60, [7]])
def test_what_is_no_count_is_missing(count: object) -> None:
    usage = Usage.of_response({"input_tokens": 1, "cache_read_input_tokens": count, "output_tokens": count})
    assert usage == Usage(input_tokens=1, output_tokens=None)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*FULL, "type"]), inner, max_size=5)
    ),
    max_leaves=12,
)


@given(json_values, json_values)
def test_no_json_makes_a_reader_raise_or_count_below_zero(usage: object, delta: object) -> None:
    read = Usage.of_response(usage)
    merged = read.merge_delta(delta)
    for each in (read, merged):
        assert all(count >= 0 for _, count in each.by_kind())


class Hostile:
    @property
    def __dict__(self) -> dict[str, object]:  # type: ignore[override]
        raise RuntimeError("no")


def test_an_object_that_raises_is_partial_and_leaves_a_stream_as_it_was() -> None:
    assert Usage.of_response(Hostile()) == Usage(partial=True)
    assert READ.merge_delta(Hostile()) == READ


@pytest.mark.parametrize(
    ("fields", "for_5m", "for_1h", "known"),
    [
        ({}, 0, 0, True),
        ({"cache_creation_input_tokens": 0}, 0, 0, True),
        ({"cache_creation_input_tokens": 30}, 30, 0, False),
        ({"cache_creation_input_tokens": 30, "cache_creation": None}, 30, 0, False),
        ({"cache_creation_input_tokens": 30, "cache_creation": {}}, 30, 0, False),
        (
            {"cache_creation": {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 20}},
            10,
            20,
            True,
        ),
        (
            {"cache_creation_input_tokens": 30, "cache_creation": {"ephemeral_1h_input_tokens": 20}},
            10,
            20,
            False,
        ),
        (
            {"cache_creation_input_tokens": 30, "cache_creation": {"ephemeral_1h_input_tokens": 40}},
            0,
            30,
            False,
        ),
    ],
)
def test_writes_are_split_as_far_as_the_api_says(
    fields: dict[str, object], for_5m: int, for_1h: int, known: bool
) -> None:
    usage = Usage.of_response({"input_tokens": 1, "output_tokens": 1, **fields})
    assert (usage.cache_write_5m_tokens, usage.cache_write_1h_tokens, usage.ttl_split_known) == (
        for_5m,
        for_1h,
        known,
    )


START = Usage.of_response({**FULL, "output_tokens": 1, "iterations": None})


def test_a_delta_overwrites_the_counts_and_keeps_what_it_does_not_have() -> None:
    delta = {
        "input_tokens": 12,
        "cache_read_input_tokens": 2000,
        "cache_creation_input_tokens": 300,
        "output_tokens": 80,
        "server_tool_use": {"web_search_requests": 4, "web_fetch_requests": 1},
        "output_tokens_details": {"thinking_tokens": 33},
    }
    merged = START.merge_delta(delta)
    assert merged == START._replace(
        input_tokens=12, output_tokens=80, web_search_requests=4, reasoning_tokens=33
    )
    assert (merged.speed, merged.inference_geo, merged.service_tier) == ("fast", "us", "standard")


def test_a_delta_with_only_the_output_changes_only_that() -> None:
    assert START.merge_delta({"output_tokens": 80}) == START._replace(output_tokens=80)


def test_writes_that_a_delta_adds_count_as_for_5_minutes() -> None:
    merged = START.merge_delta({"output_tokens": 80, "cache_creation_input_tokens": 450})
    assert (merged.cache_write_5m_tokens, merged.cache_write_1h_tokens) == (250, 200)
    assert not merged.ttl_split_known


def test_the_iterations_of_a_delta_tell_the_split_of_the_writes_that_it_adds() -> None:
    turns = [
        {"type": "message", "cache_creation_input_tokens": 300, "cache_creation": FULL["cache_creation"]},
        {
            "type": "message",
            "cache_creation_input_tokens": 150,
            "cache_creation": {"ephemeral_5m_input_tokens": 30, "ephemeral_1h_input_tokens": 120},
        },
    ]
    merged = START.merge_delta({"cache_creation_input_tokens": 450, "iterations": turns})
    assert (merged.cache_write_5m_tokens, merged.cache_write_1h_tokens) == (130, 320)
    assert merged.ttl_split_known
    assert len(merged.iterations) == 2


def test_the_input_count_of_a_span_includes_cached_tokens() -> None:
    attributes = READ.attributes()
    assert attributes[names.INPUT_TOKENS] == 2310
    assert attributes[names.CACHE_WRITE_TOKENS] == 300
    read = Usage.of_attributes(attributes)
    assert read is not None
    assert read.input_tokens == 10


def test_spans_of_older_conventions_have_their_cache_writes_read() -> None:
    usage = Usage.of_attributes(
        {
            "gen_ai.usage.input_tokens": 100,
            "gen_ai.usage.cache_creation.input_tokens": 60,
            "gen_ai.usage.output_tokens": 5,
        }
    )
    assert usage == Usage(40, 0, 60, 0, 5, ttl_split_known=False, partial=True)


def test_a_span_without_counts_has_no_usage() -> None:
    assert Usage.of_attributes({}) is None
    assert Usage.of_attributes({names.INPUT_TOKENS: "many"}) is None


def test_a_span_whose_cached_tokens_exceed_its_input_has_no_uncached_input() -> None:
    usage = Usage.of_attributes({names.INPUT_TOKENS: 10, names.CACHE_READ_TOKENS: 50})
    assert usage is not None
    assert usage.input_tokens == 0


def test_the_compactions_of_a_span_come_back_as_one_iteration_beside_the_message() -> None:
    usage = READ._replace(
        iterations=(
            READ.as_iteration(),
            Iteration("compaction", None, 5, 10, 0, 0, 3),
            Iteration("compaction", None, 1),
        ),
    )
    attributes = usage.attributes()
    assert attributes[names.COMPACTION_INPUT_TOKENS] == 16
    assert attributes[names.COMPACTION_OUTPUT_TOKENS] == 3
    read = Usage.of_attributes(attributes)
    assert read is not None
    assert read.iterations == (READ.as_iteration(), Iteration("compaction", None, 16, 0, 0, 0, 3))


counts = st.integers(0, 10**7)
span_usages = st.fixed_dictionaries(
    {
        "input_tokens": counts,
        "cache_read_tokens": counts,
        "cache_write_5m_tokens": counts,
        "cache_write_1h_tokens": counts,
        "output_tokens": st.none() | counts,
        "reasoning_tokens": st.none() | counts,
        "service_tier": st.none() | st.sampled_from(["standard", "batch", "priority"]),
        "partial": st.just(value=True),
    }
).map(lambda said: Usage(**said))


@given(span_usages)
def test_attributes_are_read_back_as_they_were_written(usage: Usage) -> None:
    assert Usage.of_attributes(usage.attributes()) == usage


def test_the_kinds_of_tokens_leave_out_an_unknown_output() -> None:
    assert READ.by_kind() == (
        ("input", 10),
        ("cache_read", 2000),
        ("cache_write_5m", 100),
        ("cache_write_1h", 200),
        ("output", 50),
    )
    assert "output" not in dict(Usage(input_tokens=1).by_kind())
