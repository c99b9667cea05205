"""A webhook, and what became of the events that it was sent."""

from __future__ import annotations

import base64
import secrets
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from libs.common.events.envelope import new_id

SECRET_PREFIX: Final = "whsec_"  # noqa: S105  (what secrets of Standard Webhooks begin with)
SECRET_BYTES: Final = 32


def new_secret() -> str:
    """A signing key as Standard Webhooks writes it."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii")


class Webhook(BaseModel):
    """One subscription: the log's events that match `types`, in order, to `url`.

    `position` is the number up to which all is delivered or given up. A gateway that works on it holds it by `claim`
    until `due_at`; without a claim, `due_at` is the time of the next attempt.
    """

    model_config = ConfigDict(frozen=True, populate_by_name=True, extra="ignore")

    id: str = Field(default_factory=new_id, alias="_id")
    owner: str
    url: str
    types: list[str]
    description: str | None = None
    secret: str = Field(repr=False)
    is_enabled: bool = True
    disabled_because: str | None = None
    created_at: datetime
    position: int
    failures: int = 0
    """Attempts in a row that failed."""
    due_at: datetime
    claim: str | None = None


class Attempt(BaseModel):
    """One try: the answer's status, or why there was none."""

    model_config = ConfigDict(frozen=True)

    at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    status: int | None = None
    error: str | None = None
    seconds: float

    @property
    def succeeded(self) -> bool:
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004

    @property
    def says_gone(self) -> bool:
        """410: the endpoint wants no more (Standard Webhooks)."""
        return self.status == 410  # noqa: PLR2004


class DeliveryState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    GIVEN_UP = "given-up"


class Delivery(BaseModel):
    """What became of one event at one webhook; `last` is the newest attempt."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, extra="ignore")

    id: str = Field(alias="_id")
    webhook: str
    number: int
    event_id: str
    type: str
    state: DeliveryState
    attempts: int
    last: Attempt | None = None
    created_at: datetime
