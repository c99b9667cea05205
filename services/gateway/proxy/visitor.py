"""Who asks an experiment something."""

from __future__ import annotations

from dataclasses import dataclass

from libs.common.jobs.model import Requester


@dataclass(frozen=True)
class Visitor:
    """`caller` is None for guests; `by_token` tells that `Authorization` was for us, and stays here."""

    caller: Requester | None
    by_token: bool = False
