"""The data of an upload on this host's disk, ready to be staged, or all that is wrong with them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from libs.common.archive.limits import ArchiveLimits
from libs.common.archive.problems import InvalidArchive
from libs.common.errors import Problem
from libs.common.threads import in_thread
from services.importer.data.convert import convert
from services.importer.data.members import take_data
from services.importer.data.sections import Converted


@dataclass(frozen=True)
class ReceivedData:
    """`digest` names what the ZIP holds; with problems it must not be used."""

    digest: str = ""
    converted: Converted | None = None
    problems: list[Problem] = field(default_factory=list)


async def receive_data(
    path: Path, limits: ArchiveLimits, stage: Path, *, slug: str, former: Collection[str]
) -> ReceivedData:
    """Take the data out of a ZIP and convert them. Raises: ConversionFailed."""
    try:
        taken = await in_thread(take_data, path, limits, stage / "data")
    except InvalidArchive as error:
        return ReceivedData(problems=error.problems)
    if taken.problems:
        return ReceivedData(problems=list(taken.problems))
    converted = await convert(taken.folder, slug=slug, former=former, spool=stage / "data.bson")
    return ReceivedData(taken.digest, converted, list(converted.problems))
