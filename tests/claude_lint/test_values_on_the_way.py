"""What values are on their way to a request: what generators, pools, command lines and assignments make of them."""

from __future__ import annotations

from textwrap import dedent

from claude_lint.modelling.analyse import requests_in
from claude_lint.reading.source import parse
from claude_lint.request import Presence, Request, Stability


def the_request(code: str) -> Request:
    head = "import anthropic, asyncio, argparse, datetime, time\nc = anthropic.Anthropic()\n"
    (request,) = requests_in(parse((head + dedent(code)).encode(), "a.py"))
    return request


def stabilities(request: Request) -> set[Stability]:
    return {segment.stability for piece in request.pieces for segment in piece.segments}


def test_what_a_generator_yields_is_in_the_text_that_joins_it() -> None:
    request = the_request("""
        def parts():
            yield "first"
            yield from ["second", time.ctime()]
        def ask():
            c.messages.create(system="".join(parts()), messages=[])
    """)
    assert request.pieces[0].text == "firstsecond"
    assert Stability.PER_CALL in stabilities(request)


def test_with_gets_what_a_context_manager_yields() -> None:
    request = the_request("""
        from contextlib import contextmanager
        @contextmanager
        def client():
            yield anthropic.Anthropic(max_retries=7)
        def ask():
            with client() as made:
                made.messages.create(model="claude-x", messages=[])
    """)
    assert request.setting("max_retries").value == 7


def test_gathered_results_come_in_the_order_of_what_is_awaited() -> None:
    request = the_request("""
        async def rules(): return "rules"
        async def model(): return "claude-x"
        async def ask():
            text, name = await asyncio.gather(rules(), model())
            c.messages.create(model=name, system=text, messages=[])
    """)
    assert (request.model.value, request.pieces[0].text) == ("claude-x", "rules")


COUNTER = """
    class Tutor:
        def __init__(self):
            self.turn = 0
        def ask(self, text):
            {step}
            c.messages.create(system=f"Turn {{self.turn}}", messages=[{{"role": "user", "content": text}}])
"""


def test_an_attribute_that_every_call_counts_up_changes_with_every_call() -> None:
    assert Stability.PER_CALL in stabilities(the_request(COUNTER.format(step="self.turn += 1")))


def test_an_attribute_that_some_calls_count_up_is_not_known_to_change() -> None:
    for step in ("if text: self.turn += 1", "self.turn = 4; self.turn += 1", "self.turn += text.size"):
        assert Stability.PER_CALL not in stabilities(the_request(COUNTER.format(step=step)))


def test_an_option_is_its_default_or_what_the_command_line_says() -> None:
    request = the_request("""
        def parser():
            made = argparse.ArgumentParser()
            group = made.add_argument_group("model")
            group.add_argument("-m", "--the-model", default="claude-x")
            made.add_argument("--limit", type=int, dest="most", default=9)
            made.add_argument("--system")
            return made
        def main():
            args, rest = parser().parse_known_args()
            c.messages.create(model=args.the_model, max_tokens=vars(args)["most"], system=args.system, messages=[])
    """)
    assert [known.value for known in request.model.known] == ["claude-x"]
    assert [known.value for known in request.max_tokens.known] == [9]
    assert request.model.open
    assert request.max_tokens.open
    assert request.model.because == "the option the_model"
    assert stabilities(request) == {Stability.UNKNOWN}


def test_an_option_of_click_is_its_default_whoever_starts_the_command() -> None:
    code = """
        import click
        @click.command()
        @click.option("--model", "-m", default="claude-x")
        def main(model):
            c.messages.create(model=model, messages=[])
    """
    for start in ("", "main()"):
        request = the_request(dedent(code) + start)
        assert [known.value for known in request.model.known] == ["claude-x"]
        assert request.model.open


def test_a_mark_on_the_last_of_what_a_caller_gives_is_one_breakpoint() -> None:
    request = the_request("""
        def ask(tools, messages):
            tools[-1]["cache_control"] = {"type": "ephemeral", "ttl": "1h"}
            messages[-1]["content"][-1]["cache_control"] = {"type": "ephemeral"}
            c.messages.create(tools=tools, messages=messages)
    """)
    assert [(mark.ttl, mark.certain, mark.many) for mark in request.breakpoints] == [
        ("1h", True, False),
        ("5m", True, False),
    ]


def test_what_is_set_in_a_dict_that_a_caller_gives_is_in_the_request() -> None:
    request = the_request("""
        def ask(params):
            params["max_tokens"] = 5
            c.messages.create(**params)
    """)
    assert request.max_tokens.presence is Presence.GIVEN
    assert [known.value for known in request.max_tokens.known] == [5]
    assert not request.complete


def test_a_dict_of_what_is_not_none_has_no_more_than_that() -> None:
    request = the_request("""
        def given(**values):
            return {name: value for name, value in values.items() if value is not None}
        def ask():
            c.messages.create(**given(model="claude-x", max_tokens=None))
        ask()
    """)
    assert request.complete
    assert [name for name, _ in request.arguments] == ["model"]


def test_the_item_of_a_pool_differs_from_call_to_call() -> None:
    request = the_request("""
        def ask(path):
            c.messages.create(system="Be kind.", messages=[{"role": "user", "content": path.read_text()}])
        def all(pool, folder):
            return list(pool.map(ask, folder.glob("*.txt")))
    """)
    assert [piece.varies for piece in request.pieces] == [None, True]


def test_the_fields_of_a_model_are_what_its_dump_holds() -> None:
    code = """
        from pydantic import BaseModel
        class Ask(BASE):
            model: str = "claude-x"
            max_tokens: int | None = None
            system: str = "Be kind."
        def ask(text):
            c.messages.create(**Ask(system=text).model_dump(exclude_none=True), messages=[])
    """
    request = the_request(code.replace("BASE", "BaseModel"))
    assert request.complete
    assert request.model.value == "claude-x"
    assert request.max_tokens.presence is Presence.ABSENT
    assert not the_request(code.replace("BASE", "BaseModel, Unseen")).complete
