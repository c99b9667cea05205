"""What a route asks of its caller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from libs.common.errors import Forbidden
from libs.common.jobs.model import Requester, Role

_RANK: Final = {role: rank for rank, role in enumerate(Role)}


@dataclass(frozen=True)
class Access:
    """The least role that may call a route; None lets everybody in."""

    role: Role | None

    def check(self, caller: Requester) -> None:
        """Raises: Forbidden."""
        if self.role is not None and not has_role(caller, self.role):
            raise Forbidden(f"This needs the role {self.role}; yours is {caller.role}.")


PUBLIC: Final = Access(None)
VIEWER: Final = Access(Role.VIEWER)
DEVELOPER: Final = Access(Role.DEVELOPER)
ADMIN: Final = Access(Role.ADMIN)


def has_role(caller: Requester, role: Role) -> bool:
    """Each role includes the ones before it."""
    return _RANK[caller.role] >= _RANK[role]
