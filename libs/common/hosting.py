"""Hosted experiments: what the importer's supervisor and the gateway tell each other (docs/hosting.md).

One document of `experiment_hosting` per slug. It holds the host's token, so no event and no API answer carries it
whole, and it is kept apart from `experiments_config`, which experiments read.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

import orjson
from pydantic import BaseModel, ConfigDict, Field
from pymongo.errors import DuplicateKeyError

from libs.common.database.client import Database
from libs.common.database.collections import EXPERIMENT_HOSTING
from libs.common.events.envelope import Message

TOKEN_HEADER: Final = "X-Entrepot-Host-Token"  # noqa: S105  (a name, not a secret)
"""Proves to a host that a request came through the gateway; any local process can reach a host's port."""
USER_HEADER: Final = "X-Entrepot-User"
"""Who asks, as `sign_user` writes it; absent where nobody is signed in."""
CACHE_SECONDS: Final = 0.2
"""How long a gateway may go by a record that it has read; a switch waits twice as long for requests to be held."""
HOLD_SECONDS: Final = 5.0
"""How long at most a switch of versions may hold an experiment's requests."""
ERROR_LINES: Final = 20
"""Lines at the end of a failed start's error that are kept; the cause stands in the last ones."""


class HostingState(StrEnum):
    """What the supervisor is at with the registered version; whether anything serves is a matter of `address`."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    FAILED = "failed"


class Hosting(BaseModel):
    """How an experiment is hosted now.

    Requests go to `address` whenever there is one, whatever the state: while a version starts or after it failed, the
    version before goes on serving.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    slug: str
    state: HostingState = HostingState.STOPPED
    since: datetime = Field(default_factory=lambda: datetime.now(UTC))
    """Of the state."""
    address: str | None = None
    """`http://host:port` of the version that serves."""
    token: str | None = Field(default=None, repr=False)
    """What the host at `address` takes in `TOKEN_HEADER`, and signs users with."""
    revision: int | None = None
    """Of the version at `address`."""
    routes: list[str] = []
    """Of the version at `address`, as `GET /experiments/click/`."""
    tried: int | None = None
    """The newest revision that was to start, whatever came of it."""
    error: list[str] = []
    """The last lines of why the revision `tried` did not start; empty once a version has started."""
    held_until: datetime | None = None
    """Hold requests until then, or until this is gone: the version is being switched."""
    off_revision: int | None = None
    """The revision that an operator stopped: requests do not start it, the action `start` or a newer one does."""
    wanted_at: datetime | None = None
    """Somebody asked for it to be started."""
    asked_by: str | None = None
    """The job that waits for this start or stop, and will tell of it."""
    host: str | None = None
    """Name of the Ray actor at `address`."""
    ray: str | None = None
    """The Ray that runs it; with another one, nothing of this is left."""
    indexes: dict[str, str] = {}
    """What became of each managed index, by its name on disk."""
    index_names: dict[str, list[str]] = {}
    """The managed indexes by collection, so that removed ones can be followed."""
    term: int = 0
    """Of the supervisor that wrote this; an earlier one writes no more."""
    untold: Message | None = None
    """The event of the latest change, until the bus has it."""

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Hosting:
        return cls.model_validate({**document, "slug": document["_id"]})

    @property
    def serves(self) -> bool:
        return self.address is not None

    @property
    def is_off(self) -> bool:
        return self.off_revision is not None and self.off_revision >= (self.tried or 0)

    @property
    def is_at_rest(self) -> bool:
        return self.state is HostingState.STOPPED and not self.serves

    def is_held(self, now: datetime) -> bool:
        return self.held_until is not None and now < self.held_until


class Hostings:
    """The collection. The importer's supervisor writes it; whoever needs an experiment asks for it with `want`."""

    def __init__(self, database: Database) -> None:
        self._hostings = database[EXPERIMENT_HOSTING]

    async def get(self, slug: str) -> Hosting | None:
        """None where the experiment was never started."""
        document = await self._hostings.find_one({"_id": slug})
        return Hosting.from_document(document) if document else None

    async def all(self) -> list[Hosting]:
        return [Hosting.from_document(document) async for document in self._hostings.find()]

    async def want(self, slug: str) -> None:
        """Ask for a start, as a first request does; of no effect where it runs, or where an operator stopped it."""
        now = datetime.now(UTC)
        await self._hostings.update_one(
            {"_id": slug},
            {"$set": {"wanted_at": now}, "$setOnInsert": {"state": HostingState.STOPPED, "since": now}},
            upsert=True,
        )

    async def switch(self, slug: str, *, off_revision: int | None, job_id: str | None) -> None:
        """An operator's stop of a revision, which lasts, or start (None); a job that waits for it tells of it."""
        now = datetime.now(UTC)
        wanted_at = now if off_revision is None else None
        await self._hostings.update_one(
            {"_id": slug},
            {
                "$set": {"off_revision": off_revision, "wanted_at": wanted_at, "asked_by": job_id},
                "$setOnInsert": {"state": HostingState.STOPPED, "since": now},
            },
            upsert=True,
        )

    async def write(self, slug: str, term: int, **fields: Any) -> bool:
        """Set fields as the supervisor of a term; False where a later one has written already."""
        mine = {"_id": slug, "$or": [{"term": {"$lte": term}}, {"term": None}]}
        try:
            await self._hostings.update_one(mine, {"$set": {**fields, "term": term}}, upsert=True)
        except DuplicateKeyError:
            return False
        return True

    async def told(self, slug: str, event: Message) -> None:
        """The bus has this event now."""
        await self._hostings.update_one({"_id": slug, "untold.id": event.id}, {"$set": {"untold": None}})

    async def remove(self, slug: str) -> None:
        await self._hostings.delete_one({"_id": slug})


def sign_user(user: dict[str, str], token: str) -> str:
    """The value of `USER_HEADER`: `user_id`, `email` and `role` as base64url of JSON, a dot, and its HMAC-SHA-256."""
    payload = urlsafe_b64encode(orjson.dumps(user)).decode("ascii")
    signature = hmac.new(token.encode(), payload.encode(), hashlib.sha256).hexdigest()
    return f"{payload}.{signature}"


def bundle_key(sha256: str) -> str:
    """Where a runtime bundle lies in blob storage."""
    return f"bundles/{sha256}.zip"


def bundle_path(sha256: str, secret: str) -> str:
    """The gateway's path of a runtime bundle, for the nodes of a Ray cluster, which have no token.

    Always the same for the same bundle, as Ray caches by address; `secret` is that of download links. The signature
    stands before the name, since Ray wants addresses that end in `.zip`.
    """
    return f"/internal/bundles/{_bundle_signature(sha256, secret)}/{sha256}.zip"


def is_bundle_signature(signature: str, sha256: str, secret: str) -> bool:
    return hmac.compare_digest(signature.encode(), _bundle_signature(sha256, secret).encode())


def _bundle_signature(sha256: str, secret: str) -> str:
    return hmac.new(secret.encode(), b"bundle:" + sha256.encode(), hashlib.sha256).hexdigest()
