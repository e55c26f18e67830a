"""What the standard environment variables say of where telemetry goes, and the exporters that they name.

A *signal* is traces or metrics. What a variable says for one signal counts before what it says for all.
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

log: Final = logging.getLogger("otel_claude")

Signal = Literal["traces", "metrics"]

TIMEOUT_S: Final[Mapping[Signal, float]] = {"traces": 2.0, "metrics": 1.0}
"""How long one export may take, and the exit may wait for what is left, where the environment names no timeout."""

_LONGEST_WAIT_S: Final = 30.0
"""How long the exit waits at most, whatever timeout the environment names. OpenTelemetry's SDK waits as long."""

_OTLP_EXPORTERS: Final = {
    "grpc": "opentelemetry.exporter.otlp.proto.grpc",
    "http/protobuf": "opentelemetry.exporter.otlp.proto.http",
}
"""Each value of OTEL_EXPORTER_OTLP_PROTOCOL with the package that speaks it."""

_NAMED_PROTOCOLS: Final = {"otlp_proto_grpc": "grpc", "otlp_proto_http": "http/protobuf"}
"""The names of exporters that say their protocol. That of `otlp` is in the environment."""

_OTLP_CLASSES: Final[Mapping[Signal, tuple[str, str]]] = {
    "traces": ("trace_exporter", "OTLPSpanExporter"),
    "metrics": ("metric_exporter", "OTLPMetricExporter"),
}
"""Each signal with the module, inside the package of a protocol, and the class that exports it."""


def _environment(name: str) -> str:
    return os.environ.get(name, "").strip()


def is_disabled() -> bool:
    return _environment("OTEL_SDK_DISABLED").lower() == "true"


def names(signal: Signal) -> list[str]:
    """The exporters that the environment names for `signal`; `["none"]` is a wish for none."""
    named = _environment(f"OTEL_{signal.upper()}_EXPORTER").split(",")
    return [stripped for name in named if (stripped := name.strip())]


def are_wanted(signal: Signal) -> bool:
    """Whether the environment says that `signal` is to be exported.

    OTEL_EXPORTER_OTLP_ENDPOINT alone says so for traces only: Jaeger, the most usual endpoint, takes nothing else.
    """
    if is_disabled():
        return False
    named = names(signal)
    if named:
        return named != ["none"]
    if signal == "metrics":
        return bool(_environment("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"))
    return bool(_of_signal("ENDPOINT", signal))


def _of_signal(what: str, signal: Signal) -> str:
    """A setting of the OTLP exporters: that of the signal, or else the one of all signals, or else ''."""
    return _environment(f"OTEL_EXPORTER_OTLP_{signal.upper()}_{what}") or _environment(
        f"OTEL_EXPORTER_OTLP_{what}"
    )


def protocol(signal: Signal) -> str:
    """The protocol that the exporter named `otlp` speaks for `signal`."""
    return _of_signal("PROTOCOL", signal) or "http/protobuf"


def timeout_s(signal: Signal) -> float:
    """How long an export of `signal` may take, in seconds, as the environment says or else `TIMEOUT_S`."""
    try:
        seconds = float(_of_signal("TIMEOUT", signal))
    except ValueError:
        return TIMEOUT_S[signal]
    return min(seconds, _LONGEST_WAIT_S) if seconds > 0 else TIMEOUT_S[signal]


def made(signal: Signal) -> list[Any]:
    """The exporters for `signal`, by default the one for OTLP. One that cannot be made is left out, with a warning."""
    made = [_exporter(name, signal) for name in names(signal) or ["otlp"]]
    return [exporter for exporter in made if exporter is not None]


def _exporter(name: str, signal: Signal) -> Any:
    try:
        return _made_exporter(name, signal)
    except Exception as error:  # noqa: BLE001
        log.warning("otel-claude: could not make the %s exporter %r: %s", signal, name, error)
        return None


def _made_exporter(name: str, signal: Signal) -> Any:
    spoken = protocol(signal) if name == "otlp" else _NAMED_PROTOCOLS.get(name)
    if spoken is not None:
        return _otlp_exporter(spoken, signal)
    from importlib.metadata import entry_points

    for entry_point in entry_points(group=f"opentelemetry_{signal}_exporter", name=name):
        return entry_point.load()()
    raise LookupError("no installed package has it")


def _otlp_exporter(spoken: str, signal: Signal) -> Any:
    from importlib import import_module

    package = _OTLP_EXPORTERS.get(spoken)
    if package is None:
        raise ValueError(f"protocol {spoken!r} is not one of {', '.join(_OTLP_EXPORTERS)}")
    module, name = _OTLP_CLASSES[signal]
    try:
        exporter = getattr(import_module(f"{package}.{module}"), name)
    except ImportError as error:
        raise ImportError("pip install 'otel-claude[grpc]'") from error
    return exporter(timeout=timeout_s(signal))
