"""All changes of stored data so far, in order. A release that needs one appends it here.

A step runs while services of the version before still work, so it adds and rewrites only what these can read as well;
what they need is removed by a step of the release after. It may be broken off and run again, and on an empty database.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from libs.common.database.client import Database


@dataclass(frozen=True)
class Step:
    """From one version of the schema to the next."""

    title: str
    apply: Callable[[Database], Awaitable[None]]


STEPS: Final[tuple[Step, ...]] = ()
"""The first leads from version 1, which is the form of the first release, to version 2."""
