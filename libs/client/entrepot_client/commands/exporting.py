"""`entrepot export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from entrepot_client.client import Client
from entrepot_client.commands.options import AsJson, Folder, Slug
from entrepot_client.commands.output import facts, print_json, show
from entrepot_client.commands.running import run
from entrepot_client.jobs import Tell
from entrepot_client.models.exports import Export, ExportKind


def export(
    slug: Slug,
    *,
    kind: Annotated[ExportKind, typer.Option(help="What the ZIP is for.")] = ExportKind.STANDALONE,
    output: Folder = Path(),
    as_json: AsJson = False,
) -> None:
    """Export an experiment as a ZIP, download it, and check its SHA-256.

    Example: entrepot export click --kind docker -o exports/
    """

    async def work(client: Client, tell: Tell) -> tuple[Export, Path]:
        made = await client.exports.make(slug, kind, tell=tell)
        return made, await client.exports.download(made, output, tell=tell)

    made, path = run(work, as_json=as_json)
    if as_json:
        print_json(made.model_dump(mode="json") | {"path": str(path)})
        return
    cut = [f"{each.name}: {each.exported:,} of {each.total:,}" for each in made.collections if each.truncated]
    told = {
        "file": path,
        "bytes": f"{made.file_size:,}",
        "SHA-256": made.checksum,
        "reused": "an export of the same content" if made.reused else None,
        "cut": "\n".join(cut),
        "warnings": "\n".join(made.warnings),
    }
    show(facts(told))
