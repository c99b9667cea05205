"""Chance and ids that come out the same everywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from random import Random
from typing import Any

from bson import ObjectId

Document = dict[str, Any]
Collections = Mapping[str, Iterable[Document]]
"""Documents by collection, in the order in which they were written. Large ones are generated as they are read."""


def chance(purpose: str) -> Random:
    """A source of chance for one purpose, so that a new field somewhere shifts nothing elsewhere."""
    return Random(purpose)  # noqa: S311 - to be the same everywhere is the point


def object_id(purpose: str, at: datetime, number: int) -> ObjectId:
    """The id that a driver would have made at that time; ids of one purpose and instant rise with their number.

    Laid out as the BSON specification says: seconds in 4 bytes, the process in 5 (here: the purpose), a counter in 3.
    """
    seconds = int(at.timestamp()).to_bytes(4, "big")
    process = hashlib.sha256(purpose.encode()).digest()[:5]
    return ObjectId(seconds + process + number.to_bytes(3, "big"))
