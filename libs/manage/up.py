"""`up` and `serve`: everything on this machine, or one service alone."""

from __future__ import annotations

import asyncio
import importlib
import os
import signal
import socket
from pathlib import Path
from typing import Annotated

import structlog
import typer

from libs.common.errors import Misconfigured
from libs.common.home import Role, enter_home
from libs.common.logs import configure_logs
from libs.common.service import main as serve_service
from libs.common.settings import Settings
from libs.manage.supervisor import Supervised, wait_until_ready

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("gateway", "exporter", "importer", "benchmarks")
BACKGROUND = frozenset({"exporter", "importer", "benchmarks"})
"""Their jobs take their time, while pages and answers are waited for; hosted experiments have sessions of their own."""
BACKGROUND_NICENESS = "10"
"""A tenth of what another process gets, as long as that wants it."""

log = structlog.get_logger(__name__)


def up() -> None:
    """Run all services and the embedded parts until Ctrl-C.

    Serves on http://127.0.0.1:8080, or on PORT. State stays in ENTREPOT_HOME (default .entrepot).

    Example: PORT=9000 ./manage.py up
    """
    settings = Settings()
    configure_logs(settings, service="up")
    asyncio.run(_up(settings))


async def _up(settings: Settings) -> None:
    _require_free_port(settings)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with enter_home(settings, Role.UP):
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        environment = {"ENTREPOT_HOME": str(settings.home.absolute()), "PYTHONPATH": path}
        services = [Supervised(name, environment | _priority(name)) for name in SERVICES]
        running = [asyncio.create_task(service.run()) for service in services]
        try:
            await wait_until_ready(services, running)
            typer.echo(f"Entrepot serves on {settings.base_url} (Ctrl-C stops it)")
            await _until(stop, running)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)


def _priority(service: str) -> dict[str, str]:
    return {"NICENESS": BACKGROUND_NICENESS} if service in BACKGROUND else {}


async def _until(stop: asyncio.Event, running: list[asyncio.Task[None]]) -> None:
    """Return at the stop signal. Raises: what ended the supervision of a service."""
    stopped = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait({stopped, *running}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    for task in done - {stopped}:
        task.result()


def _require_free_port(settings: Settings) -> None:
    """Say at once that the port is taken, before anything starts. Raises: Misconfigured."""
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise Misconfigured(
                f"Cannot listen on {settings.host}:{settings.port} ({os.strerror(error.errno or 0)}); "
                "set PORT to a free port."
            ) from error


def serve(service: Annotated[str, typer.Argument(help=f"One of: {', '.join(SERVICES)}.")]) -> None:
    """Run one service alone, as a container does.

    Example: AMQP_URL=amqp://… MONGO_URI=mongodb://… ./manage.py serve exporter
    """
    if service not in SERVICES:
        raise typer.BadParameter(f"{service!r} is none of {', '.join(SERVICES)}")
    application = importlib.import_module(f"services.{service}.app").application
    serve_service(service, application)
