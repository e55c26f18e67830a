"""Starlette, FastAPI and other ASGI applications: the feature is the method and the route, such as `GET /users/{id}`.

    app.add_middleware(otel_claude.frameworks.asgi.FeatureMiddleware)

The route is found after the middleware has run, so the feature is named when a call is made. A request that matches no
route has none: its path could be anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from otel_claude.attribution.labels import naming

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping

    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
    App = Callable[[Scope, Receive, Send], Awaitable[None]]

_REQUESTS: Final = frozenset({"http", "websocket"})


class FeatureMiddleware:
    """Names the feature of the calls made in each request of `app`, those of its background tasks too."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in _REQUESTS:
            await self.app(scope, receive, send)
            return
        # An application that is mounted in this one puts itself in its place.
        app = scope.get("app", self.app)
        with naming(lambda: _name(scope, app)):
            await self.app(scope, receive, send)


def _name(scope: Scope, app: object) -> str | None:
    """The method and the template of the route that was found for the request of `scope`, which `app` got."""
    routes = getattr(app, "routes", ())
    route, endpoint = scope.get("route"), scope.get("endpoint")
    path = None
    if route is not None:
        path = next(_templates(routes, lambda each: each is route), None)
        if path is None:
            # FastAPI makes no routes of its own for those of a router that it includes.
            mounts = _templates(routes, lambda each: getattr(each, "app", None) is scope.get("app"))
            path = next(mounts, "") + _path(route, scope.get("fastapi"))
    elif endpoint is not None:
        # Starlette before 1.0 says what runs and not by which route, of which there can be several.
        found = set(_templates(routes, lambda each: getattr(each, "endpoint", None) is endpoint))
        path = found.pop() if len(found) == 1 else None
    return f"{scope.get('method', 'WEBSOCKET')} {path}" if path else None


def _path(route: object, fastapi: Any) -> str:
    """The template of `route`, with the prefixes of the routers that FastAPI says it is in."""
    context = fastapi.get("effective_route_context") if isinstance(fastapi, dict) else None
    is_it = context is not None and getattr(context, "original_route", None) is route
    return str(getattr(context if is_it else route, "path", ""))


def _templates(routes: Iterable[Any], is_it: Callable[[Any], bool], prefix: str = "") -> Iterator[str]:
    """The template of each of `routes` that `is_it`, with those of what it is mounted under."""
    for route in routes:
        path = prefix + str(getattr(route, "path", ""))
        if is_it(route):
            yield path
        yield from _templates(getattr(route, "routes", None) or (), is_it, path)
