"""Where the spans and the numbers of an instrumented process go: made when they are first needed.

They are there from `instrument()` on, whether or not the SDK is ever imported: a service that only asks others to call
Claude has tasks too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from otel_claude.first_use import first_use

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider

    from otel_claude.attribution.defaults import DefaultFeature
    from otel_claude.metrics import Recorder
    from otel_claude.provider import Metering, Tracing
    from otel_claude.summary import Summary
    from otel_claude.task_metrics import TaskRecorder


class Outlets:
    """The outlets of one session."""

    summary: Summary
    """The line at exit."""

    tracing: Tracing
    metering: Metering
    recorder: Recorder
    """Takes the numbers of calls."""

    task_recorder: TaskRecorder
    default_feature: DefaultFeature
    """The feature of what no `feature()` is around."""

    def __init__(
        self,
        tracer_provider: TracerProvider | None,
        meter_provider: MeterProvider | None,
        shows_summary: bool,
    ) -> None:
        from otel_claude.attribution.defaults import DefaultFeature
        from otel_claude.child_processes import EndOfChildren
        from otel_claude.metrics import Recorder
        from otel_claude.provider import Metering, Tracing
        from otel_claude.summary import Summary
        from otel_claude.task_metrics import TaskRecorder

        self.summary = Summary()
        self.tracing = Tracing(tracer_provider, self.summary.switch_on if shows_summary else lambda: None)
        self.metering = Metering(meter_provider)
        self.recorder = Recorder(self.metering)
        self.task_recorder = TaskRecorder(self.metering)
        self.default_feature = DefaultFeature(tracer_provider)
        self._end_of_children = EndOfChildren(self._flush)

    def close(self) -> None:
        """Exports what is still to be exported, and drops the line at exit."""
        self._end_of_children.forget()
        self.summary.switch_off()
        self._flush()

    def _flush(self) -> None:
        self.tracing.flush()
        self.recorder.flush()
        self.task_recorder.flush()
        self.metering.flush()


class Session:
    """What is in place from `instrument()` to `uninstrument()`, with its outlets once they are needed."""

    def __init__(
        self,
        tracer_provider: TracerProvider | None,
        meter_provider: MeterProvider | None,
        *,
        shows_summary: bool,
    ) -> None:
        self._given = tracer_provider, meter_provider, shows_summary
        self._outlets: Outlets | None = None

    def outlets(self) -> Outlets:
        """The outlets, made at the first call."""
        if self._outlets is None:
            with first_use:
                if self._outlets is None:
                    self._outlets = Outlets(*self._given)
        return self._outlets

    def close(self) -> None:
        """As `Outlets.close`, where there are any."""
        if self._outlets is not None:
            self._outlets.close()


_session: Session | None = None


def open_session(session: Session | None) -> None:
    """Makes `session` the one in place; `None` for none."""
    global _session  # noqa: PLW0603 - there is one a process
    _session = session


def current() -> Outlets | None:
    """The outlets of the session in place, or `None` where nothing is instrumented."""
    return None if _session is None else _session.outlets()
