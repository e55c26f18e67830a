"""The feature of a request is its URL rule, in Flask as it is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from otel_claude.attribution import current
from otel_claude.frameworks.wsgi import FeatureMiddleware

flask = pytest.importorskip("flask")


def name():
    found = current()
    return "none" if found is None else str(found.feature)


def application():
    app = flask.Flask("shop")
    blueprint = flask.Blueprint("tickets", "shop", url_prefix="/tickets")

    @blueprint.route("/<int:ticket_id>", methods=["GET", "POST"])
    def show(ticket_id):
        return name()

    @app.route("/stream/<x>")
    def stream(x):
        def parts():
            for _ in range(2):
                yield name() + "|"

        return flask.Response(parts())

    @app.route("/broken")
    def broken():
        raise LookupError

    app.register_blueprint(blueprint)
    app.register_error_handler(404, lambda error: (name(), 404))
    app.wsgi_app = FeatureMiddleware(app.wsgi_app)
    return app


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("get", "/tickets/7", "GET /tickets/<int:ticket_id>"),
        ("post", "/tickets/7", "POST /tickets/<int:ticket_id>"),
        ("get", "/stream/7", "GET /stream/<x>|GET /stream/<x>|"),
        ("get", "/secret/path", "None"),
    ],
)
def test_it_is_the_method_and_the_url_rule(method, path, expected):
    assert getattr(application().test_client(), method)(path).text == expected
    assert current() is None


def test_between_the_parts_of_a_response_nothing_is_left():
    client = application().test_client()
    response = client.get("/stream/7", buffered=False)
    parts = response.iter_encoded()
    assert next(parts) == b"GET /stream/<x>|"
    assert current() is None
    response.close()
    assert current() is None


def test_an_error_in_a_request_leaves_nothing_behind():
    app = application()
    app.testing = True
    with pytest.raises(LookupError):
        app.test_client().get("/broken")
    assert current() is None


def test_threads_that_serve_one_request_after_another_keep_them_apart():
    app = application()

    def serve(number):
        path = "/tickets/7" if number % 2 else "/stream/7"
        return app.test_client().get(path).text.partition("|")[0], current()

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(serve, range(40)))
    expected = ["GET /tickets/<int:ticket_id>" if number % 2 else "GET /stream/<x>" for number in range(40)]
    assert found == [(name, None) for name in expected]
