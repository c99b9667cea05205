"""Waiting for an experiment's host: through a switch of versions, and for a moment while it starts."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from libs.common.hosting import CACHE_SECONDS, HOLD_SECONDS, Hosting, Hostings, HostingState
from services.gateway.proxy.errors import ExperimentFailed, ExperimentStarting, ExperimentStopped, NotServing
from services.gateway.proxy.resolve import Experiments

START_SECONDS: Final = 3.0
"""How long a request waits for a start before it is told to come again; most starts take less."""
WANT_AGAIN: Final = timedelta(seconds=5)
"""A start is asked for once in so long, not by each request."""


@dataclass(frozen=True)
class Host:
    """Where an experiment's requests go, and the token that its host takes."""

    address: str
    token: str = field(repr=False)


@dataclass(frozen=True)
class _Waiting:
    """What to say if it does not end, and after how many seconds."""

    error: NotServing
    seconds: float


class Hosts:
    """Finds the host of an experiment, and has it started where there is none."""

    def __init__(self, experiments: Experiments, hostings: Hostings) -> None:
        self._experiments = experiments
        self._hostings = hostings

    async def reach(self, slug: str, *, patient: bool, fresh: bool = False) -> Host:
        """The host that serves now; the impatient wait for switches only, not for starts.

        Raises: ExperimentNotFound, NotServing.
        """
        clock = asyncio.get_running_loop().time
        began = clock()
        while True:
            hosting = (await self._experiments.find(slug, fresh=fresh)).hosting
            outcome = await self._outcome(slug, hosting)
            if isinstance(outcome, Host):
                return outcome
            held = hosting is not None and hosting.is_held(datetime.now(UTC))
            if clock() - began >= outcome.seconds or not (held or patient):
                raise outcome.error
            await asyncio.sleep(CACHE_SECONDS)
            fresh = False

    async def _outcome(self, slug: str, hosting: Hosting | None) -> Host | _Waiting:
        now = datetime.now(UTC)
        if hosting and hosting.is_held(now):
            return _Waiting(ExperimentStarting("A new version is taking over; try again."), HOLD_SECONDS)
        if hosting and hosting.address and hosting.token:
            return Host(hosting.address, hosting.token)
        if hosting and hosting.is_off:
            return _Waiting(
                ExperimentStopped(f"An operator has stopped {slug!r}; the action `start` ends that."), 0
            )
        if hosting is None or hosting.wanted_at is None or now - hosting.wanted_at > WANT_AGAIN:
            await self._hostings.want(slug)
        if hosting and hosting.state is HostingState.FAILED:
            return _Waiting(ExperimentFailed(f"{slug!r} could not be started.", lines=hosting.error), 0)
        return _Waiting(ExperimentStarting(f"{slug!r} is starting; try again."), START_SECONDS)
