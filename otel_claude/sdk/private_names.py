"""Every private name of the anthropic SDK that we touch, found and checked in one place.

The rest of this package goes through `SDK`, so a version of the SDK in which a name has moved is seen here, once,
when `instrument()` runs, and not in a call.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

    from otel_claude.models import Platform

OLDEST: Final = (0, 40)
"""The oldest version of the SDK that is instrumented."""

WITH_SPANS: Final = (1, 14)
"""The first version of the SDK that makes spans of its own."""

_BASE: Final = "anthropic._base_client"
_DECODERS: Final = "anthropic._decoders.jsonl"
_HOOKED: Final = (
    (_BASE, "SyncAPIClient.request"),
    (_BASE, "AsyncAPIClient.request"),
    (_BASE, "BaseClient._build_request"),
    (_BASE, "SyncAPIClient._process_response"),
    (_BASE, "AsyncAPIClient._process_response"),
    ("anthropic._streaming", "Stream.__stream__"),
    ("anthropic._streaming", "AsyncStream.__stream__"),
)
"""What every supported version has."""

_HOOKED_FOR_SPANS: Final = (
    (_BASE, "start_api_call_span"),
    (_BASE, "finish_api_call_span"),
    (_BASE, "BaseClient._tracer"),
    ("anthropic._tracing", "FirstEnd"),
)
"""What a version that makes spans has besides."""

_HOOKED_FOR_BATCHES: Final = ("JSONLDecoder.__decode__", "AsyncJSONLDecoder.__decode__")
"""What every version has that reads the results of batches. Without it they are read from their bytes."""


_LEFT_OUT: Final = ("NotGiven", "Omit")
"""Classes that are public; older versions have only the first."""


class SDK(NamedTuple):
    """An installed anthropic SDK, as far as we touch it."""

    version: str
    base_client: ModuleType
    streaming: ModuleType
    tracing: ModuleType | None
    """`anthropic._tracing`, or `None` where the SDK makes no spans, or not in a way that we know."""

    http: ModuleType
    """The HTTP library that this version is built on: httpx, or since 1.0 httpx2."""

    decoders: ModuleType | None = None
    """`anthropic._decoders.jsonl`, which reads the results of batches, or `None` where it is not as we know it."""

    left_out: frozenset[type] = frozenset()
    """The classes of what the caller did not give, and the SDK does not send."""

    missing: tuple[str, ...] = ()
    """Names of the SDK's tracing that we rely on and this version lacks."""

    @property
    def makes_spans(self) -> bool:
        """Whether this version makes spans of its own, whether or not we can enrich them."""
        return self.tracing is not None or bool(self.missing)


class UnsupportedSDKError(Exception):
    """The installed SDK cannot be instrumented. The message is one line, and says why and what to do."""


def locate(anthropic: ModuleType) -> SDK:
    """The SDK behind the imported module `anthropic`. Raises `UnsupportedSDKError`."""
    version = str(getattr(anthropic, "__version__", "0"))
    if _release(version) < OLDEST:
        raise UnsupportedSDKError(
            f"anthropic {version} is too old to be instrumented; pip install 'anthropic>={OLDEST[0]}.{OLDEST[1]}'"
        )
    missing = [name for module, name in _HOOKED if _find(module, name) is None]
    if missing:
        raise UnsupportedSDKError(
            f"anthropic {version} is not instrumented: it lacks {', '.join(missing)}; upgrade otel-claude"
        )
    base_client = import_module(_BASE)
    tracing = None
    lost: tuple[str, ...] = ()
    if _release(version) >= WITH_SPANS:
        lost = tuple(name for module, name in _HOOKED_FOR_SPANS if _find(module, name) is None)
        tracing = None if lost else import_module("anthropic._tracing")
    http = getattr(base_client, "httpx2", None) or getattr(base_client, "httpx", None)
    if http is None:
        raise UnsupportedSDKError(
            f"anthropic {version} is not instrumented: it lacks httpx; upgrade otel-claude"
        )
    knows_decoders = all(_find(_DECODERS, name) is not None for name in _HOOKED_FOR_BATCHES)
    decoders = import_module(_DECODERS) if knows_decoders else None
    classes = (getattr(anthropic, name, None) for name in _LEFT_OUT)
    return SDK(
        version,
        base_client,
        import_module("anthropic._streaming"),
        tracing,
        http,
        decoders,
        frozenset(each for each in classes if isinstance(each, type)),
        lost,
    )


def _release(version: str) -> tuple[int, int]:
    major, _, rest = version.partition(".")
    minor = rest.partition(".")[0]
    return (int(major), int(minor)) if major.isdigit() and minor.isdigit() else (0, 0)


def _find(module: str, name: str) -> Any:
    try:
        value: Any = import_module(module)
    except ImportError:
        return None
    for part in name.split("."):
        value = getattr(value, part, None)
    return value


def provider_name(client: Any) -> str:
    """What the convention calls the provider behind `client`: "anthropic", "aws.bedrock" or "gcp.vertex_ai"."""
    named = getattr(client, "_gen_ai_provider_name", None)
    if isinstance(named, str):
        return named
    return _PROVIDERS.get(_platform(client) or "", "anthropic")


def scope_name(client: Any, scope: str) -> str:
    """The scope of the spans of `client`: the SDK's `scope`, and for a platform client the platform after it."""
    platform = _platform(client)
    return f"{scope}.{platform}" if platform else scope


def endpoint(client: Any) -> tuple[Platform | None, bool | None]:
    """Whose endpoint `client` calls, and whether it is a regional one; `None` where only the model's id can tell."""
    named = _platform(client)
    platform = None if named is None else _BILLED_AS.get(named)
    if platform != "vertex":
        return platform, None
    region = getattr(client, "region", None) or getattr(client, "_location", None)
    return platform, region != "global" if isinstance(region, str) else None


_PLATFORMS: Final = {
    "AnthropicAWS": "aws",
    "AnthropicBedrock": "bedrock",
    "AnthropicBedrockMantle": "bedrock",
    "AnthropicFoundry": "foundry",
    "AnthropicGoogleCloud": "google_cloud",
    "AnthropicVertex": "vertex",
}
"""Each client class of the SDK's, sync and async, that is not for Anthropic's own API, with its platform."""

_PROVIDERS: Final = {"bedrock": "aws.bedrock", "vertex": "gcp.vertex_ai"}
_BILLED_AS: Final[Mapping[str, Platform]] = {
    "bedrock": "bedrock",
    "vertex": "vertex",
    "google_cloud": "vertex",
}


def _platform(client: Any) -> str | None:
    """The platform of a client, or `None` for Anthropic's own. What a version does not say, its class's name does."""
    return _platform_of_class(client.__class__)


@lru_cache(maxsize=64)
def _platform_of_class(client: type[object]) -> str | None:
    said = getattr(client, "_otel_platform", None)
    if isinstance(said, str):
        return said
    for kind in client.__mro__:
        platform = _PLATFORMS.get(kind.__name__.removeprefix("Async"))
        if platform is not None:
            return platform
    return None


def makes_own_span(client: Any, options: Any) -> bool:
    """Whether the SDK makes a span for the call of `client` that `options` describe."""
    return bool(getattr(options, "span_name", None)) and client._tracer is not None


def has_own_provider(client: Any) -> bool:
    """Whether the user gave `client` a tracer provider of its own."""
    options: Any = getattr(client, "_open_telemetry", None)
    return bool(options) and options.get("tracer_provider") is not None
