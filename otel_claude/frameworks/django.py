"""Django: the feature is the method and the URL pattern, such as `GET users/<int:id>/`.

    MIDDLEWARE = ["otel_claude.frameworks.django.FeatureMiddleware", ...]

The pattern is found after the middleware has run, so the feature is named when a call is made. A request that matches
none has no feature: its path could be anything.
"""

from __future__ import annotations

from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

from otel_claude.attribution.blocks import Stay
from otel_claude.attribution.generators import Steps
from otel_claude.attribution.labels import naming

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


class FeatureMiddleware:
    """Names the feature of the calls made in each request, while a streaming response is sent too."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        self.get_response = get_response
        self._is_async = iscoroutinefunction(get_response) or _is_marked(get_response)
        if self._is_async:
            from asgiref.sync import markcoroutinefunction

            markcoroutinefunction(self)

    def __call__(self, request: Any) -> Any:
        stay = Stay(naming(lambda: _name(request)))
        if self._is_async:
            return self._later(request, stay)
        with stay:
            response = self.get_response(request)
        return _streamed(response, stay)

    async def _later(self, request: Any, stay: Stay[Any]) -> Any:
        with stay:
            response = await self.get_response(request)
        return _streamed(response, stay)


def _is_marked(function: object) -> bool:
    from asgiref.sync import iscoroutinefunction

    return bool(iscoroutinefunction(function))


def _streamed(response: Any, stay: Stay[Any]) -> Any:
    """`response`, what it streams made inside the feature."""
    if getattr(response, "streaming", False):
        content = response.streaming_content
        response.streaming_content = (
            _async_steps(content, stay)
            if getattr(response, "is_async", False)
            else Steps(stay, iter(content))
        )
    return response


async def _async_steps(content: AsyncIterator[bytes], stay: Stay[Any]) -> AsyncIterator[bytes]:
    steps = aiter(content)
    while True:
        try:
            with stay:
                part = await anext(steps)
        except StopAsyncIteration:
            return
        yield part


def _name(request: Any) -> str | None:
    route = getattr(getattr(request, "resolver_match", None), "route", None)
    return f"{request.method} {route}" if isinstance(route, str) else None
