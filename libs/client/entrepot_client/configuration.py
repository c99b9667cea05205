"""Which platform, and who asks: from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import urlsplit

from entrepot_client.errors import EntrepotClientError

URL: Final = "ENTREPOT_URL"
TOKEN: Final = "ENTREPOT_TOKEN"  # noqa: S105  (the variable's name)
DEFAULT_URL: Final = "http://127.0.0.1:8080"
"""Where `make up` serves."""


class Misconfigured(EntrepotClientError):
    """The environment names no platform that can be asked."""


@dataclass(frozen=True)
class Configuration:
    """Without a token only a platform on this machine answers, which trusts its own user."""

    url: str = DEFAULT_URL
    token: str | None = field(default=None, repr=False)
    patience_seconds: float = 60.0
    """For how long a platform that was there may be away, while work or a stream of events goes on."""
    work_seconds: float = 7200.0
    """How long work is waited for; it goes on without us afterwards."""

    def __post_init__(self) -> None:
        """Raises: Misconfigured."""
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Misconfigured(f"{URL} must be an http(s) address, not {self.url!r}.")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """`ENTREPOT_URL` and `ENTREPOT_TOKEN`. Raises: Misconfigured."""
        return cls(url=environment.get(URL) or DEFAULT_URL, token=environment.get(TOKEN) or None)
