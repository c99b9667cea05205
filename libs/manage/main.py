"""All commands by name. The module of each is loaded when it is called: none waits for the libraries of the others."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

import typer
from typer.main import get_command, get_group

from libs.common.loading import loading
from libs.manage.errors import ErrorsAsLines

COMMANDS: Final = {
    "up": "libs.manage.up:up",
    "serve": "libs.manage.up:serve",
    "migrate": "libs.manage.migrate:migrate",
    "doctor": "libs.manage.doctor.command:doctor",
    "check-upload": "libs.manage.check_upload:check_upload",
    "tokens": "libs.manage.tokens:app",
    "dead-letters": "libs.manage.dead_letters:app",
    "audit": "libs.manage.audit:audit",
    "verify": "libs.manage.verify:verify",
    "sweep": "libs.manage.sweep:sweep_command",
    "experiments": "libs.manage.experiments.app:app",
    "benchmarks": "libs.manage.benchmarks.compare:app",
    # The seed's names have underscores.
    "benchmark_algorithms": "libs.manage.benchmarks.run:benchmark_algorithms",
    "export_sql_dump": "libs.manage.benchmarks.dump:export_sql_dump",
    "import_sql_dump": "libs.manage.benchmarks.dump:import_sql_dump",
}
"""Name to module and attribute: a function, or a group of commands."""


class Commands(ErrorsAsLines):
    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        place = COMMANDS.get(cmd_name)
        return _load(cmd_name, place) if place else None


def _load(name: str, place: str) -> Any:
    module, attribute = place.split(":")
    with loading(rich=True):
        found = getattr(import_module(module), attribute)
    if isinstance(found, typer.Typer):
        group = get_group(found)
        group.name = name
        return group
    alone = typer.Typer(add_completion=False)
    alone.command(name)(found)
    return get_command(alone)


app = typer.Typer(cls=Commands, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def main() -> None:
    """Entrepot: experiments and benchmark results, in and out of a running platform."""
