"""Blocks that are left in another order than the one they were entered in: by a plugin's hooks, or a session's ends."""

from __future__ import annotations

import contextlib
import contextvars
import itertools
import logging

import pytest
from opentelemetry import context, trace

from otel_claude.attribution import current, feature, tag, task
from tests.otel_claude.sdk.in_memory import tracing


@pytest.fixture(autouse=True)
def quiet(caplog):
    """Nothing is logged, and what was there before is there after."""
    before = context.get_current()
    with caplog.at_level(logging.WARNING):
        yield
    left = current()
    context.attach(before)
    assert (left, caplog.get_records("call")) == (None, [])


def name():
    found = current()
    return None if found is None else found.feature


def enter(*blocks):
    for block in blocks:
        block.__enter__()


def leave(*blocks):
    for block in blocks:
        block.__exit__(None, None, None)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_once_all_are_left_none_is_there_in_whatever_order(order):
    with tracing():
        blocks = [feature("a"), task("b"), tag(tenant="c"), feature("d")]
        around = trace.get_current_span()
        enter(*blocks)
        leave(*(blocks[index] for index in order))
        assert current() is None
        assert trace.get_current_span() is around


def test_what_is_left_first_says_nothing_of_what_is_left_later():
    tenant, work, search = tag(tenant="acme"), task("work"), feature("search")
    enter(feature_of_all := feature("app"), tenant, work, search)
    leave(feature_of_all, work, tenant)
    assert current()[:3] == ("search", {}, None)
    leave(search)


def test_what_is_left_last_goes_on_saying_it():
    enter(search := feature("search"), rerank := feature("rerank"))
    leave(search)
    assert (name(), current().tags) == ("rerank", {})
    leave(rerank)
    assert name() is None


def test_a_block_that_outlives_the_decorated_function_that_entered_it_does_not_keep_the_functions():
    session = feature("session")

    @feature("start")
    def start():
        session.__enter__()

    start()
    assert (name(), current().tags) == ("session", {})
    leave(session)


def test_a_block_inside_itself_is_left_once_each():
    search = feature("search")
    enter(search, rerank := feature("rerank"), search)
    leave(rerank)
    assert name() == "search"
    leave(search)
    assert name() == "search"
    leave(search)


def test_the_tasks_that_are_left_out_of_order_each_finish_once():
    with tracing() as traced:
        one, other = task("one"), task("other")
        enter(one, other)
        leave(one)
        assert trace.get_current_span().name == "task other"
        leave(other)
        assert not trace.get_current_span().get_span_context().is_valid
    assert [span.name for span in traced.spans] == ["task one", "task other"]


def test_a_stack_that_closes_what_it_did_not_enter_last_leaves_nothing():
    with contextlib.ExitStack() as session:
        with contextlib.ExitStack() as request:
            request.enter_context(feature("request"))
            session.enter_context(feature("session"))
        assert (name(), current().tags) == ("session", {})


def test_a_generator_that_waits_keeps_its_block_where_others_are_left_out_of_order():
    said = []

    def pages():
        with feature("crawler"):
            while True:
                said.append(name())
                yield

    enter(one := feature("one"))
    waiting = pages()
    next(waiting)
    enter(other := feature("other"))
    leave(one)
    assert name() == "other"
    leave(other)
    assert name() is None
    next(waiting)
    assert said == ["crawler"] * 2
    waiting.close()


def test_a_generator_leaves_its_own_entry_of_a_block_that_its_consumer_is_in_too():
    search = feature("search")

    def pages():
        with search:
            yield
        yield

    waiting = pages()
    next(waiting)
    with search:
        next(waiting)
        assert name() == "search"
    assert name() is None


def test_a_coroutine_that_is_closed_anywhere_takes_no_entry_of_somebody_elses_away():
    search = feature("search")

    async def asked():
        with search:
            await Forever()

    waiting = asked()
    contextvars.copy_context().run(waiting.send, None)
    with search, feature("rerank"):
        waiting.close()
        assert (name(), current().tags) == ("rerank", {"feature.outer": "search"})


class Forever:
    def __await__(self):
        yield
