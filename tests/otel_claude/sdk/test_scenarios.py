"""What every shape of call has to come to, on every version of the SDK, whichever of us makes the span.

The expectations are one table for all versions: an enriched span and an emitted one must not be told apart. The
application must get the same as without us, down to the lines that its warnings name.
"""

from __future__ import annotations

import sys

import pytest

from benchmarks import call_shapes
from otel_claude import attributes as names
from tests.environments import PYTHONS, other_python
from tests.otel_claude.sdk.expected import (
    CUT_SHORT,
    EMITTED,
    ENRICHED,
    ERROR_TYPES,
    EXPECTED,
    HELD,
    outcomes,
    summary,
)


@pytest.mark.matrix
@pytest.mark.parametrize("version", [*EMITTED, *ENRICHED])
class TestEachVersion:
    def test_every_scenario_ends_the_spans_that_it_should(self, version):
        found = {name: [summary(s) for s in o["spans"]] for name, o in outcomes(version, "traced").items()}
        assert found == {name: EXPECTED[name.partition(" ")[2]] for name in found}

    def test_every_error_has_its_type(self, version):
        for name, outcome in outcomes(version, "traced").items():
            wanted = ERROR_TYPES.get(name.partition(" ")[2])
            for span in outcome["spans"]:
                has_failed = span["status"] == "ERROR"
                assert span["attributes"].get("error.type") == (wanted if has_failed else None), name

    def test_the_application_gets_what_it_gets_without_us(self, version):
        bare, traced = outcomes(version, "bare"), outcomes(version, "traced")
        for name, outcome in traced.items():
            assert outcome["result"] == bare[name]["result"], name
            assert outcome["warned"] == bare[name]["warned"], name

    def test_a_call_that_was_sent_again_is_one_span_that_says_so(self, version):
        (span,) = outcomes(version, "traced")["sync overloaded_twice"]["spans"]
        assert span["attributes"]["http.request.resend_count"] == 2

    def test_the_span_names_the_code_that_called(self, version):
        (span,) = outcomes(version, "traced")["sync create"]["spans"]
        assert span["attributes"]["code.file.path"].endswith("tests/otel_claude/sdk/scenarios.py")
        assert span["attributes"]["code.function.name"].endswith("create")

    def test_the_parts_of_the_cost_sum_to_the_amount(self, version):
        for outcome in outcomes(version, "traced").values():
            for span in outcome["spans"]:
                found = span["attributes"]
                if "gen_ai.usage.cost.amount" in found:
                    kinds = (
                        "input",
                        "cache_read",
                        "cache_write_5m",
                        "cache_write_1h",
                        "output",
                        "server_tools",
                    )
                    parts = sum(found[f"otel_claude.cost.{kind}"] for kind in kinds)
                    assert parts == pytest.approx(found["gen_ai.usage.cost.amount"], abs=1e-15)


@pytest.mark.matrix
@pytest.mark.parametrize("version", [EMITTED[0], "installed"])
@pytest.mark.parametrize("number", PYTHONS)
def test_every_python_comes_to_the_same(number, version):
    python = other_python(number)
    if python is None:
        pytest.skip(f"no other Python {number} is on the PATH")
    bare, traced = outcomes(version, "bare", python), outcomes(version, "traced", python)
    for name, outcome in traced.items():
        assert [summary(span) for span in outcome["spans"]] == EXPECTED[name.partition(" ")[2]], name
        assert (outcome["result"], outcome["warned"]) == (bare[name]["result"], bare[name]["warned"]), name


@pytest.mark.parametrize("name", ["sync deprecated_model", "async deprecated_model"])
def test_the_warning_of_a_deprecated_model_names_the_line_that_called(name):
    assert outcomes("installed", "traced")[name]["warned"] == [["DeprecationWarning", True]]


VARYING = {
    "server.port",
    "url.full",
    "gen_ai.response.id",
    "anthropic.request.id",
    "gen_ai.response.time_to_first_chunk",
}


SHARES = {names.INPUT_SYSTEM_SHARE, names.INPUT_TOOLS_SHARE}


@pytest.mark.matrix
@pytest.mark.parametrize("version", EMITTED)
def test_an_emitted_span_cannot_be_told_from_an_enriched_one(version):
    emitted, enriched = outcomes(version, "traced"), outcomes("installed", "traced")
    for name in emitted:
        if name.partition(" ")[2] in HELD:
            continue  # The requests are not the same.
        ours, sdks = emitted[name]["spans"], enriched[name]["spans"]
        assert [(s["name"], s["scope"], s["kind"]) for s in ours] == [
            (s["name"], s["scope"], s["kind"]) for s in sdks
        ]
        for our, sdk in zip(ours, sdks, strict=True):
            mine, theirs = our["attributes"], sdk["attributes"]
            if name.endswith("one_shot_messages"):
                # An old SDK makes a list of them before it is asked, which can be looked at; a new one does not.
                mine = {k: v for k, v in mine.items() if k not in SHARES}
            assert mine.keys() == theirs.keys(), name
            assert {k: v for k, v in mine.items() if k not in VARYING} == {
                k: v for k, v in theirs.items() if k not in VARYING
            }, name


class TestTheCommandThatPrintsTheTable:
    @pytest.fixture
    def printed(self, monkeypatch, capsys):
        def printed():
            monkeypatch.setattr(sys, "argv", ["call_shapes", "--sdk", "installed"])
            with pytest.raises(SystemExit) as ended:
                call_shapes.main()
            return ended.value.code, [line.split() for line in capsys.readouterr().out.splitlines()]

        return printed

    def test_a_row_says_how_the_call_ended_and_what_it_cost(self, printed):
        code, lines = printed()
        rows = {(client, call): rest for _, _, client, call, *rest in lines[1:-2]}
        assert rows["async", "stream_read"] == ["read", "OK", "4", "24", "$0.000248", "exact", "right"]
        cut = ["cut", "short", "UNSET", "4", "-", "$0.000008", "estimated", "stream_cut_short", "right"]
        assert rows["sync", "stream_dropped"] == cut
        assert rows["sync", "refused"] == ["failed", "ERROR", "-", "-", "-", "-", "right"]
        assert (code, lines[-1][-2:]) == (0, ["0", "wrong"])
        assert len(rows) == len(outcomes("installed", "traced"))

    def test_a_row_that_is_not_as_the_table_says_is_wrong(self, printed, monkeypatch):
        monkeypatch.setitem(EXPECTED, "stream_read", [CUT_SHORT])
        code, lines = printed()
        wrong = [line[3] for line in lines if "WRONG:" in line]
        assert (code, wrong) == (1, ["stream_read", "stream_read"])

    def test_a_row_whose_application_sees_something_else_is_wrong(self, printed, monkeypatch):
        monkeypatch.setitem(outcomes("installed", "bare")["sync create"], "result", "another")
        code, lines = printed()
        wrong = [line[2:4] for line in lines if "WRONG:" in line]
        assert (code, wrong) == (1, [["sync", "create"]])
