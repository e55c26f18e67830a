from __future__ import annotations

import pytest

from otel_claude.simulator.script import Directives, Script, parse

LEGAL = {
    "": Directives(),
    " ; ": Directives(),
    "error=529": Directives(errors=(529,)),
    "error=529, 200 ;retry-after=0.5": Directives(errors=(529, 200), retry_after=0.5),
    "refusal;output-tokens=5": Directives(refusal=True, output_tokens=5),
    "thinking": Directives(thinking_tokens=16),
    "thinking=0": Directives(thinking_tokens=0),
    "cite=0,2": Directives(cited=(0, 2)),
    "tool-use": Directives(tool_use=""),
    "tool-use=get_weather": Directives(tool_use="get_weather"),
    "cut-after=0; delay=0.25; tokens-per-second=50": Directives(
        cut_after=0, delay=0.25, tokens_per_second=50.0
    ),
    'usage={"a": "x;y=1"}; sse-error=1': Directives(usage={"a": "x;y=1"}, sse_error=1),
    "sse-error=1; usage={}": Directives(usage={}, sse_error=1),
}

ILLEGAL = {
    "eror=529": "unknown directive 'eror'",
    "error": "'error': expected a number",
    "error=": "'error': expected a number",
    "error=418": "'error': no status 418",
    "error=529; error=500": "'error' is given twice",
    "refusal=yes": "'refusal': takes no value",
    "output-tokens=-1": "'output-tokens': expected a number",
    "output-tokens=²": "'output-tokens': expected a number",
    "delay=soon": "'delay': expected a number above 0",
    "delay=nan": "'delay': expected a number above 0",
    "delay=61": "'delay': at most 60 seconds",
    "usage=[]": "'usage': expected a JSON object",
    "usage={": "'usage': not JSON",
    "usage={} refusal": "'usage': expected ';'",
    "cut-after=1; sse-error=1": "exclude each other",
}


@pytest.mark.parametrize(("text", "expected"), LEGAL.items())
def test_directives_are_read(text: str, expected: Directives) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(("text", "message"), ILLEGAL.items())
def test_what_is_wrong_with_a_directive_is_named(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        parse(text)


def test_a_script_takes_all_of_its_texts_or_none() -> None:
    script = Script()
    with pytest.raises(ValueError, match="unknown"):
        script.extend(["refusal", "nonsense"])
    assert script.take() == Directives()


def test_a_sequence_of_statuses_covers_as_many_requests() -> None:
    script = Script()
    assert script.extend(["error=529,500; retry-after=1", ""]) == 3
    assert [script.take().status(attempt=1) for _ in range(3)] == [529, 500, 200]
