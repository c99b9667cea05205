"""Signed-in browsers: a token is turned once into a cookie that scripts cannot read (DESIGN §4).

The database keeps only a hash of the cookie and the id of the token behind it, so a session ends with its token.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from libs.common.database.client import Database
from libs.common.database.collections import SESSIONS, TOKENS
from libs.common.errors import Unauthenticated
from libs.common.jobs.model import Requester
from libs.common.tokens import InvalidToken, Token, TokenStore

SESSION_COOKIE: Final = "entrepot_session"
"""Ours alone: experiments never see it and cannot set it."""
SESSION_LIFE: Final = timedelta(hours=12)
"""A working day; whoever stays longer signs in again."""
REMEMBER_SECONDS: Final = 3.0
"""A revocation or a sign-out in another gateway acts within so long, as for bearer tokens."""
REMEMBER_LIMIT: Final = 1_000
"""Sessions remembered at once: a bound for memory."""


class SessionEnded(Unauthenticated):
    """Nobody is signed in here any more; sign in again."""

    code = "session-ended"


@dataclass(frozen=True)
class SignedIn:
    """Who is signed in, and what a request of theirs that changes something must carry besides the cookie."""

    requester: Requester
    csrf_token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class Opened:
    """A new session; the cookie's text is known to the browser only."""

    cookie: str = field(repr=False)
    signed_in: SignedIn


class Sessions:
    """The collection `sessions`, shared by all gateways; the database forgets what has expired."""

    def __init__(self, database: Database, tokens: TokenStore) -> None:
        self._sessions = database[SESSIONS]
        self._tokens = database[TOKENS]
        self._store = tokens
        self._known: dict[str, tuple[SignedIn, float]] = {}

    async def open(self, secret: str) -> Opened:
        """Sign in with a token. Raises: InvalidToken."""
        if not secret.isascii():
            raise InvalidToken
        token = await self._store.verify(secret)
        cookie, now = secrets.token_urlsafe(32), datetime.now(UTC)
        document = {
            "_id": _digest(cookie),
            "token": token.id,
            "created_at": now,
            "expires_at": min(now + SESSION_LIFE, token.expires_at),
        }
        await self._sessions.insert_one(document)
        return Opened(cookie, _signed_in(cookie, token, document))

    async def find(self, cookie: str) -> SignedIn:
        """Raises: SessionEnded."""
        digest, now = _digest(cookie), asyncio.get_running_loop().time()
        signed_in, until = self._known.get(digest, (None, 0.0))
        if signed_in is None or until < now or signed_in.expires_at <= datetime.now(UTC):
            self._known.pop(digest, None)
            signed_in = await self._read(cookie)
            self._remember(digest, signed_in, now)
        return signed_in

    async def close(self, cookie: str) -> None:
        """Sign out; of no effect where nobody is signed in."""
        self._known.pop(_digest(cookie), None)
        await self._sessions.delete_one({"_id": _digest(cookie)})

    async def _read(self, cookie: str) -> SignedIn:
        document = await self._sessions.find_one({"_id": _digest(cookie)})
        now = datetime.now(UTC)
        if document is None or document["expires_at"] <= now:
            raise SessionEnded
        found = await self._tokens.find_one({"_id": document["token"]})
        if found is None or not (token := Token.model_validate(found)).is_valid(now):
            raise SessionEnded
        return _signed_in(cookie, token, document)

    def _remember(self, digest: str, signed_in: SignedIn, now: float) -> None:
        if len(self._known) >= REMEMBER_LIMIT:
            self._known.clear()
        self._known[digest] = (signed_in, now + REMEMBER_SECONDS)


def _digest(cookie: str) -> str:
    return hashlib.sha256(cookie.encode(errors="replace")).hexdigest()


def _signed_in(cookie: str, token: Token, document: dict[str, Any]) -> SignedIn:
    """The CSRF token follows from the cookie, which no script can read, so nothing more needs to be stored."""
    csrf_token = hmac.new(cookie.encode(errors="replace"), b"csrf", hashlib.sha256).hexdigest()
    return SignedIn(token.holder, csrf_token, document["expires_at"])
