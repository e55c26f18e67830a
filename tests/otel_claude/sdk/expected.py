"""What each scenario has to come to, on every version of the SDK, and what it does come to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

from otel_claude.simulator import Simulator
from tests.environments import sdk_overlay

SCENARIOS = Path(__file__).with_name("scenarios.py")
EMITTED = ("0.40.0", "0.75.0", "0.105.0", "0.125.0", "1.0.0", "1.13.0")
ENRICHED = ("1.14.0", "1.17.0", "2.0.0", "installed")

TOOL_SPANS = ("anthropic.messages.tool_runner", "anthropic.custom_tool_use")
"""How the names begin of the spans that a new SDK makes for its tool runner and for the tools that it runs."""

# A call of 4 prompt tokens and 24 output tokens, both as the simulator counts, on Sonnet 5.5 at $2 in and $10 out.
READ = ("OK", 4, 24, 0.000248, "exact", None)
CUT_SHORT = ("UNSET", 4, None, 0.000008, "estimated", "stream_cut_short")
NOT_READ = ("UNSET", None, None, None, "unpriced", "body_not_read")
FAILED = ("ERROR", None, None, None, None, None)
FIRST_TURN = ("OK", 10, 24, 0.00026, "exact", None)
SECOND_TURN = ("OK", 37, 24, 0.000314, "exact", None)

EXPECTED = {
    # scenario: the spans, each (status, input tokens, output tokens, USD, cost status, reason)
    "create": [READ],
    # 2,500 tokens written at $2.50, then read at $0.10, with 4 uncached and 24 of output.
    "create_cached": [
        ("OK", 2504, 24, 0.006498, "exact", None),
        ("OK", 2504, 24, 0.000498, "exact", None),
    ],
    "create_gathered": [READ] * 3,
    # 1,000 at $2, 8,000 read at $0.10, 2,000 written at $2.50 and 4,000 at $4, 100 of output at $10.
    "usage_5m_and_1h": [("OK", 15000, 100, 0.0248, "exact", None)],
    "usage_5m_and_1h_streamed": [("OK", 15000, 100, 0.0248, "exact", None)],
    # 1,000 at $2 and 100 at $10 are $0.003: at half price, at the list's, at 1.1 times that, and with three searches.
    "usage_of_a_batch": [("OK", 1000, 100, 0.0015, "exact", None)],
    "usage_of_the_priority_tier": [("OK", 1000, 100, 0.003, "estimated", "priority_tier")],
    "usage_in_the_us": [("OK", 1000, 100, 0.0033, "exact", None)],
    "usage_with_searches": [("OK", 1000, 100, 0.033, "exact", None)],
    # The compaction's 50,000 at $2 and 2,000 at $10 are billed besides, and not in the usage at the top.
    "usage_with_a_compaction": [("OK", 1000, 100, 0.123, "exact", None)],
    "usage_with_a_compaction_streamed": [("OK", 1000, 100, 0.123, "exact", None)],
    "unknown_model": [("OK", 4, 24, None, "unpriced", "unknown_model")],
    # 4 at $15 and 24 at $75.
    "deprecated_model": [("OK", 4, 24, 0.00186, "exact", None)],
    "refusal": [("OK", 4, 0, 0.0, "exact", None)],
    "tool_use": [("OK", 27, 3, 0.000084, "exact", None)],
    "thinking": [("OK", 4, 54, 0.000548, "exact", None)],
    "stream_read": [READ],
    "stream_next_then_closed": [CUT_SHORT],
    "stream_broken_out_of": [CUT_SHORT],
    "stream_dropped": [CUT_SHORT],
    "stream_never_read": [NOT_READ],
    "stream_is_a_stream": [READ],
    "stream_cut_by_the_server": [("ERROR", 4, None, 0.000008, "estimated", "stream_cut_short")],
    "stream_ended_by_an_error_event": [("ERROR", 4, None, 0.000008, "estimated", "stream_cut_short")],
    "stream_read_in_another_thread": [READ],
    "stream_read_in_another_task": [READ],
    "stream_cancelled": [CUT_SHORT],
    "generator_abandoned": [CUT_SHORT],
    "helper_final_message": [READ],
    "helper_text_then_final_message": [READ],
    "helper_left_early": [CUT_SHORT],
    "helper_never_entered": [],
    "helper_refused": [FAILED],
    "raw_response": [READ],
    "raw_response_of_a_stream": [READ],
    "streaming_response_read_as_json": [READ],
    "streaming_response_parsed": [READ],
    "streaming_response_by_lines": [READ],
    "streaming_response_not_read": [NOT_READ],
    "refused": [FAILED],
    "overloaded_twice": [READ],
    "nothing_listens": [FAILED],
    "timed_out": [("ERROR", None, None, None, "unpriced", "body_not_read")],
    "cancelled": [NOT_READ],
    "one_shot_messages": [READ],
    "copied_client": [READ],
    "beta": [READ],
    "accessor_made_before": [READ],
    "raw_post": [READ],
    # The tool and the question, then both again with the call of the tool and its result.
    "tool_runner": [("OK", 43, 5, 0.000136, "exact", None), ("OK", 89, 24, 0.000418, "exact", None)],
    # 3 tokens of system prompt and 7 of question; then also 24 of answer and 3 of thanks, sent or held by the API.
    "message_thread": [FIRST_TURN, SECOND_TURN],
    "message_thread_streamed": [FIRST_TURN, SECOND_TURN],
    "message_thread_that_is_lost": [FIRST_TURN, FAILED, SECOND_TURN],
}
HELD = frozenset(name for name in EXPECTED if name == "tool_runner" or name.startswith("message_thread"))
"""Scenarios in which a new SDK leaves to the API what an old one sends again."""

ERROR_TYPES = {
    "stream_cut_by_the_server": "connection_error",
    "stream_ended_by_an_error_event": "overloaded_error",
    "helper_refused": "invalid_request_error",
    "refused": "invalid_request_error",
    "nothing_listens": "connection_error",
    "timed_out": "client_timeout_error",
    "message_thread_that_is_lost": "not_found_error",
}


@cache
def outcomes(version, mode, python=sys.executable):
    """What the scenarios came to, by name, with that version of the SDK, `bare` or `traced`."""
    environment = os.environ if version == "installed" else sdk_overlay(version)
    with Simulator() as simulator:
        done = subprocess.run(
            [str(python), str(SCENARIOS), mode],
            env={**environment, "SIM": simulator.url},
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    found = json.loads(done.stdout)
    for outcome in found:
        outcome["spans"] = [each for each in outcome["spans"] if not each["name"].startswith(TOOL_SPANS)]
    return {outcome["scenario"]: outcome for outcome in found}


def summary(span):
    found = span["attributes"]
    return (
        span["status"],
        found.get("gen_ai.usage.input_tokens"),
        found.get("gen_ai.usage.output_tokens"),
        found.get("gen_ai.usage.cost.amount"),
        found.get("otel_claude.cost.status"),
        found.get("otel_claude.cost.reason"),
    )
