"""What exports are held against: the plain way to write one, and the least that any way must do."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId
from isal import isal_zlib
from pymongo.database import Database

from libs.common.archive.writer import BLOCK, ISAL_LEVEL

LIMIT = 10_000


def plain(database: Database[dict[str, Any]], names: Sequence[str]) -> int:
    """All documents at once, converted value by value, indented and zipped by the standard library; the ZIP's size."""
    collections = {name: to_json(database[name].find().limit(LIMIT).to_list()) for name in names}
    content = json.dumps(collections, indent=2)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        archive.writestr("db_collections.json", content)
    hashlib.sha256(buffer.getvalue()).hexdigest()
    return len(buffer.getvalue())


def to_json(value: Any) -> Any:
    """The types that these documents hold; an export of ours knows all."""
    if isinstance(value, dict):
        return {key: to_json(child) for key, child in value.items()}
    if isinstance(value, list):
        return [to_json(child) for child in value]
    if isinstance(value, ObjectId):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return value


def least(database: Database[dict[str, Any]], names: Sequence[str]) -> int:
    """Raw batches, deflated and hashed as they come, without converting anything; the packed size."""
    sha256, size = hashlib.sha256(), 0
    for name in names:
        compressor = isal_zlib.compressobj(level=ISAL_LEVEL, wbits=-isal_zlib.MAX_WBITS)
        batches: Any = database[name].find_raw_batches({}, sort=[("_id", 1)], limit=LIMIT, batch_size=1_000)
        for batch in batches:
            for at in range(0, len(batch), BLOCK):
                packed = compressor.compress(batch[at : at + BLOCK])
                sha256.update(packed)
                size += len(packed)
        packed = compressor.flush()
        sha256.update(packed)
        size += len(packed)
    return size
