"""Who may see an experiment: `auth_required` and `auth_policy` of its manifest, checked before anything reaches it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from libs.common.errors import Forbidden, Unauthenticated
from libs.common.jobs.model import Requester, Role
from libs.common.manifest.model import Manifest
from services.gateway.auth.access import has_role

_ROLES: Final = {str(role): role for role in Role}


class AuthPolicy(BaseModel):
    """`auth_policy`, as far as it is known here. Administrators pass any policy.

    A policy that says more, or that cannot be read, is met by administrators only: a rule that is not understood must
    not let anybody in.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    required: bool = True
    allow_anonymous: bool = False
    allowed_roles: list[str] = []
    """Names of roles, of which one is enough; each role includes the ones before it."""
    allowed_users: list[str] = []
    """Addresses; unset lets in everybody whose role is allowed."""
    denied_users: list[str] = []
    owner_can_access: bool = True
    """Whether `developer_id` passes whatever its role."""
    provider: str | None = None
    """Which engine decides elsewhere; of no meaning here."""

    @classmethod
    def of(cls, manifest: Manifest) -> Self | None:
        """None where the manifest's policy is not understood."""
        declared = (manifest.model_extra or {}).get("auth_policy")
        if declared is None:
            return cls(required=manifest.auth_required)
        try:
            policy = cls.model_validate(declared)
        except ValidationError:
            return None
        return policy.model_copy(update={"required": policy.required or manifest.auth_required})

    @property
    def lets_anybody_in(self) -> bool:
        return self.allow_anonymous or not self.required

    def admits(self, caller: Requester, owner: object) -> bool:
        email = caller.email.lower()
        if email in _lower(self.denied_users):
            return False
        if self.owner_can_access and isinstance(owner, str) and owner.lower() == email:
            return True
        if self.allowed_users and email not in _lower(self.allowed_users):
            return False
        roles = [_ROLES[name] for name in _lower(self.allowed_roles) if name in _ROLES]
        return not self.allowed_roles or any(has_role(caller, role) for role in roles)


@dataclass(frozen=True)
class Entrance:
    """Who is let in to an experiment: its policy, None where that is not understood, and who it belongs to."""

    policy: AuthPolicy | None
    owner: object

    @classmethod
    def of(cls, manifest: Manifest) -> Self:
        return cls(AuthPolicy.of(manifest), (manifest.model_extra or {}).get("developer_id"))

    def check(self, caller: Requester | None) -> None:
        """Raises: Unauthenticated, Forbidden."""
        if self.policy and self.policy.lets_anybody_in and caller is None:
            return
        if caller is None:
            raise Unauthenticated("This experiment asks for a sign-in: send `Authorization: Bearer TOKEN`.")
        if caller.role is Role.ADMIN:
            return
        if self.policy is None or not self.policy.admits(caller, self.owner):
            raise Forbidden("This experiment's policy does not let you in.")


def _lower(names: list[str]) -> set[str]:
    return {name.lower() for name in names}
