"""Arguments and options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from entrepot_client.commands.completion import slugs

Slug = Annotated[str, typer.Argument(help="The experiment's slug.", autocompletion=slugs)]
Zip = Annotated[Path, typer.Argument(help="The ZIP.", exists=True, dir_okay=False, readable=True)]
AsJson = Annotated[bool, typer.Option("--json", help="JSON for machines, and nothing else.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")]
Note = Annotated[str | None, typer.Option(help="Why; stands in the list of versions.")]
Folder = Annotated[
    Path, typer.Option("--output", "-o", help="Folder for the file; made if need be.", file_okay=False)
]
