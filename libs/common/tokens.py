"""Bearer tokens: who may call the HTTP interface (DESIGN §4). Only a hash of each is stored; the text is shown once.

A token holds 256 random bits, so a plain SHA-256 keeps it; slow password hashes protect guessable secrets only.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field
from pymongo import ReturnDocument

from libs.common.database.client import Database
from libs.common.database.collections import TOKENS
from libs.common.errors import NotFound, Unauthenticated
from libs.common.jobs.model import Requester, Role

PREFIX: Final = "entrepot_"
"""Lets people and secret scanners recognise a token that lies where it should not."""
LIFE: Final = timedelta(days=90)
SEEDED_NAME: Final = "ENTREPOT_ADMIN_TOKEN"
SEEDED_EMAIL: Final = "admin@localhost"
_ID_LENGTH: Final = 16


class InvalidToken(Unauthenticated):
    """The token is unknown, has expired or was revoked."""

    code = "invalid-token"


class TokenNotFound(NotFound):
    """There is no such token."""

    code = "token-not-found"


class Token(BaseModel):
    """What is known of a token; `id` names it in lists and for revocation, and is no secret."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    id: str = Field(alias="_id")
    digest: str = Field(repr=False)
    email: str = Field(min_length=1, max_length=254)
    role: Role
    name: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None

    def is_valid(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at

    @cached_property
    def holder(self) -> Requester:
        return Requester(email=self.email, role=self.role)


@dataclass(frozen=True)
class Issued:
    """A new token and its text, which nobody can read again."""

    token: Token
    secret: str = field(repr=False)


class TokenStore:
    """The collection `tokens`."""

    def __init__(self, database: Database) -> None:
        self._tokens = database[TOKENS]

    async def create(self, *, email: str, role: Role, name: str, life: timedelta = LIFE) -> Issued:
        """A new token for a person or a system; `name` says what it is for."""
        secret = PREFIX + secrets.token_urlsafe(32)
        token = _describe(secret, email=email, role=role, name=name, life=life)
        await self._tokens.insert_one(token.model_dump(by_alias=True, exclude_none=True))
        return Issued(token, secret)

    async def seed(self, secret: str) -> Token:
        """Make the setting's value the first administrator's token, valid for another 90 days from this start.

        An earlier value of the setting is revoked; a value that was revoked stays so.
        """
        token = _describe(secret, email=SEEDED_EMAIL, role=Role.ADMIN, name=SEEDED_NAME, life=LIFE)
        others = {"name": SEEDED_NAME, "_id": {"$ne": token.id}, "revoked_at": {"$exists": False}}
        await self._tokens.update_many(others, {"$set": {"revoked_at": token.created_at}})
        new = token.model_dump(by_alias=True, exclude={"id", "expires_at", "revoked_at"})
        document = await self._tokens.find_one_and_update(
            {"_id": token.id},
            {"$setOnInsert": new, "$set": {"expires_at": token.expires_at}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        return Token.model_validate(document)

    async def verify(self, secret: str) -> Token:
        """The token of this text. Raises: InvalidToken."""
        digest = digest_of(secret)
        document = await self._tokens.find_one({"_id": digest[:_ID_LENGTH]})
        if document is None:
            raise InvalidToken
        token = Token.model_validate(document)
        if not hmac.compare_digest(token.digest, digest) or not token.is_valid(datetime.now(UTC)):
            raise InvalidToken
        return token

    async def all(self) -> list[Token]:
        """Every token, also expired and revoked ones, the newest first."""
        found = self._tokens.find().sort([("created_at", -1), ("_id", 1)])
        return [Token.model_validate(document) async for document in found]

    async def revoke(self, token_id: str) -> Token:
        """From now on (in caches: within seconds) the token is worth nothing. Raises: TokenNotFound."""
        document = await self._tokens.find_one_and_update(
            {"_id": token_id},
            [{"$set": {"revoked_at": {"$ifNull": ["$revoked_at", datetime.now(UTC)]}}}],
            return_document=ReturnDocument.AFTER,
        )
        if document is None:
            raise TokenNotFound(f"There is no token {token_id!r}.")
        return Token.model_validate(document)

    async def any_valid(self) -> bool:
        """Whether anybody can sign in at all."""
        valid: dict[str, Any] = {"revoked_at": {"$exists": False}, "expires_at": {"$gt": datetime.now(UTC)}}
        return await self._tokens.find_one(valid) is not None


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _describe(secret: str, *, email: str, role: Role, name: str, life: timedelta) -> Token:
    digest, now = digest_of(secret), datetime.now(UTC)
    return Token(
        id=digest[:_ID_LENGTH],
        digest=digest,
        email=email,
        role=role,
        name=name,
        created_at=now,
        expires_at=now + life,
    )
