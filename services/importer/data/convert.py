"""From the two data files to BSON, in a process of its own.

Parsing holds Python's global lock, and the files may be hostile: the child has a bound on its memory, and each line
and each document has one, too. It reads them by the module that standalone exports carry.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Final

import bson

from libs.common.database.kinds import Kind
from libs.common.errors import Problem, Unavailable
from services.importer.data.sections import Converted, Section
from services.importer.data.spooling import EXACT

ROOT: Final = Path(__file__).resolve().parents[3]
RUNTIME: Final = ROOT / "libs" / "runtime"
CHILD: Final = "services.importer.data.spooling"


class ConversionFailed(Unavailable):
    """The process that converts documents ended early."""

    code = "conversion-failed"


async def convert(folder: Path, *, slug: str, former: Collection[str], spool: Path) -> Converted:
    """Write all documents of the data files in `folder` to the new file `spool`, those of former slugs renamed.

    Raises: ConversionFailed.
    """
    task = json.dumps({"folder": str(folder), "spool": str(spool), "slug": slug, "former": sorted(former)})
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", CHILD),
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{RUNTIME}"},
        start_new_session=True,  # Ctrl-C is for the service; uvloop knows no process groups
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        report, _ = await child.communicate(task.encode())
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode:
        raise ConversionFailed(f"The conversion of the data ended with code {child.returncode}.")
    found = bson.decode(report, EXACT)
    sections = [Section(**each | {"kind": Kind(each["kind"])}) for each in found["sections"]]
    return Converted(spool, sections, [Problem(**each) for each in found["problems"]])
