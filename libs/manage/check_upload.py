"""`check-upload`: the checks of an import, offline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def check_upload(
    archive: Annotated[Path, typer.Argument(metavar="ZIP", help="The ZIP that is to be uploaded.")],
    slug: Annotated[str | None, typer.Option(help="Slug to import it under; else it is detected.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON for machines.")] = False,
) -> None:
    """Check a ZIP as an import would, without a running platform; nothing in it is executed.

    Exit status: 0 it can be uploaded, 1 it has problems, 2 there is no such file.

    Example: ./manage.py check-upload click_upload.zip
    """
    from services.importer.commands import check_upload_command  # noqa: PLC0415  (other commands need none of it)

    raise typer.Exit(check_upload_command(archive, slug, as_json=as_json))
