"""ZIPs with data, as exports have them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from libs.common.database.client import Database
from services.exporter.convert import convert
from services.exporter.snapshot import take_snapshot
from services.exporter.spool import Spool, read_range
from tests.integration.services.importer.uploads import zipped


async def data_files(database: Database, slug: str, folder: Path, *, limit: int = 10_000) -> dict[str, bytes]:
    """`db_collections.json` and `db_types.json` of what the database holds now."""
    with Spool(2**20, folder) as spool, spool.sibling() as types:
        taken = await take_snapshot(database, slug, spool, limit=limit)
        collections = b"".join(convert(taken.sections, spool, types))
        return {
            "db_collections.json": collections,
            "db_types.json": b"".join(read_range(types.fileno(), 0, types.size)),
        }


def standalone(files: Mapping[str, str], data: Mapping[str, bytes], slug: str = "click") -> bytes:
    """The upload of a standalone export."""
    code = {f"experiments/{slug}/{name}": content for name, content in files.items()}
    return zipped({**code, **data, "standalone_main.py": "", "db_config.json": "{}"})
