"""`experiments diff|download`: kept versions, compared or as a ZIP."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from libs.common.errors import BadRequest
from libs.common.events.imports import (
    ExperimentAction,
    ExperimentCompared,
    ExperimentPacked,
    ExperimentRequest,
)
from libs.common.threads import in_thread
from libs.common.versions import fetch
from libs.manage.console import wide_console
from libs.manage.experiments.desk import Desk, at_desk
from libs.manage.experiments.options import AsJson, Slug
from libs.manage.experiments.outcome import echo_json, told
from libs.manage.experiments.tables import difference


class FileThere(BadRequest):
    """There is such a file already; name another by --output."""

    code = "file-there"


def diff(
    slug: Slug,
    base: Annotated[
        int | None, typer.Argument(metavar="[FROM]", help="Revision; default: the one before TO.")
    ] = None,
    target: Annotated[
        int | None, typer.Argument(metavar="[TO]", help="Revision; default: the current one.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show what was changed between two kept versions. Binary and large files, and secrets, are named only.

    Exit status: 0, 1 if it failed, 2 if a version is not kept.

    Example: ./manage.py experiments diff click 2 5
    """
    command = ExperimentRequest(slug=slug, action=ExperimentAction.COMPARE, base=base, revision=target)

    async def work(desk: Desk) -> ExperimentCompared:
        return ExperimentCompared.model_validate((await desk.ask(command)).result)

    with told(as_json=as_json):
        compared = at_desk(work)
    if as_json:
        echo_json(compared.model_dump(mode="json", exclude_none=True))
        return
    console = wide_console()
    for line in difference(compared):
        console.print(line, soft_wrap=True)
    console.print(compared.message, soft_wrap=True)


def download(
    slug: Slug,
    *,
    revision: Annotated[int | None, typer.Option(min=1, help="Default: the current one.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write.", dir_okay=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a kept version to a ZIP that can be uploaded again, here or elsewhere, without its secrets.

    Exit status: 0, 1 if it failed, 2 if the version is not kept or the file is there already.

    Example: ./manage.py experiments download click --revision 3 -o click.zip
    """
    command = ExperimentRequest(slug=slug, action=ExperimentAction.PACK, revision=revision)

    async def work(desk: Desk) -> tuple[ExperimentPacked, Path]:
        packed = ExperimentPacked.model_validate((await desk.ask(command)).result)
        path = output or Path(packed.filename)
        await _save(desk, packed.key, path)
        return packed, path

    with told(as_json=as_json):
        packed, path = at_desk(work)
    if as_json:
        echo_json(packed.model_dump(mode="json", exclude={"key"}) | {"file": str(path)})
        return
    console = wide_console()
    console.print(f"{path}  {packed.file_size:,} bytes, revision {packed.packed}", soft_wrap=True)
    for name in packed.left_out:
        console.print(f"[yellow]left out:[/] {name}", soft_wrap=True)


async def _save(desk: Desk, key: str, path: Path) -> None:
    """Whole or not at all. Raises: FileThere."""
    if await in_thread(path.exists):
        raise FileThere(f"{path} is there already; name another file by --output.")
    partial = path.with_name(f".{path.name}.part")
    try:
        await fetch(desk.parts.blobs, key, partial)
        await in_thread(partial.rename, path)
    finally:
        await in_thread(partial.unlink, missing_ok=True)
