"""Requests that another site makes a signed-in browser send: `SameSite=Strict` stops them first, this the rest."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Final

from aiohttp import hdrs
from yarl import URL

from libs.common.errors import Forbidden

CSRF_HEADER: Final = "X-CSRF-Token"
CSRF_FIELD: Final = "csrf_token"
"""The same in a form that a page sends without a script."""
SAFE_METHODS: Final = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS})
"""RFC 9110 §9.2.1: they change nothing."""


class Forged(Forbidden):
    """The request does not come from a page of this session; reload the page and try again."""

    code = "csrf"


def check_token(sent: str | None, expected: str) -> None:
    """Raises: Forged."""
    if sent is None or not hmac.compare_digest(sent.encode(), expected.encode()):
        raise Forged


def check_origin(headers: Mapping[str, str]) -> None:
    """Where nobody is signed in yet, the browser itself says where a form was sent from. Raises: Forged."""
    if headers.get("Sec-Fetch-Site", "same-origin").lower() not in {"same-origin", "none"}:
        raise Forged
    origin = headers.get(hdrs.ORIGIN)
    if origin is not None and not _is_of(origin, headers.get(hdrs.HOST, "")):
        raise Forged


def _is_of(origin: str, host: str) -> bool:
    """Whether both name one address; the scheme may differ behind a proxy that ends TLS."""
    try:
        return URL(origin).authority == host
    except ValueError:
        return False
