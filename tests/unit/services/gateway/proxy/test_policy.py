from __future__ import annotations

from typing import Any

import pytest

from libs.common.errors import Forbidden, Unauthenticated
from libs.common.jobs.model import Requester, Role
from libs.common.manifest.model import Manifest
from services.gateway.proxy.policy import Entrance

GUEST = None
VIEWER = Requester(email="Ana@example.org", role=Role.VIEWER)
DEVELOPER = Requester(email="ben@example.org", role=Role.DEVELOPER)
ADMIN = Requester(email="root@example.org", role=Role.ADMIN)
EVERYBODY = (GUEST, VIEWER, DEVELOPER, ADMIN)


def admitted(manifest: dict[str, Any]) -> list[Requester | None]:
    return [caller for caller in EVERYBODY if _passes(Manifest.model_validate(manifest), caller)]


def _passes(manifest: Manifest, caller: Requester | None) -> bool:
    try:
        Entrance.of(manifest).check(caller)
    except (Unauthenticated, Forbidden):
        return False
    return True


@pytest.mark.parametrize(
    ("manifest", "expected"),
    [
        ({}, EVERYBODY),
        ({"auth_required": False}, EVERYBODY),
        ({"auth_required": True}, (VIEWER, DEVELOPER, ADMIN)),
        ({"auth_policy": None}, EVERYBODY),
        ({"auth_policy": {}}, (VIEWER, DEVELOPER, ADMIN)),
        ({"auth_policy": {"required": False}}, EVERYBODY),
        ({"auth_required": True, "auth_policy": {"required": False}}, (VIEWER, DEVELOPER, ADMIN)),
        (
            {"auth_policy": {"allow_anonymous": True, "allowed_roles": ["developer"]}},
            (GUEST, DEVELOPER, ADMIN),
        ),
        ({"auth_policy": {"allowed_roles": ["developer"]}}, (DEVELOPER, ADMIN)),
        ({"auth_policy": {"allowed_roles": ["Viewer"]}}, (VIEWER, DEVELOPER, ADMIN)),
        ({"auth_policy": {"allowed_roles": ["wizard"]}}, (ADMIN,)),
        ({"auth_policy": {"allowed_users": ["ana@EXAMPLE.org"]}}, (VIEWER, ADMIN)),
        ({"auth_policy": {"denied_users": ["ana@example.org"]}}, (DEVELOPER, ADMIN)),
        ({"auth_policy": {"allowed_roles": ["admin"]}, "developer_id": "ana@example.org"}, (VIEWER, ADMIN)),
        (
            {
                "auth_policy": {"allowed_roles": ["admin"], "owner_can_access": False},
                "developer_id": "ana@example.org",
            },
            (ADMIN,),
        ),
    ],
)
def test_who_comes_in(manifest: dict[str, Any], expected: tuple[Requester | None, ...]) -> None:
    assert admitted(manifest) == list(expected)


@pytest.mark.parametrize(
    "policy", [{"required_permissions": ["x"]}, {"allowed_roles": "admin"}, "open", 7, []]
)
def test_what_is_not_understood_lets_nobody_in(policy: object) -> None:
    assert admitted({"auth_policy": policy}) == [ADMIN]


def test_guests_are_asked_to_sign_in_and_others_are_refused() -> None:
    entrance = Entrance.of(Manifest.model_validate({"auth_policy": {"allowed_roles": ["admin"]}}))
    with pytest.raises(Unauthenticated, match="sign-in"):
        entrance.check(GUEST)
    with pytest.raises(Forbidden):
        entrance.check(DEVELOPER)
