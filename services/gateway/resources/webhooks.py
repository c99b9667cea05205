"""Webhooks over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from pydantic import ConfigDict, Field

from services.gateway.events.entry import EVERYTHING
from services.gateway.reading import PageSize, Text
from services.gateway.resources.events import PATTERNS, Pattern
from services.gateway.resources.model import HttpModel
from services.gateway.webhooks.model import Attempt, Delivery, DeliveryState, Webhook

Address = Annotated[str, Field(max_length=2_000)]
Types = Annotated[list[Pattern], Field(min_length=1, max_length=PATTERNS)]


class WebhookBody(HttpModel):
    """Where to send events; `types` are topic patterns of routing keys, all of them by default."""

    model_config = ConfigDict(extra="forbid")

    url: Address
    types: Types = [EVERYTHING]
    description: Text | None = None


class WebhookChange(HttpModel):
    """What is not given stays. Whatever is changed, a webhook that was failing is tried again at once."""

    model_config = ConfigDict(extra="forbid")

    url: Address | None = None
    types: Types | None = None
    description: Text | None = None
    enabled: bool | None = None


class WebhookQuery(HttpModel):
    """In order of creation; the next page comes `after` the last one's id."""

    after: Annotated[str, Field(max_length=100)] = ""
    limit: PageSize = 50


class DeliveryQuery(HttpModel):
    """The newest first; the next page begins `before` the last one's id."""

    before: Annotated[str, Field(max_length=100)] | None = None
    limit: PageSize = 50


class WebhookResource(HttpModel):
    """`failures` counts attempts in a row that failed; then `next_attempt_at` says when the next one is due."""

    id: str
    owner: str
    url: str
    types: list[str]
    description: str | None
    enabled: bool
    disabled_because: str | None
    created_at: datetime
    failures: int
    next_attempt_at: datetime | None

    @classmethod
    def of(cls, webhook: Webhook) -> Self:
        return cls(
            id=webhook.id,
            owner=webhook.owner,
            url=webhook.url,
            types=webhook.types,
            description=webhook.description,
            enabled=webhook.is_enabled,
            disabled_because=webhook.disabled_because,
            created_at=webhook.created_at,
            failures=webhook.failures,
            next_attempt_at=webhook.due_at if webhook.failures and webhook.is_enabled else None,
        )


class NewWebhook(HttpModel):
    """`secret` verifies signatures (Standard Webhooks); it is shown this once."""

    webhook: WebhookResource
    secret: str


class WebhookPage(HttpModel):
    webhooks: list[WebhookResource]
    next: str | None = None
    """`after` of the next page; absent on the last one."""


class DeliveryResource(HttpModel):
    """What became of one event; `last` is the newest attempt."""

    id: str
    event_id: str
    type: str
    state: DeliveryState
    attempts: int
    last: Attempt | None
    created_at: datetime

    @classmethod
    def of(cls, delivery: Delivery) -> Self:
        return cls(**delivery.model_dump(include=set(cls.model_fields)))


class DeliveryPage(HttpModel):
    deliveries: list[DeliveryResource]
    next: str | None = None
    """`before` of the next page; absent on the last one."""
