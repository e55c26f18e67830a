"""Which files are worth parsing, told from their bytes."""

from __future__ import annotations

import pytest
from claude_lint.reading.prefilter import may_call_claude


@pytest.mark.parametrize(
    "data",
    [
        b"import anthropic\nanthropic.Anthropic().messages.create()",
        b"client.messages.create(model=x, messages=y)",
        b"def f(c, kw):\n    return c.messages.stream(**kw)",
        b"from anthropic import A\nA().messages\\\n.create()".replace(b"\\\n", b"\n"),
        b'{"cells": [{"source": ["import anthropic\\n", "c.messages.batches.create(requests=r)"]}]}',
    ],
)
def test_a_file_that_may_call_claude_passes(data: bytes) -> None:
    assert may_call_claude(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"import anthropic\nclient = anthropic.Anthropic()",
        b"MODELS = ['claude-opus-5-5']",
        b"from twilio.rest import Client\nClient().messages.create(to='1', body='x')",
    ],
)
def test_a_file_without_a_call_does_not_pass(data: bytes) -> None:
    assert not may_call_claude(data)
