"""Forms of collections."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What the server calls the forms of a collection; capped ones are told apart by their options."""

    COLLECTION = "collection"
    VIEW = "view"
    TIMESERIES = "timeseries"
    CAPPED = "capped"
