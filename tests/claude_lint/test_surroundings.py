"""What a request knows of the code around its call."""

from __future__ import annotations

import textwrap

import pytest
from claude_lint.modelling.analyse import requests_in
from claude_lint.reading.source import parse
from claude_lint.request import Presence, Request, Surroundings

CALL = 'client.messages.create(model="claude-haiku-5-5", max_tokens=9, messages=messages)'


def request_of(code: str, path: str = "app.py") -> Request:
    head = "import anthropic, time, tenacity, backoff\nclient = anthropic.Anthropic()\n"
    text = head + textwrap.dedent(code).replace("CALL", CALL)
    (request,) = requests_in(parse(text.encode(), path))
    return request


def around(code: str, path: str = "app.py") -> Surroundings:
    return request_of(code, path).around


@pytest.mark.parametrize(
    ("loop", "few"),
    [
        ("for x in items:", False),
        ("for x in ('a', 'b'):", True),
        ("for x in FEW:", True),
        ("for x in EVAL_DATA:", True),
        ("for x in EVAL_ROWS:", False),
        ("for i, x in enumerate(['a']):", True),
        ("for i in range(3):", True),
        ("for i in range(1, 500):", False),
        ("for x in ['a', *more]:", False),
    ],
)
def test_a_loop_over_a_handful_is_known_to_be_short(loop: str, few: bool) -> None:
    found = around(
        "EVAL_ROWS = ['a', 'b', 'c']\n"
        f"FEW = EVAL_DATA = ['a', 'b']\ndef main(items, more, messages):\n    {loop}\n        CALL\n"
    ).loop
    assert found is not None
    assert found.few is few


def test_the_loop_of_a_caller_in_the_file_is_around_the_call() -> None:
    found = around(
        "def ask(messages):\n    return CALL\ndef main(items):\n    return [ask(item) for item in items]\n"
    )
    assert found.loop is not None
    assert (found.loop.kind, found.loop.place.line) == ("comprehension", 6)


@pytest.mark.parametrize(
    ("items", "many"),
    [("tqdm(paths)", True), ("eval_rows", True), ("paths", False), ("range(args.count)", False)],
)
def test_a_progress_bar_or_the_name_of_a_data_set_says_that_a_loop_is_long(items: str, many: bool) -> None:
    found = around(f"def main(paths, eval_rows, args, messages):\n    for x in {items}:\n        CALL\n").loop
    assert found is not None
    assert found.many is many


def test_a_pool_that_maps_the_function_is_a_loop() -> None:
    found = around("def ask(messages):\n    return CALL\ndef main(pool, items):\n    pool.map(ask, items)\n")
    assert found.loop is not None
    assert found.loop.place.line == 6


def test_a_loop_around_the_definition_is_not_around_the_call() -> None:
    assert around("for n in NAMES:\n    def ask(messages):\n        return CALL\n").loop is None


@pytest.mark.parametrize(
    ("sleep", "pauses"),
    [
        ("pass", ()),
        ("time.sleep(5)", (5.0,)),
        ("time.sleep(15 * 60)", (900.0,)),
        ("time.sleep(PAUSE)", (60.0,)),
        ("time.sleep(unknown())", None),
        ("time.sleep(delay); delay *= 2", None),
    ],
)
def test_a_pause_is_known_where_it_can_be_read_and_does_not_grow(
    sleep: str, pauses: tuple[float, ...] | None
) -> None:
    code = f"PAUSE = 60\ndef main(messages):\n    delay = 1\n    while True:\n        CALL\n        {sleep}\n"
    found = around(code).loop
    assert found is not None
    assert found.pauses == pauses


RETRIES = [
    "@tenacity.retry\ndef ask(messages):\n    return CALL\n",
    "@backoff.on_exception(backoff.expo, Exception)\ndef ask(messages):\n    return CALL\n",
    "@with_retry(times=3)\ndef ask(messages):\n    return CALL\n",
    "def ask(messages):\n    for attempt in tenacity.Retrying():\n        with attempt:\n            return CALL\n",
    """
def ask(messages):
    while True:
        try:
            return CALL
        except Exception:
            time.sleep(1)
""",
    """
def ask(messages):
    for _ in range(3):
        try:
            reply = CALL
            break
        except anthropic.RateLimitError as error:
            if error.fatal:
                raise
""",
]
NO_RETRIES = [
    "@tenacity.retry(retry=tenacity.retry_if_exception_type(ValueError))\ndef ask(messages):\n    return CALL\n",
    "@backoff.on_predicate(backoff.expo)\ndef ask(messages):\n    return CALL\n",
    "def ask(messages):\n    try:\n        return CALL\n    except Exception:\n        time.sleep(1)\n",
    """
def ask(all):
    for messages in all:
        try:
            CALL
        except Exception:
            pass
""",
    """
def ask(messages):
    for attempt in range(3):
        try:
            return CALL
        except ValueError:
            pass
""",
    """
def ask(messages):
    for attempt in range(3):
        try:
            return CALL
        except Exception:
            raise
""",
]


@pytest.mark.parametrize("code", RETRIES)
def test_what_calls_again_after_an_error_of_the_api_is_a_retry_and_no_loop(code: str) -> None:
    found = around(code)
    assert len(found.retries) == 1
    assert found.loop is None


@pytest.mark.parametrize("code", NO_RETRIES)
def test_what_handles_other_errors_or_goes_on_with_the_next_is_no_retry(code: str) -> None:
    assert around(code).retries == ()


SCHEDULES = {
    "@scheduler.scheduled_job('interval', minutes=45)\ndef report(messages):\n    CALL\n": 2_700,
    "@tasks.loop(hours=1, minutes=30)\nasync def report(messages):\n    CALL\n": 5_400,
    "@huey.periodic_task(crontab(minute='*/10'))\ndef report(messages):\n    CALL\n": 600,
    "@huey.periodic_task(crontab(minute='0'))\ndef report(messages):\n    CALL\n": 3_600,
    "@huey.periodic_task(crontab(minute='0', hour='6'))\ndef report(messages):\n    CALL\n": 86_400,
    "def report(messages):\n    CALL\nscheduler.add_job(report, IntervalTrigger(hours=2))\n": 7_200,
    "def report(messages):\n    CALL\nscheduler.add_job(report, 'cron', hour='*/4', minute=0)\n": 14_400,
    "def report(messages):\n    CALL\nschedule.every(10).minutes.do(report)\n": 600,
    "def report(messages):\n    CALL\nschedule.every().day.at('10:30').do(report)\n": 86_400,
    "def report(messages):\n    CALL\nqueue.run_repeating(report, interval=1800)\n": 1_800,
    "@tasks.loop(hours=config.hours)\nasync def report(messages):\n    CALL\n": None,
    "@huey.periodic_task(crontab(minute='0,30'))\ndef report(messages):\n    CALL\n": None,
    "def report(messages):\n    CALL\nschedule.every().monday.do(report)\n": None,
    "@tasks.loop(hours=1)\ndef report(messages):\n    for one in messages:\n        CALL\n": None,
}


@pytest.mark.parametrize(("code", "seconds"), SCHEDULES.items())
def test_a_schedule_is_told_where_each_run_makes_one_call(code: str, seconds: float | None) -> None:
    found = around(code).schedule
    assert (found.seconds if found is not None else None) == seconds


def test_a_script_is_told_by_its_guard_its_directory_or_its_kind() -> None:
    assert not around("def ask(messages):\n    return CALL\n").script
    assert around("def ask(messages):\n    return CALL\nif __name__ == '__main__':\n    ask([])\n").script
    assert around("def ask(messages):\n    return CALL\n", "scripts/label.py").script
    assert around("messages = []\nCALL\n").script


def test_a_tag_counts_as_decorator_and_as_block_but_not_in_another_function() -> None:
    assert around("@feature('a')\ndef ask(messages):\n    return CALL\n").tagged
    assert around("def ask(messages):\n    with task('a'):\n        return CALL\n").tagged
    assert not around("@feature('a')\ndef other():\n    pass\ndef ask(messages):\n    return CALL\n").tagged


def test_the_settings_of_a_client_are_those_of_its_constructor_with_later_ones_over_them() -> None:
    plain = request_of("def ask(messages):\n    return CALL\n")
    assert plain.setting("max_retries").presence is Presence.ABSENT
    call = CALL.replace(
        "client.", "anthropic.Anthropic(max_retries=4, timeout=9).with_options(max_retries=0)."
    )
    changed = request_of(f"def ask(messages):\n    return {call}\n")
    assert (changed.setting("max_retries").value, changed.setting("timeout").value) == (0, 9)
    given = request_of(f"def ask(client: anthropic.Anthropic, messages):\n    return {CALL}\n")
    assert given.setting("max_retries").presence is Presence.UNKNOWN


def test_what_stands_inside_dicts_is_found_by_its_dotted_name() -> None:
    thinking = CALL.replace("max_tokens=9", 'max_tokens=9, thinking={"type": "enabled", "budget_tokens": 5}')
    request = request_of(f"def ask(messages):\n    return {thinking}\n")
    assert request.field("thinking.type").value == "enabled"
    assert request.field("tool_choice.type").presence is Presence.ABSENT
    unresolved = request_of(f"def ask(thinking, messages):\n    return {CALL[:-1]}, thinking=thinking)\n")
    assert unresolved.field("thinking.type").presence is Presence.UNKNOWN


def test_asking_after_a_batch_and_reading_its_results_are_requests_of_their_own() -> None:
    code = """
import anthropic
def collect(client: anthropic.Anthropic, batch):
    client.messages.batches.retrieve(batch)
    client.messages.batches.results(batch)
    client.messages.batches.list()
    other.results(batch)
"""
    found = requests_in(parse(code.encode(), "app.py"))
    assert [request.method for request in found] == ["batch_retrieve", "batch_results"]
