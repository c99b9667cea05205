"""Structured logs: for people on a console, one JSON object a line for machines."""

from __future__ import annotations

import logging
import sys

import structlog

from libs.common.settings import Settings


def configure_logs(settings: Settings, *, service: str) -> None:
    """Route our own and the libraries' records through one renderer to standard error."""
    level = logging.getLevelNamesMapping().get(settings.log_level.upper(), logging.INFO)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    escaping: list[structlog.typing.Processor] = [] if settings.log_format == "json" else [escaped]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *escaping, renderer],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("aio_pika", "aiormq", "aiobotocore", "botocore", "pymongo", "aiohttp.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.contextvars.bind_contextvars(service=service)


def escaped(_: object, __: str, entry: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """For the console: nothing that a caller sent begins a line of its own or speaks to the terminal (CWE-117).

    Tracebacks keep their lines.
    """
    return {
        key: _printable(value, kept="\n" if key == "exception" else "") if isinstance(value, str) else value
        for key, value in entry.items()
    }


def _printable(text: str, *, kept: str) -> str:
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or char in kept else char.encode("unicode_escape").decode("ascii")
        for char in text
    )
