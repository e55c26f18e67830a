import itertools
import random
from dataclasses import replace
from datetime import datetime, timezone

import pytest

from otel_claude.call_site import CallSite
from otel_claude.report.calls import calls

API = "com.anthropic.claude-platform"
TOKENS = "gen_ai.usage."


def one(*spans):
    (call,) = calls(spans)
    return call


def without_tokens(span):
    kept = {name: value for name, value in span.attributes.items() if not name.startswith(TOKENS)}
    return replace(span, attributes=kept)


def test_a_call_has_what_its_span_says(make_span):
    call = one(
        make_span(
            {
                "otel_claude.feature": "summarise",
                "otel_claude.task.name": "nightly",
                "otel_claude.tag.tenant": "acme",
                "code.file.path": "app/main.py",
                "code.function.name": "Job.run",
                "code.line.number": 42,
            }
        )
    )
    assert call.at == datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
    assert (call.model, call.feature, call.task) == ("claude-sonnet-5-5", "summarise", "nightly")
    assert call.call_site == CallSite("app/main.py", "Job.run", 42)
    assert call.tags == {"tenant": "acme"}
    assert (call.stop_reason, call.error, call.duration_s) == ("end_turn", None, 1.5)
    assert call.usage.prompt_tokens == 13_000


@pytest.mark.parametrize("lines", [*itertools.permutations((1, 1.0, True)), (12, 12.0), (12.0, 12)])
def test_a_line_is_a_whole_number_whatever_equal_values_other_spans_have(make_span, lines):
    where = {"code.file.path": f"{lines}.py", "code.function.name": "run"}
    found = [one(make_span({**where, "code.line.number": line})).call_site for line in lines]
    assert [site and site.line for site in found] == [line if type(line) is int else None for line in lines]


@pytest.mark.parametrize("codes", [(200, 200.0), (200.0, 200)])
def test_a_status_is_a_whole_number_whatever_equal_values_other_spans_have(make_span, codes):
    failed = {"error.type": "APIConnectionError", "code.function.name": f"{codes}"}
    spans = [without_tokens(make_span({**failed, "http.response.status_code": code})) for code in codes]
    answered = [one(span).cost_status == "unpriced" for span in spans]
    assert answered == [type(code) is int for code in codes]


def test_a_cost_on_the_span_is_taken_as_it_is(make_span):
    call = one(
        make_span(
            {
                "gen_ai.usage.cost.amount": 5.0,
                "gen_ai.usage.cost.currency": "USD",
                "otel_claude.cost.status": "exact",
                "otel_claude.cost.cache_savings": -1.0,
            }
        )
    )
    assert (call.cost_usd, call.cost.cache_savings, call.cost_status) == (5.0, -1.0, "exact")


@pytest.mark.parametrize("scope", ["com.anthropic.sdk.python", "com.anthropic.sdk.go.bedrock", API])
def test_a_span_with_tokens_and_no_cost_is_priced_and_said_to_be_estimated(make_span, scope):
    # 1,000 input at $2, 10,000 reads at $0.10, 2,000 writes at $2.50 and 500 output at $10 a million
    call = one(make_span(scope=scope))
    assert call.cost_usd == pytest.approx(0.002 + 0.001 + 0.005 + 0.005)
    assert call.cost_status == "estimated"


def test_rates_are_those_of_the_day_of_the_call(make_span):
    before_cheaper_reads = int(datetime(2026, 10, 6, 12, tzinfo=timezone.utc).timestamp()) * 10**9
    assert one(make_span(at=before_cheaper_reads)).cost_usd == pytest.approx(0.014)


def test_a_cost_in_another_currency_is_not_taken_for_dollars(make_span):
    call = one(make_span({"gen_ai.usage.cost.amount": 5.0, "gen_ai.usage.cost.currency": "EUR"}))
    assert call.cost_usd == pytest.approx(0.013)


def test_an_unknown_model_is_unpriced_not_free(make_span):
    call = one(make_span({"gen_ai.response.model": "claude-mystery-9"}))
    assert (call.cost_usd, call.cost_status, call.cost_reason) == (None, "unpriced", "unknown_model")


def test_unpriced_on_the_span_stays_unpriced_with_its_reason(make_span):
    call = one(make_span({"otel_claude.cost.status": "unpriced", "otel_claude.cost.reason": "body_not_read"}))
    assert (call.cost_usd, call.cost_status, call.cost_reason) == (None, "unpriced", "body_not_read")


def test_an_answer_without_tokens_is_unpriced(make_span):
    assert one(without_tokens(make_span())).cost_status == "unpriced"


@pytest.mark.parametrize("http", [{"http.response.status_code": 529}, {"http.response.status_code": None}])
def test_a_call_that_was_not_answered_costs_nothing_and_is_an_error(make_span, http):
    call = one(without_tokens(make_span({"error.type": "overloaded_error", **http}, status=2)))
    assert (call.cost_usd, call.cost_status, call.error) == (0.0, "exact", "overloaded_error")


def test_an_answer_that_broke_off_before_its_tokens_is_unpriced(make_span):
    assert one(without_tokens(make_span(status=2))).cost_status == "unpriced"


@pytest.mark.parametrize(
    ("name", "operation"),
    [
        ("anthropic.tool_use search", "execute_tool"),
        ("anthropic.messages.tool_runner", "invoke_agent"),
        ("anthropic.messages.count_tokens", None),
        ("GET /", None),
    ],
)
def test_spans_that_are_no_call_are_passed_over(make_span, name, operation):
    assert list(calls([make_span({"gen_ai.operation.name": operation}, name=name)])) == []


def test_a_chat_span_of_another_instrumentation_alone_is_a_call(make_span):
    assert one(make_span(name="chat claude-sonnet-5-5", scope="other")).cost_usd == pytest.approx(0.013)


def test_a_span_that_is_in_two_files_counts_once(make_span):
    span = make_span()
    assert len(list(calls([span, span]))) == 1


def test_calls_of_one_parent_all_count(make_span):
    spans = [
        make_span(trace_id="t", parent_span_id="task", scope=scope) for scope in ("other", "other", API, API)
    ]
    ours = [make_span(trace_id="t", parent_span_id="task") for _ in range(3)]
    assert len(list(calls([*spans, *ours]))) == 7


def test_a_simulated_api_that_repeats_its_response_id_loses_no_call(make_span):
    assert len(list(calls(make_span({"gen_ai.response.id": "msg_same"}) for _ in range(3)))) == 3


class TestOneCallSeenTwice:
    """The client's span and others of the same call count once, in any order, and the client's is the one."""

    @pytest.fixture(params=range(6))
    def shuffled(self, request):
        def shuffle(*spans):
            spans = list(spans)
            random.Random(request.param).shuffle(spans)
            return spans

        return shuffle

    def test_a_server_span_is_the_child_of_its_client_span(self, make_span, shuffled):
        client = make_span({"otel_claude.feature": "f"})
        server = make_span(scope=API, trace_id=client.trace_id, parent_span_id=client.span_id)
        assert one(*shuffled(client, server)).feature == "f"

    def test_three_attempts_are_one_call(self, make_span, shuffled):
        client = make_span()
        servers = [
            make_span(scope=API, trace_id=client.trace_id, parent_span_id=client.span_id) for _ in range(3)
        ]
        assert one(*shuffled(client, *servers)).span_id == client.span_id

    @pytest.mark.parametrize("name", ["gen_ai.response.id", "anthropic.request.id"])
    def test_a_server_span_that_lost_its_parent_is_known_by_the_response(self, make_span, shuffled, name):
        client, server = make_span({name: "same"}), make_span({name: "same"}, scope=API)
        assert one(*shuffled(client, server)).span_id == client.span_id

    def test_a_server_span_whose_client_span_is_missing_counts(self, make_span, shuffled):
        client, server = make_span(), make_span(scope=API, parent_span_id="elsewhere")
        assert len(list(calls(shuffled(client, server)))) == 2

    def test_another_instrumentation_around_or_beside_the_sdk_counts_only_alone(self, make_span, shuffled):
        around = make_span(scope="other", trace_id="t", span_id="around")
        client = make_span({"gen_ai.response.id": "same"}, trace_id="t", parent_span_id="around")
        beside = make_span({"gen_ai.response.id": "same"}, scope="another")
        assert one(*shuffled(around, client, beside)).span_id == client.span_id

    def test_another_instrumentation_is_preferred_to_the_server(self, make_span, shuffled):
        other = make_span({"gen_ai.response.id": "same", "otel_claude.feature": "f"}, scope="other")
        server = make_span({"gen_ai.response.id": "same"}, scope=API)
        assert one(*shuffled(other, server)).span_id == other.span_id
