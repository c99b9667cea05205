from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from libs.common.archive.digest import ORDINARY, FileDigest
from libs.common.errors import Problem
from libs.common.events.imports import OnConflict
from libs.common.registry import Bundle, Platform, Registered
from libs.common.versions import version_digest
from services.importer.examine import Examined
from services.importer.plan import (
    MAX_LISTED,
    AlreadyRegistered,
    PlanChanged,
    Present,
    build_plan,
    require_plan,
)


def files(**contents: str) -> list[FileDigest]:
    return [FileDigest(path, ORDINARY, len(content), content * 8) for path, content in contents.items()]


def examined(found: list[FileDigest], **fields: list[str]) -> Examined:
    return Examined("click", Path("tree"), found, **fields)  # type: ignore[arg-type]


def present(found: list[FileDigest], *, revision: int = 3) -> Present:
    platform = Platform(
        revision=revision,
        digest=version_digest(found),
        bundle=Bundle(key="click/runtime-1.zip", sha256="0" * 64, size=1),
        author="a@example.com",
        updated_at=datetime.now(UTC),
    )
    return Present(
        Registered(slug="click", manifest={}, platform=platform, runtime_s3_uri="file:///x"), found
    )


def test_a_new_experiment() -> None:
    plan = build_plan(examined(files(b="1", a="2")), None, OnConflict.FAIL)

    assert (plan.action, plan.base_revision) == ("create", None)
    assert (plan.added, plan.changed, plan.removed) == (["a", "b"], [], [])


def test_a_replacement_names_each_difference() -> None:
    plan = build_plan(
        examined(files(a="1", b="9", d="4")), present(files(a="1", b="2", c="3")), OnConflict.REPLACE
    )

    assert (plan.action, plan.base_revision) == ("replace", 3)
    assert (plan.added, plan.changed, plan.removed) == (["d"], ["b"], ["c"])


def test_the_same_files_are_unchanged() -> None:
    plan = build_plan(examined(files(a="1")), present(files(a="1")), OnConflict.REPLACE)

    assert plan.action == "unchanged"


@pytest.mark.parametrize("same", [True, False])
def test_skip_keeps_what_is_there(same: bool) -> None:
    plan = build_plan(examined(files(a="1")), present(files(a="1" if same else "2")), OnConflict.SKIP)

    assert plan.action == "skip"


def test_fail_refuses() -> None:
    with pytest.raises(AlreadyRegistered, match="on_conflict=fail"):
        build_plan(examined(files(a="1")), present(files(a="1")), OnConflict.FAIL)


def test_what_was_found_rides_along() -> None:
    warning = Problem(category="file", code="x", message="y")
    found = Examined("click", Path("tree"), files(a="1"), ["z", "y"], ["a"], [warning])

    plan = build_plan(found, None, OnConflict.REPLACE)

    assert (plan.dropped, plan.rewritten, plan.warnings) == (["y", "z"], ["a"], [warning])


def test_the_digest_of_a_plan_is_that_of_what_decides() -> None:
    one = build_plan(examined(files(a="1")), present(files(a="2")), OnConflict.REPLACE)
    again = build_plan(examined(files(a="1"), dropped=["x"]), present(files(a="2")), OnConflict.REPLACE)
    moved = build_plan(examined(files(a="1")), present(files(a="2"), revision=4), OnConflict.REPLACE)
    other = build_plan(examined(files(a="3")), present(files(a="2")), OnConflict.REPLACE)

    assert one.plan_digest == again.plan_digest
    assert len({one.plan_digest, moved.plan_digest, other.plan_digest}) == 3


def test_another_plan_is_refused_and_told() -> None:
    plan = build_plan(examined(files(a="1", b="1")), present(files(b="2")), OnConflict.REPLACE)

    require_plan(plan, None)
    require_plan(plan, plan.plan_digest)
    with pytest.raises(PlanChanged) as refusal:
        require_plan(plan, "0" * 64)

    assert refusal.value.as_problem_details()["plan"] == plan.model_dump(mode="json")
    assert refusal.value.status == 409
    assert [(problem.code, problem.path) for problem in refusal.value.problems] == [
        ("new-plan", "plan_digest")
    ]
    assert plan.plan_digest in refusal.value.problems[0].message


def test_long_lists_are_cut_and_say_so() -> None:
    many = files(**{f"f{number:05}": "1" for number in range(MAX_LISTED + 5)})

    plan = build_plan(examined(many), None, OnConflict.REPLACE)

    assert len(plan.added) == MAX_LISTED + 1
    assert plan.added[-1] == "… and 5 more"
