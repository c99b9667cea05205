"""`Authorization: Bearer …` (RFC 6750), with a short memory of tokens that were right."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Final

from libs.common.errors import Unauthenticated
from libs.common.jobs.model import Requester
from libs.common.tokens import Token, TokenStore, digest_of

REMEMBER_SECONDS: Final = 3.0
"""A revocation acts within so long; each page loads a dozen resources in less."""
REMEMBER_LIMIT: Final = 1_000
"""Tokens remembered at once: a bound for memory, far above the number of callers within three seconds."""


class MalformedAuthorization(Unauthenticated):
    """The Authorization header must be `Bearer` and one token."""

    code = "malformed-authorization"


class BearerTokens:
    """Finds the holder of a token, asking the database at most once in a few seconds for each."""

    def __init__(self, store: TokenStore) -> None:
        self._store = store
        self._known: dict[str, tuple[Token, float]] = {}

    async def holder(self, authorization: str) -> Requester:
        """Raises: MalformedAuthorization, InvalidToken."""
        scheme, _, secret = authorization.partition(" ")
        secret = secret.strip()
        if scheme.lower() != "bearer" or not secret or " " in secret:
            raise MalformedAuthorization
        digest, now = digest_of(secret), asyncio.get_running_loop().time()
        token, until = self._known.get(digest, (None, 0.0))
        if token is None or until < now or not token.is_valid(datetime.now(UTC)):
            self._known.pop(digest, None)
            token = await self._store.verify(secret)
            self._remember(digest, token, now)
        return token.holder

    def _remember(self, digest: str, token: Token, now: float) -> None:
        if len(self._known) >= REMEMBER_LIMIT:
            self._known.clear()
        self._known[digest] = (token, now + REMEMBER_SECONDS)
