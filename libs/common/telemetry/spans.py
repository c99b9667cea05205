"""The OpenTelemetry side of `tracing`; loaded only where traces are on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.pymongo import PymongoInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter
from opentelemetry.trace import SpanKind, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

SCOPE: Final = "entrepot"


class Spans:
    """Starts spans, and reads and writes the header that carries a trace from hop to hop."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def start(
        self, name: str, *, parent: str | None, kind: str, attributes: Mapping[str, str | int | None]
    ) -> Iterator[None]:
        context = self._propagator.extract({"traceparent": parent}) if parent else None
        known = {f"{SCOPE}.{key}": value for key, value in attributes.items() if value is not None}
        with self._tracer.start_as_current_span(
            name, context=context, kind=SpanKind[kind.upper()], attributes=known
        ):
            yield

    def traceparent(self) -> str | None:
        carrier: dict[str, str] = {}
        self._propagator.inject(carrier)
        return carrier.get("traceparent")


@contextmanager
def exported(service: str, *, to_console: bool) -> Iterator[Spans]:
    """Send spans in batches from a thread of their own; database commands become spans by their names alone."""
    resource = Resource.create({"service.name": service, "service.namespace": SCOPE})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(
        BatchSpanProcessor(ConsoleSpanExporter() if to_console else OTLPSpanExporter())
    )
    commands = PymongoInstrumentor()
    commands.instrument(tracer_provider=provider)
    try:
        yield Spans(provider.get_tracer(SCOPE))
    finally:
        commands.uninstrument()
        provider.shutdown()
