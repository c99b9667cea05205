"""Loopback trust: on a developer's own machine a plain `curl` counts as the local operator (DESIGN §4).

What it must not trust: a web page that the operator has open (`Origin`, `Sec-Fetch-Site`), a name that an attacker's
DNS points to this machine (`Host`), and people behind a proxy on this machine (forwarding headers).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from yarl import URL

from libs.common.jobs.model import Requester, Role
from libs.common.settings import LOOPBACK_HOSTS, Settings

OPERATOR: Final = Requester(email="operator@localhost", role=Role.ADMIN)

FORWARDING: Final = (
    "Forwarded",
    "Via",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Real-IP",
)


def is_trusting(settings: Settings) -> bool:
    """Whether this gateway trusts loopback at all: everything is embedded, and nobody else can connect."""
    return settings.trust_loopback and settings.is_embedded and settings.binds_loopback


def comes_from_operator(headers: Mapping[str, str], *, port: int) -> bool:
    """Whether a request to a trusting gateway that listens on `port` was sent by the local operator."""
    host = headers.get("Host", "")
    if not _is_own_address(f"http://{host}", port):
        return False
    if any(name in headers for name in FORWARDING):
        return False
    if headers.get("Sec-Fetch-Site", "").lower() == "cross-site":
        return False
    origin = headers.get("Origin")
    return origin is None or origin.lower() == f"http://{host}".lower()


def _is_own_address(address: str, port: int) -> bool:
    try:
        url = URL(address)
    except ValueError:
        return False
    return url.host in LOOPBACK_HOSTS and url.port == port and url.user is None
