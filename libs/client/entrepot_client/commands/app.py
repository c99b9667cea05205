"""All commands by name."""

from __future__ import annotations

from typing import Final

import typer

from entrepot_client.commands import benchmarks, events, experiments, exporting, importing, jobs

EPILOG: Final = """ENTREPOT_URL names the platform (default http://127.0.0.1:8080), ENTREPOT_TOKEN who asks.

Exit status: 0 done; 1 refused or failed; 2 wrong usage; 3 the platform does not answer; 4 not allowed; 5 there is
no such thing; 6 the present state forbids it; 7 it still runs.
"""

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Experiments and benchmark results, in and out of a running Entrepot.",
    epilog=EPILOG,
)
app.command("export")(exporting.export)
app.command("import")(importing.import_zip)
app.command("jobs")(jobs.jobs)
app.command("events")(events.events)
app.add_typer(experiments.app, name="experiments")
app.add_typer(benchmarks.app, name="benchmarks")


def main() -> None:
    app()
