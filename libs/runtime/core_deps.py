"""Who asks, and what the platform knows: FastAPI dependencies for the routes of experiments.

They read what the host put down for the request: `request.state.user`, `slug_id` and `read_scopes`, and
`request.app.state.mongo_db`. `request.app.state.login_url`, where the host has a sign-in page, is where browsers are
sent. A standalone app has no sign-in: there the environment variable STANDALONE_USER_EMAIL names its one user.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from fastapi import HTTPException, status
from fastapi.requests import HTTPConnection
from motor.motor_asyncio import AsyncIOMotorDatabase

from async_mongo_wrapper import ScopedMongoWrapper

User = dict[str, Any]
"""`user_id`, `email` and `role`, as the host gives them."""

STANDALONE_USER = "STANDALONE_USER_EMAIL"
SIGN_IN_NEEDED = (
    f"Sign in first. A standalone app has no sign-in: start it with {STANDALONE_USER}=you@example.com"
)


async def get_current_user(request: HTTPConnection) -> User | None:
    """The user who asks, or None. The standalone app's one user owns the app and so is its admin."""
    user: User | None = getattr(request.state, "user", None)
    if user is None and (email := os.environ.get(STANDALONE_USER)):
        return {"user_id": email, "email": email, "role": "admin"}
    return user


async def get_current_user_or_redirect(request: HTTPConnection) -> User:
    """The user who asks. Raises: HTTPException 303 to the sign-in page; 401 where there is none."""
    if user := await get_current_user(request):
        return user
    login_url: str | None = getattr(request.app.state, "login_url", None)
    if login_url is None:
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, SIGN_IN_NEEDED)
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    location = f"{login_url}?next={quote(back, safe='/')}"
    raise HTTPException(status.HTTP_303_SEE_OTHER, headers={"Location": location})


async def require_admin(request: HTTPConnection) -> User:
    """The user who asks, if an admin. Raises: HTTPException 401 without a user, 403 for any other role."""
    user = await get_current_user(request)
    if user is None:
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, SIGN_IN_NEEDED)
    if user.get("role") != "admin":
        raise HTTPException(status.HTTP_403_FORBIDDEN, "Only an admin may do that.")
    return user


async def get_experiment_config(
    request: HTTPConnection, slug: str, projection: Mapping[str, Any] | None = None
) -> dict[str, Any] | None:
    """An experiment's registered configuration (its manifest's keys at top level), or None where it is not registered.

    Raises: HTTPException 503 where the host has no database.
    """
    return await _database(request)["experiments_config"].find_one({"slug": slug}, projection)


async def get_scoped_db(request: HTTPConnection) -> ScopedMongoWrapper:
    """The database, limited to the scopes of the experiment that serves this request.

    Raises: HTTPException 503 where the host has no database, or does not say whose request this is.
    """
    slug: str | None = getattr(request.state, "slug_id", None)
    read_scopes: Sequence[str] | None = getattr(request.state, "read_scopes", None)
    if slug is None or read_scopes is None:
        raise HTTPException(
            status.HTTP_503_SERVICE_UNAVAILABLE,
            "The host set no request.state.slug_id and read_scopes for this request.",
        )
    return ScopedMongoWrapper(_database(request), read_scopes, slug)


def _database(request: HTTPConnection) -> AsyncIOMotorDatabase[dict[str, Any]]:
    database: AsyncIOMotorDatabase[dict[str, Any]] | None = getattr(request.app.state, "mongo_db", None)
    if database is None:
        raise HTTPException(status.HTTP_503_SERVICE_UNAVAILABLE, "The database cannot be reached just now.")
    return database
