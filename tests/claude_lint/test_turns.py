"""Whether the turns of a loop depend on each other, and what differs from turn to turn."""

from __future__ import annotations

import libcst as cst
import pytest
from claude_lint.modelling.turns import Turns, names_in, settings_in
from claude_lint.reading.walk import descendants
from hypothesis import given
from hypothesis import strategies as st


def turns_of(code: str) -> tuple[Turns, cst.Call]:
    """The turns of the first loop in `code`, and its call of `ask`."""
    nodes = list(descendants(cst.parse_module(code)))
    loop = next(node for node in nodes if isinstance(node, (cst.For, cst.While)))
    call = next(
        node
        for node in nodes
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value == "ask"
    )
    return Turns(loop), call


INDEPENDENT = [
    "for x in xs:\n    out.append(ask(x))\n",
    "for x in xs:\n    x.label = ask(x.text)\n    print(x)\n",
    "for x in xs:\n    prompt = make(x)\n    answer = ask(prompt)\n    prompt += answer\n",
    "for x in xs:\n    messages = [x]\n    reply = ask(messages)\n    messages.append(reply)\n",
    "for x in xs:\n    try:\n        out.append(ask(x))\n    except Error:\n        break\n",
    "for x in xs:\n    r = ask(x)\n    for y in r:\n        if y:\n            break\n",
    "for x in xs:\n    total += ask(x)\n",
]
DEPENDENT = [
    "for x in xs:\n    messages.append(x)\n    reply = ask(messages)\n    messages.append(reply)\n",
    "for x in xs:\n    summary = ask(summary + x)\n",
    "for x in xs:\n    prompt = make(x, last)\n    last = ask(prompt)\n",
    "for x in xs:\n    if ask(x):\n        break\n",
    "for x in xs:\n    if ask(x):\n        return x\n",
    "for x in xs:\n    self.state = ask(self.state, x)\n",
    "while todo:\n    todo.extend(ask(todo))\n",
]


@pytest.mark.parametrize("code", INDEPENDENT)
def test_a_turn_that_uses_its_own_item_only_carries_nothing(code: str) -> None:
    turns, call = turns_of(code)
    assert not turns.carries(call)


@pytest.mark.parametrize("code", DEPENDENT)
def test_a_turn_that_uses_or_decides_what_others_do_is_carried(code: str) -> None:
    turns, call = turns_of(code)
    assert turns.carries(call)


@pytest.mark.parametrize(
    ("argument", "varies"),
    [("x", True), ("fixed", False), ("made", True), ("[fixed, made]", True), ("other", False)],
)
def test_what_is_set_from_the_target_varies(argument: str, varies: bool) -> None:
    turns, call = turns_of(
        f"for x in xs:\n    made = make(x)\n    other = make(fixed)\n    ask({argument})\n"
    )
    assert turns.varies(call.args[0].value) is varies


NAMES = st.sampled_from(["a", "b", "c", "d"])


@given(st.lists(st.tuples(NAMES, NAMES), max_size=6), NAMES)
def test_a_slice_holds_its_names_and_is_closed(assignments: list[tuple[str, str]], name: str) -> None:
    body = "".join(f"    {target} = f({value})\n" for target, value in assignments) + "    ask(a)\n"
    turns, _ = turns_of(f"for x in xs:\n{body}")
    found = turns.slice(frozenset({name}))
    assert name in found
    assert turns.slice(found) == found
    assert all(one.reads <= found for one in turns.settings if one.names & found)


def test_names_are_variables_and_attributes_of_the_instance() -> None:
    expression = cst.parse_expression("f(a.b, self.c.d, key=e[g])")
    assert names_in(expression) == {"f", "a", "self.c", "e", "g"}


def test_a_method_call_sets_its_receiver_from_its_arguments() -> None:
    (setting,) = settings_in(cst.parse_expression("out.append(value)"))
    assert (setting.names, setting.reads) == ({"out"}, {"value"})
