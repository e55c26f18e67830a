"""Flask and other applications on Werkzeug: the feature is the method and the URL rule, such as `GET /users/<id>`.

    app.wsgi_app = otel_claude.frameworks.wsgi.FeatureMiddleware(app.wsgi_app)

The rule is found after the middleware has run, so the feature is named when a call is made. A request that matches no
rule has none: its path could be anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from otel_claude.attribution.blocks import Stay
from otel_claude.attribution.labels import naming

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Environ = dict[str, Any]
    StartResponse = Callable[..., Any]
    App = Callable[[Environ, StartResponse], Iterable[bytes]]


class FeatureMiddleware:
    """Names the feature of the calls made in each request of `app`, while its response is sent too."""

    def __init__(self, app: App) -> None:
        self.app = app

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        rule = Rule(environ)
        stay = Stay(naming(rule))

        def start(*args: Any, **kwargs: Any) -> Any:
            rule()
            return start_response(*args, **kwargs)

        with stay:
            response = self.app(environ, start)
        return response if isinstance(response, (list, tuple)) else Response(response, stay)


class Rule:
    """Finds the method and the URL rule of the request of an environment, while that has them and after."""

    def __init__(self, environ: Environ) -> None:
        self._environ = environ
        self._found: str | None = None

    def __call__(self) -> str | None:
        if self._found is None:
            # Flask forgets the request when the response has begun, which can still be made.
            rule = getattr(getattr(self._environ.get("werkzeug.request"), "url_rule", None), "rule", None)
            if isinstance(rule, str):
                self._found = f"{self._environ.get('REQUEST_METHOD', '')} {rule}"
        return self._found


class Response:
    """The parts of a response, each made inside the feature."""

    def __init__(self, parts: Iterable[bytes], stay: Stay[Any]) -> None:
        self._parts = parts
        self._iterator: Iterator[bytes] | None = None
        self._stay = stay

    def __iter__(self) -> Response:
        return self

    def __next__(self) -> bytes:
        with self._stay:
            if self._iterator is None:
                self._iterator = iter(self._parts)
            return next(self._iterator)

    def close(self) -> None:
        """The server is done with the response."""
        close = getattr(self._parts, "close", None)
        if close is not None:
            with self._stay:
                close()
