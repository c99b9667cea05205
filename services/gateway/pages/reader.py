"""Who reads a page, as far as the page shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

from aiohttp import web

from libs.common.jobs.model import Requester, Role
from services.gateway.admission import CALLER, SIGNED_IN
from services.gateway.auth.access import has_role


@dataclass(frozen=True)
class Reader:
    """Empty for guests. `by_session` tells apart who can sign out."""

    requester: Requester | None = None
    csrf_token: str = field(default="", repr=False)
    by_session: bool = False

    @classmethod
    def of(cls, request: web.Request) -> Self:
        signed_in = request.get(SIGNED_IN)
        csrf_token = signed_in.csrf_token if signed_in else ""
        return cls(request.get(CALLER), csrf_token, by_session=signed_in is not None)

    @property
    def name(self) -> str:
        """The part of the address before the `@`, which is enough to know oneself by."""
        return self.requester.email.partition("@")[0] if self.requester else ""

    def may(self, role: str) -> bool:
        """Whether the reader has at least this role; routes check it again."""
        return self.requester is not None and has_role(self.requester, Role(role))
