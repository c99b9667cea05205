"""Traces by OpenTelemetry, off unless its standard variables name an exporter.

`OTEL_EXPORTER_OTLP_ENDPOINT` (or `OTEL_TRACES_EXPORTER=console`) turns them on; until then nothing of OpenTelemetry is
even loaded. A trace goes from the request through job and bus to database and storage: each hop hands on a
`traceparent` (W3C Trace Context).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from libs.common.telemetry.spans import Spans

ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
OTLP, CONSOLE, NONE = "otlp", "console", "none"

_spans: Spans | None = None


def chosen_exporter(environment: Mapping[str, str]) -> str:
    """One of OpenTelemetry's names: `otlp`, `console` or `none`."""
    chosen = environment.get("OTEL_TRACES_EXPORTER", OTLP)
    if chosen == OTLP and not any(environment.get(name) for name in ENDPOINTS):
        return NONE
    return chosen


@contextmanager
def tracing(service: str, environment: Mapping[str, str] = os.environ) -> Iterator[None]:
    """Export the spans of this process while entered, if configured; leaving sends what is left.

    To be entered before the database is opened, whose commands become spans, too.
    """
    global _spans  # noqa: PLW0603  (one provider per process, as OpenTelemetry has it)
    chosen = chosen_exporter(environment)
    if chosen == NONE:
        yield
        return
    from libs.common.telemetry.spans import exported  # noqa: PLC0415  (loads all of OpenTelemetry)

    with exported(service, to_console=chosen == CONSOLE) as _spans:
        try:
            yield
        finally:
            _spans = None


def span(
    name: str, *, parent: str | None = None, kind: str = "internal", **attributes: str | int | None
) -> AbstractContextManager[None]:
    """Time a piece of work; an exception that leaves it is recorded.

    `parent` is the `traceparent` of a hop before; without one, the span belongs to the one around it. `kind` is one of
    OpenTelemetry's: internal, server, client, producer, consumer.
    """
    if _spans is None:
        return nullcontext()
    return _spans.start(name, parent=parent, kind=kind, attributes=attributes)


def traceparent() -> str | None:
    """The current span, as the next hop is told of it; None outside of a trace."""
    return _spans.traceparent() if _spans else None


def trace_id() -> str | None:
    """What log lines name, so that one can go from a line to its trace and back."""
    current = traceparent()
    return current.split("-")[1] if current else None
