"""No code, however odd, makes the analysis fail or take long."""

from __future__ import annotations

import time
import warnings

import pytest
from claude_lint.modelling.analyse import requests_in
from claude_lint.reading.errors import SourceError
from claude_lint.reading.source import parse
from claude_rules import RULES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

EXAMPLES = [code for rule in RULES for code in (*rule.valid, *(one.code for one in rule.invalid))]
LINES = sorted({line for code in EXAMPLES for line in code.splitlines() if line.strip()})

ODD = {
    "recursion": (
        "def f(x):\n    return f(x) + g(x)\ndef g(x):\n    return f(x)\nc.messages.create(system=f(1))"
    ),
    "a class that makes itself": (
        "class A:\n    def __init__(self):\n        self.a = A()\nA().a.a.messages.create(model='m')"
    ),
    "a class that is its own base": (
        "class A(A):\n    pass\nclass B(C): pass\nclass C(B):\n"
        "    def f(self): self.c.messages.create(model='m')"
    ),
    "a lambda of a class": (
        "class A:\n    pick = lambda self: self.c\n    def f(self): self.pick().messages.create(model='m')"
    ),
    "a list in itself": "a = []\na.append(a)\nc.messages.create(messages=a, system=a)",
    "a dict in itself": "d = {}\nd['messages'] = d\nc.messages.create(**d)",
    "assignment to odd targets": (
        "(a, *b), [d] = x\na.b[0].c = d[1:2] = *e, f = 1\nc.messages.create(model=a, system=b)"
    ),
    "odd formats": "c.messages.create(system='{0!r:{w}} {x.y[0]} {'.format(1) + '%(a)s %*d %' % {})",
    "many branches": "m = 0\n" + "if x: m = m + 1\nelif y: m = 'a'\n" * 60 + "c.messages.create(model=m)",
    "nested loops": "".join(f"{' ' * n}for i{n} in x:\n" for n in range(12))
    + " " * 12
    + "c.messages.create(model='m')",
    "everything": (
        "match x:\n  case {'a': [1, *r], **k} if k: c.messages.create(**k)\n"
        "try: pass\nexcept* E as e: del e.a, e[0]\n"
        "type X[T] = list[T]\nc.messages.create(model=lambda: (yield), system=f'{x!r:>{w}}{{}}' rb'' '')"
    ),
}


@pytest.mark.parametrize("code", ODD.values(), ids=ODD)
def test_odd_code_is_analysed_in_a_moment(code: str) -> None:
    start = time.perf_counter()
    try:
        requests_in(parse(f"import anthropic\nc = anthropic.Anthropic()\n{code}\n".encode(), "a.py"))
    except SourceError as error:
        assert error.message.startswith("syntax error")  # noqa: PT017
    assert time.perf_counter() - start < 5


def test_what_python_warns_about_in_a_file_is_not_told() -> None:
    code = (
        "import anthropic\nclient = anthropic.Anthropic()\n\n\n"
        "def ask(a):\n    assert (a, 'b')\n    b = 1 is 1\n"
        "    client.messages.create(model='m', system=f'\\d{a}' + '\\w')\n"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (request,) = requests_in(parse(code.encode(), "a.py"))
    assert [segment.text for piece in request.pieces for segment in piece.segments] == ["\\d", None, "\\w"]


def test_a_web_of_helpers_stays_within_the_budget() -> None:
    helpers = "".join(
        f"def f{n}(x):\n    return f{n + 1}(x) + f{n + 1}(x) + f{n + 1}(x)\n" for n in range(20)
    )
    code = (
        f"import anthropic\n{helpers}def f20(x):\n    return x\n"
        f"anthropic.Anthropic().messages.create(system=f0('a'))\n"
    )
    start = time.perf_counter()
    assert len(requests_in(parse(code.encode(), "a.py"))) == 1
    assert time.perf_counter() - start < 10


@given(st.lists(st.sampled_from(LINES), max_size=25), st.integers(0, 3))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_shuffled_lines_of_real_examples_never_fail(lines: list[str], indent: int) -> None:
    text = "import anthropic\nc = client = anthropic.Anthropic()\n" + "\n".join(
        line[indent:] for line in lines
    )
    try:
        source = parse(text.encode(), "a.py")
    except SourceError:
        return
    requests_in(source)


@given(st.sampled_from(EXAMPLES), st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_examples_with_words_swapped_never_fail(code: str, data: st.DataObject) -> None:
    words = sorted(set(code.replace("(", " ").replace(")", " ").replace(",", " ").split()))
    for _ in range(3):
        one, other = data.draw(st.sampled_from(words)), data.draw(st.sampled_from(words))
        code = code.replace(one, other)
    try:
        source = parse(code.encode(), "a.py")
    except SourceError:
        return
    requests_in(source)
