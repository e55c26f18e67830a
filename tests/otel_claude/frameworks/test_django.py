"""The feature of a request is its URL pattern, in Django as it is, by WSGI and by ASGI."""

from __future__ import annotations

import asyncio
import sys
import types

import pytest

from otel_claude.attribution import current

django = pytest.importorskip("django")

from django.conf import settings  # noqa: E402
from django.http import HttpResponse, StreamingHttpResponse  # noqa: E402
from django.urls import include, path, re_path  # noqa: E402


def name():
    found = current()
    return "none" if found is None else str(found.feature)


def show(request, **_):
    return HttpResponse(name())


async def show_later(request, **_):
    await asyncio.sleep(0)
    return HttpResponse(name())


def stream(request):
    return StreamingHttpResponse(name() + "|" for _ in range(2))


async def stream_later(request):
    async def parts():
        for _ in range(2):
            yield name() + "|"

    return StreamingHttpResponse(parts())


def broken(request):
    raise LookupError


@pytest.fixture(scope="module", autouse=True)
def project():
    urls = types.ModuleType("otel_claude_test_urls")
    tickets = [path("<int:ticket_id>/", show), path("<int:ticket_id>/later/", show_later)]
    urls.urlpatterns = [
        path("tickets/", include(tickets)),
        re_path(r"^old/(?P<x>\d+)$", show),
        path("stream/", stream),
        path("stream-later/", stream_later),
        path("broken/", broken),
    ]
    sys.modules[urls.__name__] = urls
    if not settings.configured:
        settings.configure(
            ROOT_URLCONF=urls.__name__,
            MIDDLEWARE=["otel_claude.frameworks.django.FeatureMiddleware"],
            ALLOWED_HOSTS=["testserver"],
            SECRET_KEY="test",
        )
        django.setup()


CASES = [
    ("/tickets/7/", "GET tickets/<int:ticket_id>/"),
    ("/tickets/7/later/", "GET tickets/<int:ticket_id>/later/"),
    ("/old/7", r"GET ^old/(?P<x>\d+)$"),
]


@pytest.mark.parametrize(("where", "expected"), [*CASES, ("/stream/", "GET stream/|GET stream/|")])
def test_it_is_the_method_and_the_pattern(where, expected):
    from django.test import Client

    response = Client().get(where)
    assert b"".join(response).decode() == expected
    assert current() is None


@pytest.mark.parametrize(
    ("where", "expected"), [*CASES, ("/stream-later/", "GET stream-later/|GET stream-later/|")]
)
async def test_by_asgi_it_is_the_same(where, expected):
    from django.test import AsyncClient

    response = await AsyncClient().get(where)
    body = [part async for part in response] if response.streaming else [response.content]
    assert b"".join(body).decode() == expected
    assert current() is None


async def test_requests_at_once_keep_theirs():
    from django.test import AsyncClient

    async def get(where):
        return (await AsyncClient().get(where)).content.decode()

    asked = [case for case in CASES for _ in range(5)]
    found = await asyncio.gather(*(get(where) for where, _ in asked))
    assert found == [expected for _, expected in asked]


def test_an_error_and_a_page_that_is_not_there_leave_nothing_behind():
    from django.test import Client

    assert Client(raise_request_exception=False).get("/broken/").status_code == 500
    assert Client().get("/secret/path").status_code == 404
    assert current() is None
