"""The feature of a request is its route, in Starlette and FastAPI as they are."""

from __future__ import annotations

import asyncio

import pytest

from otel_claude import feature
from otel_claude.attribution import current
from otel_claude.frameworks.asgi import FeatureMiddleware

starlette = pytest.importorskip("starlette")
fastapi = pytest.importorskip("fastapi")

from starlette.applications import Starlette  # noqa: E402
from starlette.background import BackgroundTask  # noqa: E402
from starlette.responses import PlainTextResponse, StreamingResponse  # noqa: E402
from starlette.routing import Mount, Route, WebSocketRoute  # noqa: E402

after = []


def name():
    found = current()
    return "none" if found is None else str(found.feature)


async def show(request):
    await asyncio.sleep(0)
    return PlainTextResponse(name(), background=BackgroundTask(lambda: after.append(name())))


def show_in_a_thread(request):
    return PlainTextResponse(name())


async def stream(request):
    async def parts():
        for _ in range(2):
            yield name() + "|"

    return StreamingResponse(parts())


async def stream_of_a_generator_that_threads_step_through(request):
    def parts():
        for _ in range(2):
            yield name() + "|"
        with feature("chat"):
            for _ in range(2):
                yield f"{name()} in {current().tags['feature.outer']} of {current().tags['tenant']}|"

    return StreamingResponse(parts())


async def nested(request):
    with feature("answer"):
        return PlainTextResponse(f"{name()} in {current().tags['feature.outer']}")


async def socket(websocket):
    await websocket.accept()
    await websocket.send_text(name())
    await websocket.close()


class Tenant:
    """A middleware of the application's, inside ours, which is at work before the route is found."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        from otel_claude import tag

        with tag(tenant="acme"):
            await self.app(scope, receive, send)


def application():
    inner = Starlette(routes=[Route("/items/{item}", show)])
    app = Starlette(
        routes=[
            Route("/tickets/{ticket_id:int}", show, methods=["GET"]),
            Route("/tickets/{ticket_id:int}/notes", show, methods=["POST"]),
            Route("/thread/{x}", show_in_a_thread),
            Route("/stream/{x}", stream),
            Route("/threads/{x}", stream_of_a_generator_that_threads_step_through),
            Route("/nested", nested),
            WebSocketRoute("/live/{x}", socket),
            Mount("/tenants/{tenant}", inner),
        ]
    )
    app.add_middleware(Tenant)
    app.add_middleware(FeatureMiddleware)
    return app


async def request(app, path, method="GET"):
    """The status and the body of the response of `app`, by the ASGI protocol itself."""
    sent = []
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "path": path,
        "raw_path": path.encode(), "query_string": b"", "headers": [], "root_path": "", "scheme": "http",
        "server": ("test", 80), "client": ("test", 1),
    }  # fmt: skip

    came = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive():
        message = next(came, None)
        return message or await asyncio.Event().wait()

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)
    return sent[0]["status"], b"".join(part.get("body", b"") for part in sent).decode()


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/tickets/7", "GET /tickets/{ticket_id:int}"),
        ("POST", "/tickets/7/notes", "POST /tickets/{ticket_id:int}/notes"),
        ("GET", "/thread/7", "GET /thread/{x}"),
        ("GET", "/stream/7", "GET /stream/{x}|GET /stream/{x}|"),
        (
            "GET",
            "/threads/7",
            "GET /threads/{x}|" * 2 + "chat in GET /threads/{x} of acme|" * 2,
        ),
        ("GET", "/nested", "answer in GET /nested"),
        ("GET", "/tenants/acme/items/9", "GET /tenants/{tenant}/items/{item}"),
    ],
)
async def test_it_is_the_method_and_the_template_of_the_route(method, path, expected):
    assert await request(application(), path, method) == (200, expected)
    assert current() is None


async def test_a_background_task_has_it_too():
    after.clear()
    await request(application(), "/tickets/7")
    assert after == ["GET /tickets/{ticket_id:int}"]


async def test_a_request_without_a_route_has_none():
    app = Starlette()
    seen = []

    async def not_found(request, error):
        seen.append(name())
        return PlainTextResponse("", 404)

    app.add_exception_handler(404, not_found)
    app.add_middleware(FeatureMiddleware)
    assert (await request(app, "/secret/path"))[0] == 404
    assert seen == ["None"]


async def test_requests_at_once_keep_theirs_and_leave_nothing_behind():
    app = application()
    paths = {"/tickets/7": "GET /tickets/{ticket_id:int}", "/thread/7": "GET /thread/{x}"}
    asked = [path for path in paths for _ in range(20)]
    bodies = await asyncio.gather(*(request(app, path) for path in asked))
    assert [body for _, body in bodies] == [paths[path] for path in asked]
    assert current() is None


async def test_an_error_in_a_request_leaves_nothing_behind():
    async def broken(request):
        raise LookupError

    app = Starlette(routes=[Route("/", broken)])
    app.add_middleware(FeatureMiddleware)
    with pytest.raises(LookupError):
        await request(app, "/")
    assert current() is None


async def test_a_websocket_has_it():
    sent = []
    came = iter([{"type": "websocket.connect"}])
    scope = {
        "type": "websocket", "asgi": {"version": "3.0"}, "path": "/live/7", "raw_path": b"/live/7",
        "query_string": b"", "headers": [], "root_path": "", "scheme": "ws", "subprotocols": [],
    }  # fmt: skip

    async def receive():
        return next(came)

    async def send(message):
        sent.append(message)

    await application()(scope, receive, send)
    assert sent[1]["text"] == "WEBSOCKET /live/{x}"


async def test_the_lifespan_is_passed_on():
    came = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    sent = []

    async def receive():
        return next(came)

    async def send(message):
        sent.append(message["type"])

    await application()({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_fastapi_with_routers_and_endpoints_of_both_kinds():
    app = fastapi.FastAPI()
    router = fastapi.APIRouter(prefix="/tickets")

    @router.get("/{ticket_id}")
    async def show_ticket(ticket_id: int):
        return name()

    @router.get("/{ticket_id}/notes")
    def show_notes(ticket_id: int):
        return name()

    api = fastapi.APIRouter(prefix="/api")
    api.include_router(router)
    app.include_router(api)
    app.add_middleware(FeatureMiddleware)
    assert await request(app, "/api/tickets/7") == (200, '"GET /api/tickets/{ticket_id}"')
    assert await request(app, "/api/tickets/7/notes") == (200, '"GET /api/tickets/{ticket_id}/notes"')
    assert current() is None
    whole = Starlette(routes=[Mount("/v1/{region}", app)])
    whole.add_middleware(FeatureMiddleware)
    # The innermost middleware names it by what it sees, and knows nothing of the mount around it.
    found = await request(whole, "/v1/eu/api/tickets/7")
    assert found == (200, '"GET /api/tickets/{ticket_id}"')


async def test_fastapi_that_is_mounted_has_the_template_of_the_mount_before_it():
    app = fastapi.FastAPI()
    router = fastapi.APIRouter(prefix="/tickets")

    @router.get("/{ticket_id}")
    async def show_ticket(ticket_id: int):
        return name()

    app.include_router(router)
    whole = Starlette(routes=[Mount("/v1/{region}", app)])
    whole.add_middleware(FeatureMiddleware)
    assert await request(whole, "/v1/eu/tickets/7") == (200, '"GET /v1/{region}/tickets/{ticket_id}"')
