"""What an import does to an experiment's data: planned, and what is kept of what was there before."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from libs.common.events.jobs import Payload


class WithData(StrEnum):
    """Whether an import takes the data of a standalone or docker ZIP."""

    SKIP = "skip"
    MERGE = "merge"
    """What the ZIP holds wins by `_id`; what only the database holds stays."""
    REPLACE = "replace"
    """The experiment then has the collections and documents of the ZIP, and no others."""


class CollectionPlan(Payload):
    """What becomes of one collection, in documents. Those of time series are not compared: they have no identity."""

    name: str
    named_before: str | None = None
    """Its name in the ZIP, where the import renames it."""
    kind: str
    """`collection`, `capped`, `timeseries` or `view`."""
    documents: int
    """In the ZIP."""
    present: int
    """In the database now."""
    insert: int
    change: int
    remove: int


class DataPlan(Payload):
    """What becomes of the data, found out by building the new collections beside those that are in use."""

    mode: WithData
    digest: str
    """SHA-256 of the data in the ZIP."""
    collections: list[CollectionPlan]


class KeptData(Payload):
    """The data that an import replaced, as it was at the switch; `restore-data` puts it back."""

    id: str
    collections: list[str]
    kept_until: datetime
