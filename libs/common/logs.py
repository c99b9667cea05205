"""Structured logs: for people on a console, one JSON object a line for machines.

Our own records and those of libraries, which use `logging`, go through the same processors to standard error.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, TextIO

import orjson
import structlog

from libs.common.settings import Settings


def configure_logs(settings: Settings, *, service: str) -> None:
    """Before the first line is logged; loggers keep what they found."""
    level = logging.getLevelNamesMapping().get(settings.log_level.upper(), logging.INFO)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(serializer=_as_json)
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    escaping: list[structlog.typing.Processor] = [] if settings.log_format == "json" else [escaped]
    rendering = [*escaping, renderer]
    # Our own records go straight to the line; as records of `logging` each would cost three times as much.
    structlog.configure(
        processors=[*shared, *rendering],
        logger_factory=partial(_LineLogger, sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("aio_pika", "aiormq", "aiobotocore", "botocore", "pymongo", "aiohttp.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.contextvars.bind_contextvars(service=service)


def _as_json(entry: structlog.typing.EventDict, default: Callable[[Any], Any]) -> str:
    """In ASCII, so that nothing passes for the end of a line: by orjson, in a fifth of the time, where that is enough.

    Whatever else there is, and what orjson refuses (lone surrogates, huge numbers), Python's own encoder escapes.
    """
    with suppress(TypeError):
        line = orjson.dumps(entry, default=default)
        if line.isascii():
            return line.decode("ascii")
    return json.dumps(entry, default=default)


class _LineLogger(structlog.WriteLogger):
    """Knows its name, as `add_logger_name` wants it."""

    def __init__(self, file: TextIO, name: str = "") -> None:
        super().__init__(file)
        self.name = name

    def msg(self, message: str) -> None:
        """Nobody's work fails because its log cannot be written."""
        with suppress(OSError, ValueError):
            super().msg(message)

    debug = info = warning = error = critical = msg


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
