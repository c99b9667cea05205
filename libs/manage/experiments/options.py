"""Arguments and options that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

Slug = Annotated[str, typer.Argument(help="The experiment's slug.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON for machines, and nothing else.")]
Note = Annotated[str | None, typer.Option(help="Why; stands in the list of versions.")]
