"""Signed-in browsers: a token is turned once into a cookie that scripts cannot read (DESIGN §4).

The database keeps only a hash of the cookie and the id of the token behind it, so a session ends with its token.
Experiments at an origin of their own learn who is signed in by a visit: another cookie, good for them alone, for
which the browser carries a ticket across.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from libs.common.database.client import Database
from libs.common.database.collections import SESSIONS, TOKENS
from libs.common.errors import Unauthenticated
from libs.common.jobs.model import Requester
from libs.common.tokens import InvalidToken, Token, TokenStore

SESSION_COOKIE: Final = "entrepot_session"
"""Ours alone: experiments never see it and cannot set it."""
VISIT_COOKIE: Final = "entrepot_visit"
"""The same at the experiments' own origin."""
TICKET_LIFE: Final = timedelta(minutes=1)
"""A redirect takes less; whoever finds the address in a history comes too late."""
SESSION_LIFE: Final = timedelta(hours=12)
"""A working day; whoever stays longer signs in again."""
REMEMBER_SECONDS: Final = 3.0
"""A revocation or a sign-out in another gateway acts within so long, as for bearer tokens."""
REMEMBER_LIMIT: Final = 1_000
"""Sessions remembered at once: a bound for memory."""


class SessionEnded(Unauthenticated):
    """Nobody is signed in here any more; sign in again."""

    code = "session-ended"


class Purpose(StrEnum):
    """What the secret behind a document opens."""

    PLATFORM = "platform"
    TICKET = "ticket"
    EXPERIMENTS = "experiments"


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
        self._known: dict[tuple[str, Purpose], tuple[SignedIn, float]] = {}

    async def open(self, secret: str) -> Opened:
        """Sign in with a token. Raises: InvalidToken."""
        if not secret.isascii():
            raise InvalidToken
        token = await self._store.verify(secret)
        ends_at = min(datetime.now(UTC) + SESSION_LIFE, token.expires_at)
        cookie = await self._keep(Purpose.PLATFORM, {"token": token.id, "expires_at": ends_at})
        return Opened(cookie, _signed_in(cookie, token, ends_at))

    async def ticket(self, cookie: str) -> str:
        """What opens one visit for whoever has this session. Raises: SessionEnded."""
        session, _ = await self._read(cookie, Purpose.PLATFORM)
        ends_at = session["expires_at"]
        return await self._keep(
            Purpose.TICKET,
            {
                "token": session["token"],
                "session": session["_id"],
                "session_ends_at": ends_at,
                "expires_at": min(datetime.now(UTC) + TICKET_LIFE, ends_at),
            },
        )

    async def visit(self, ticket: str) -> Opened:
        """Good for the experiments' origin, as long as the session that it comes from. Raises: SessionEnded."""
        used, token = await self._read(ticket, Purpose.TICKET)
        if not (await self._sessions.delete_one({"_id": used["_id"]})).deleted_count:
            raise SessionEnded
        ends_at = used["session_ends_at"]
        cookie = await self._keep(
            Purpose.EXPERIMENTS, {"token": token.id, "session": used["session"], "expires_at": ends_at}
        )
        return Opened(cookie, _signed_in(cookie, token, ends_at))

    async def find(self, cookie: str, purpose: Purpose = Purpose.PLATFORM) -> SignedIn:
        """Raises: SessionEnded."""
        key, now = (_digest(cookie), purpose), asyncio.get_running_loop().time()
        signed_in, until = self._known.get(key, (None, 0.0))
        if signed_in is None or until < now or signed_in.expires_at <= datetime.now(UTC):
            self._known.pop(key, None)
            document, token = await self._read(cookie, purpose)
            signed_in = _signed_in(cookie, token, document["expires_at"])
            self._remember(key, signed_in, now)
        return signed_in

    async def close(self, cookie: str) -> None:
        """Sign out, of visits too; of no effect where nobody is signed in."""
        digest = _digest(cookie)
        self._known.pop((digest, Purpose.PLATFORM), None)
        await self._sessions.delete_many({"$or": [{"_id": digest}, {"session": digest}]})

    async def _keep(self, purpose: Purpose, document: dict[str, Any]) -> str:
        """The new secret, of which the database has a hash only."""
        secret = secrets.token_urlsafe(32)
        kept = {"_id": _digest(secret), "purpose": purpose, "created_at": datetime.now(UTC), **document}
        await self._sessions.insert_one(kept)
        return secret

    async def _read(self, secret: str, purpose: Purpose) -> tuple[dict[str, Any], Token]:
        document = await self._sessions.find_one({"_id": _digest(secret), "purpose": purpose})
        now = datetime.now(UTC)
        if document is None or document["expires_at"] <= now:
            raise SessionEnded
        found = await self._tokens.find_one({"_id": document["token"]})
        if found is None or not (token := Token.model_validate(found)).is_valid(now):
            raise SessionEnded
        return document, token

    def _remember(self, key: tuple[str, Purpose], signed_in: SignedIn, now: float) -> None:
        if len(self._known) >= REMEMBER_LIMIT:
            self._known.clear()
        self._known[key] = (signed_in, now + REMEMBER_SECONDS)


def _digest(cookie: str) -> str:
    return hashlib.sha256(cookie.encode(errors="replace")).hexdigest()


def _signed_in(cookie: str, token: Token, ends_at: datetime) -> SignedIn:
    """The CSRF token follows from the cookie, which no script can read, so nothing more needs to be stored."""
    csrf_token = hmac.new(cookie.encode(errors="replace"), b"csrf", hashlib.sha256).hexdigest()
    return SignedIn(token.holder, csrf_token, ends_at)
