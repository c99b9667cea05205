"""Work as scripts ask for it: under one key, again and again, until a gateway has accepted it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import httpx

from tests.faults.ledger import Ledger

AGAIN_SECONDS = 0.2
PATIENCE_SECONDS = 600.0
COME_AGAIN = frozenset({429, 502, 503})
GONE = (httpx.TransportError, AttributeError)
"""The latter is how anyio says, on uvloop, that a connection was closed in the moment it was made."""


@dataclass(frozen=True)
class Ask:
    """One request for work."""

    method: str
    path: str
    json: object = None
    file: bytes | None = field(default=None, repr=False)
    fields: dict[str, str] = field(default_factory=dict)


def export(slug: str, kind: str) -> Ask:
    return Ask("GET", f"/api/package-{kind}/{slug}")


def upload(slug: str, packed: bytes, **fields: str) -> Ask:
    return Ask("POST", "/admin/api/upload-experiment", file=packed, fields={"slug_id": slug, **fields})


def rollback(slug: str, revision: int) -> Ask:
    return Ask("POST", f"/api/experiments/{slug}/rollback", json={"revision": revision})


def run(company: str, *, seed: int, budget: int = 2) -> Ask:
    """Short, and computed anew each time."""
    body = {"companies": [company], "algorithms": ["GeneticAlgorithm"], "seeds": [seed], "budget": budget}
    return Ask("POST", "/api/benchmark-runs", json={**body, "time_limit": 60, "force": True})


def dump_import(packed: bytes) -> Ask:
    """In place of the companies that it names."""
    return Ask("POST", "/api/upload-benchmark-results/", file=packed, fields={"clear_existing": "true"})


def dump() -> Ask:
    return Ask("POST", "/api/benchmark-dumps", json={"include_schedules": True})


@dataclass(frozen=True)
class Clients:
    """They try another gateway each time."""

    gateways: Sequence[httpx.AsyncClient]
    ledger: Ledger
    lot: random.Random

    async def submit(self, ask: Ask) -> str:
        """The accepted job's id. Raises: TimeoutError, AssertionError for any answer but acceptance and patience."""
        key = {"Idempotency-Key": str(UUID(int=self.lot.getrandbits(128)))}
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (response := await self._send(ask, key)) is None:
                await asyncio.sleep(AGAIN_SECONDS)
        job_id = str(response.json()["job_id"])
        self.ledger.accepted.add(job_id)
        return job_id

    async def _send(self, ask: Ask, key: dict[str, str]) -> httpx.Response | None:
        """The acceptance, or None while the gateway or something behind it is away."""
        files = {"file": ("upload.zip", ask.file, "application/zip")} if ask.file is not None else None
        try:
            response = await self.lot.choice(self.gateways).request(
                ask.method, ask.path, json=ask.json, files=files, data=ask.fields or None, headers=key
            )
        except GONE:
            return None
        if response.status_code in COME_AGAIN:
            assert response.headers["Retry-After"], response.text
            return None
        assert response.status_code in {200, 202}, f"{ask}: {response.status_code} {response.text}"
        return response
