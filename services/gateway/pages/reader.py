"""Who reads a page, as far as the page shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Self

from aiohttp import web

from libs.common.jobs.model import Requester, Role
from services.gateway.admission import CALLER, SIGNED_IN
from services.gateway.auth.access import has_role

THEME_COOKIE: Final = "entrepot_theme"
"""A script sets it (`static/theme-choice.js`); in the page's first bytes, nothing has to run before it is painted."""
THEMES: Final = ("light", "dark")


@dataclass(frozen=True)
class Reader:
    """Empty for guests. `by_session` tells apart who can sign out; without a theme the system's applies."""

    requester: Requester | None = None
    csrf_token: str = field(default="", repr=False)
    by_session: bool = False
    theme: str = ""

    @classmethod
    def of(cls, request: web.Request) -> Self:
        signed_in = request.get(SIGNED_IN)
        csrf_token = signed_in.csrf_token if signed_in else ""
        theme = request.cookies.get(THEME_COOKIE, "")
        return cls(
            request.get(CALLER),
            csrf_token,
            by_session=signed_in is not None,
            theme=theme if theme in THEMES else "",
        )

    @property
    def name(self) -> str:
        """The part of the address before the `@`, which is enough to know oneself by."""
        return self.requester.email.partition("@")[0] if self.requester else ""

    def may(self, role: str) -> bool:
        """Whether the reader has at least this role; routes check it again."""
        return self.requester is not None and has_role(self.requester, Role(role))
