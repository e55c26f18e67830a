"""The feature of a task is its name, in Celery as it is, with a worker on the broker in memory."""

from __future__ import annotations

import pytest
from opentelemetry import context

from otel_claude import feature
from otel_claude.attribution import current
from otel_claude.frameworks import celery as of_celery

celery = pytest.importorskip("celery")


def name():
    found = current()
    return None if found is None else found.feature


@pytest.fixture
def app():
    of_celery.connect()
    of_celery.connect()
    one = celery.Celery("shop", broker="memory://", backend="cache+memory://")
    celery.signals.setup_logging.connect(leave_logging_alone)
    yield one
    celery.signals.setup_logging.disconnect(leave_logging_alone)
    of_celery.disconnect()


def leave_logging_alone(**kwargs):
    """A worker configures the logging of its process unless somebody listens."""


def test_it_is_the_name_of_the_task_while_a_worker_runs_it(app):
    from celery.contrib.testing.worker import start_worker

    @app.task(name="shop.summarize")
    def summarize(x):
        return name()

    @app.task(name="shop.fail")
    def fail():
        raise LookupError

    @app.task(name="shop.retry", bind=True, max_retries=2)
    def again(self):
        if self.request.retries < 1:
            raise self.retry(countdown=0)
        return name()

    with start_worker(app, pool="threads", concurrency=2, perform_ping_check=False, loglevel="ERROR"):
        results = [summarize.delay(number) for number in range(6)]
        failed = fail.delay()
        assert [result.get(timeout=20) for result in results] == ["shop.summarize"] * 6
        with pytest.raises(LookupError):
            failed.get(timeout=20)
        assert again.delay().get(timeout=20) == "shop.retry"
        assert summarize.delay(1).get(timeout=20) == "shop.summarize"


def test_a_task_that_runs_in_place_leaves_what_was_before(app):
    app.conf.task_always_eager = True

    @app.task(name="shop.inner")
    def inner():
        return name(), current().tags

    @app.task(name="shop.outer")
    def outer():
        return inner.delay().get(disable_sync_subtasks=False), name()

    with feature("web"):
        assert outer.delay().get() == (("shop.inner", {"feature.outer": "web > shop.outer"}), "shop.outer")
        assert name() == "web"
    assert name() is None


def test_a_task_leaves_nothing_to_the_next_where_others_put_their_context_back_after_it(app):
    app.conf.task_always_eager = True
    tokens = []

    def attach(**_):
        tokens.append(context.attach(context.set_value("theirs", 1)))

    def detach(**_):
        context.detach(tokens.pop())

    @app.task(name="shop.one")
    def one():
        return name(), current().tags

    @app.task(name="shop.two")
    def two():
        return name(), current().tags

    celery.signals.task_prerun.connect(attach, weak=False)
    celery.signals.task_postrun.connect(detach, weak=False)
    try:
        assert one.delay().get() == ("shop.one", {})
        assert name() is None
        assert two.delay().get() == ("shop.two", {})
    finally:
        celery.signals.task_prerun.disconnect(attach)
        celery.signals.task_postrun.disconnect(detach)


def test_tasks_that_are_over_do_not_pile_up(app):
    app.conf.task_always_eager = True

    @app.task(name="shop.one")
    def one():
        return current().outer

    first, *later = [one.delay().get() for _ in range(3)]
    assert later == [first] * 2


def test_disconnected_it_names_nothing(app):
    of_celery.disconnect()
    app.conf.task_always_eager = True

    @app.task(name="shop.bare")
    def bare():
        return name()

    assert bare.delay().get() is None
