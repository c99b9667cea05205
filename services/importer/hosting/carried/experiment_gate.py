"""The door of a host: only the gateway comes in, and says who it brings (docs/hosting.md)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN_HEADER: Final = b"x-entrepot-host-token"
USER_HEADER: Final = b"x-entrepot-user"
OURS: Final = frozenset({TOKEN_HEADER, USER_HEADER})
LIVE_PATH: Final = "/-/live"
HTTP_AND_WEBSOCKET: Final = frozenset({"http", "websocket"})

log = logging.getLogger(__name__)


class Activity:
    """Requests and connections under way, and the end of the last one."""

    def __init__(self) -> None:
        self._under_way = 0
        self._last = time.monotonic()

    @contextmanager
    def one(self) -> Iterator[None]:
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
            self._last = time.monotonic()

    def as_json(self) -> dict[str, float]:
        return {"busy": self._under_way, "idle_seconds": time.monotonic() - self._last}


class Gate:
    """Refuses who has no token, and fills `request.state` for all others."""

    def __init__(
        self, app: ASGIApp, *, token: str, slug: str, read_scopes: Sequence[str], activity: Activity
    ) -> None:
        self._app = app
        self._token = token
        self._slug = slug
        self._read_scopes = list(read_scopes)
        self._activity = activity

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in HTTP_AND_WEBSOCKET:
            return
        headers = dict(scope["headers"])
        if not hmac.compare_digest(headers.get(TOKEN_HEADER, b""), self._token.encode()):
            await _refuse(scope, receive, send)
        elif scope["path"] == LIVE_PATH:
            await _answer(JSONResponse(self._activity.as_json()), scope, receive, send)
        else:
            with self._activity.one():
                await _keep_connection(self._app, self._entered(scope, headers), receive, send)

    def _entered(self, scope: Scope, headers: dict[bytes, bytes]) -> Scope:
        state = {
            "slug_id": self._slug,
            "read_scopes": list(self._read_scopes),
            "user": read_user(headers.get(USER_HEADER, b""), self._token),
        }
        kept = [header for header in scope["headers"] if header[0] not in OURS]
        return {**scope, "headers": kept, "state": {**scope.get("state", {}), **state}}


def read_user(header: bytes, token: str) -> dict[str, Any] | None:
    """Who asks, as the gateway signed it; None without a header, or where the signature is not the gateway's."""
    payload, _, signature = header.partition(b".")
    expected = hmac.new(token.encode(), payload, hashlib.sha256).hexdigest().encode()
    if not payload or not hmac.compare_digest(signature, expected):
        return None
    try:
        user: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload))
    except (binascii.Error, ValueError):
        return None
    return user


async def _keep_connection(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Starlette raises an error again after it has answered 500, and uvicorn then closes the connection.

    The gateway keeps its connections for the next request, so an error that is answered is only logged.
    """
    is_answered = False

    async def noting(message: Message) -> None:
        nonlocal is_answered
        await send(message)
        is_answered = message["type"] == "http.response.body" and not message.get("more_body", False)

    try:
        await app(scope, receive, noting)
    except Exception:
        if not is_answered:
            raise
        log.exception("a route failed")


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    await _answer(PlainTextResponse("Only the gateway may come in here.", 403), scope, receive, send)


async def _answer(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await response(scope, receive, send)
