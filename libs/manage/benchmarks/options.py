"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

EXPORT_FOLDER: Final = Path("benchmark_export")
"""Below the working directory (seed, File Structure)."""

AsJson = Annotated[bool, typer.Option("--json", help="JSON for machines, and nothing else.")]
Company = Annotated[
    str | None, typer.Option(help="A test case (small_company) or part of a company's name; default: all.")
]
IncludeSchedules = Annotated[
    bool, typer.Option("--include-schedules", help="Schedule entries, too: a much larger file.")
]
DataOnly = Annotated[bool, typer.Option("--data-only", help="Leave benchmark_schema.json out.")]
OutputDir = Annotated[Path, typer.Option(help="Where the files are written.", file_okay=False)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check everything, say what would change.")]
LoadFixtures = Annotated[
    bool, typer.Option("--load-fixtures", help="First insert or update the three shipped companies.")
]
Force = Annotated[bool, typer.Option("--force", help="Compute again what is recorded for that seed.")]
