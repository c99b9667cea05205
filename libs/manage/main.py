"""Puts the command groups together."""

from __future__ import annotations

import typer

from libs.manage import check_upload, dead_letters, tokens
from libs.manage.benchmarks.compare import app as benchmarks
from libs.manage.benchmarks.dump import export_sql_dump, import_sql_dump
from libs.manage.benchmarks.run import benchmark_algorithms
from libs.manage.doctor.command import doctor
from libs.manage.errors import ErrorsAsLines
from libs.manage.experiments.app import app as experiments
from libs.manage.up import serve, up

app = typer.Typer(
    cls=ErrorsAsLines,
    help="Entrepot: experiments and benchmark results, in and out of a running platform.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(up)
app.command()(serve)
app.command()(doctor)
app.command("check-upload")(check_upload.check_upload)
app.add_typer(tokens.app, name="tokens")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(experiments, name="experiments")
app.add_typer(benchmarks, name="benchmarks")
# The seed's names have underscores.
app.command("benchmark_algorithms")(benchmark_algorithms)
app.command("export_sql_dump")(export_sql_dump)
app.command("import_sql_dump")(import_sql_dump)
