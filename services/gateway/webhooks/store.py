"""Webhooks in the database: who has which, and whose turn it is.

Turns and leases are counted by the database's clock (`$$NOW`): those of gateways may be apart or jump.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pymongo import ReturnDocument

from libs.common.database.client import Database
from libs.common.database.collections import WEBHOOK_DELIVERIES, WEBHOOKS
from libs.common.errors import Conflict, NotFound
from libs.common.events.envelope import new_id
from services.gateway.webhooks.model import Webhook, new_secret

LEASE: Final = timedelta(seconds=60)
"""Renewed with each delivery, which takes 15 s at most."""
FIRST_DELAY: Final = timedelta(seconds=2)
LONGEST_DELAY: Final = timedelta(hours=1)
NOTHING: Final = timedelta()
OWN_LIMIT: Final = 50
"""Webhooks of one person."""
LONG_DUE: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Of a new one, which waits for nothing."""


class WebhookNotFound(NotFound):
    """There is no such webhook."""

    code = "webhook-not-found"


class TooManyWebhooks(Conflict):
    """One person may have 50 webhooks."""

    code = "too-many-webhooks"


class Webhooks:
    def __init__(self, database: Database) -> None:
        self._webhooks = database[WEBHOOKS]
        self._deliveries = database[WEBHOOK_DELIVERIES]

    async def create(
        self, *, owner: str, url: str, types: list[str], description: str | None, position: int
    ) -> Webhook:
        """It hears of what comes after `position` in the event log. Raises: TooManyWebhooks."""
        if await self._webhooks.count_documents({"owner": owner}) >= OWN_LIMIT:
            raise TooManyWebhooks
        webhook = Webhook(
            owner=owner,
            url=url,
            types=types,
            description=description,
            secret=new_secret(),
            created_at=datetime.now(UTC),
            position=position,
            due_at=LONG_DUE,
        )
        await self._webhooks.insert_one(webhook.model_dump(by_alias=True))
        return webhook

    async def get(self, webhook_id: str, *, owner: str | None) -> Webhook:
        """`owner` None finds anybody's. Raises: WebhookNotFound."""
        return _found(await self._webhooks.find_one(_of(webhook_id, owner)), webhook_id)

    async def page(self, *, owner: str | None, after: str, limit: int) -> list[Webhook]:
        """In order of their creation; the next page comes `after` the last one's id."""
        criteria: dict[str, Any] = {"_id": {"$gt": after}} | ({} if owner is None else {"owner": owner})
        found = self._webhooks.find(criteria).sort("_id", 1).limit(limit)
        return [Webhook.model_validate(document) async for document in found]

    async def change(self, webhook_id: str, fields: Mapping[str, Any], *, owner: str | None) -> Webhook:
        """Set fields, and try at once what was failing. Raises: WebhookNotFound."""
        update = _set({**fields, "failures": 0, "claim": None}, due_in=NOTHING)
        changed = await self._webhooks.find_one_and_update(
            _of(webhook_id, owner), update, return_document=ReturnDocument.AFTER
        )
        return _found(changed, webhook_id)

    async def delete(self, webhook_id: str, *, owner: str | None) -> None:
        """With all that was noted of its deliveries. Raises: WebhookNotFound."""
        deleted = await self._webhooks.delete_one(_of(webhook_id, owner))
        if not deleted.deleted_count:
            raise WebhookNotFound(f"There is no webhook {webhook_id!r}.")
        await self._deliveries.delete_many({"webhook": webhook_id})

    async def claim(self, head: int) -> Webhook | None:
        """Take the webhook that has waited longest for something up to `head`, or None."""
        due = {"$lte": ["$due_at", "$$NOW"]}
        waiting = {"is_enabled": True, "position": {"$lt": head}, "$expr": due}
        document = await self._webhooks.find_one_and_update(
            waiting,
            _set({"claim": new_id()}, due_in=LEASE),
            sort=[("due_at", 1)],
            return_document=ReturnDocument.AFTER,
        )
        return Webhook.model_validate(document) if document else None

    async def advance(self, webhook: Webhook, position: int, *, is_failing: bool) -> bool:
        """All up to `position` is done. False where the claim is lost: it was changed, deleted, or took too long."""
        fields = {"position": position}
        return await self._update(webhook, fields if is_failing else {**fields, "failures": 0}, due_in=LEASE)

    async def release(self, webhook: Webhook) -> None:
        """Whoever comes next may go on."""
        await self._update(webhook, {"claim": None}, due_in=NOTHING)

    async def postpone(self, webhook: Webhook) -> None:
        """Count the failure, and let the webhook wait."""
        failed = await self._webhooks.find_one_and_update(
            _claimed(webhook), {"$inc": {"failures": 1}}, return_document=ReturnDocument.AFTER
        )
        if failed is not None:
            await self._update(webhook, {"claim": None}, due_in=delay_after(failed["failures"]))

    async def disable(self, webhook: Webhook, reason: str) -> None:
        await self._update(webhook, {"claim": None, "is_enabled": False, "disabled_because": reason})

    async def _update(
        self, webhook: Webhook, fields: Mapping[str, Any], *, due_in: timedelta | None = None
    ) -> bool:
        updated = await self._webhooks.update_one(_claimed(webhook), _set(fields, due_in=due_in))
        return bool(updated.matched_count)


def delay_after(failures: int) -> timedelta:
    """2 s, doubled each time up to an hour; a little more at random, so that not all come at once."""
    doubled: timedelta = min(FIRST_DELAY * 2 ** min(failures - 1, 20), LONGEST_DELAY)
    return doubled * random.uniform(1, 1.2)  # noqa: S311


def _set(fields: Mapping[str, Any], *, due_in: timedelta | None) -> list[dict[str, Any]]:
    """An update that lets the webhook wait from now on; values count as they are, whatever they begin with."""
    wanted: dict[str, Any] = {name: {"$literal": value} for name, value in fields.items()}
    if due_in is not None:
        wanted["due_at"] = {"$add": ["$$NOW", round(due_in.total_seconds() * 1000)]}
    return [{"$set": wanted}]


def _claimed(webhook: Webhook) -> dict[str, Any]:
    return {"_id": webhook.id, "claim": webhook.claim}


def _of(webhook_id: str, owner: str | None) -> dict[str, Any]:
    return {"_id": webhook_id} if owner is None else {"_id": webhook_id, "owner": owner}


def _found(document: Mapping[str, Any] | None, webhook_id: str) -> Webhook:
    if document is None:
        raise WebhookNotFound(f"There is no webhook {webhook_id!r}.")
    return Webhook.model_validate(document)
