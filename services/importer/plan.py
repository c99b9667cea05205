"""What an import would change, worked out before anything is written (DESIGN §6)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import orjson

from libs.common.archive.digest import FileDigest
from libs.common.errors import Conflict, Problem
from libs.common.events.import_data import DataPlan
from libs.common.events.imports import ImportPlan, OnConflict
from libs.common.registry import Registered
from services.importer.examine import Examined

MAX_LISTED: Final = 1_000
"""Paths per list: a plan is part of documents and messages, and 20,000 long names would not fit."""


class Action(StrEnum):
    """What an import comes to."""

    CREATE = "create"
    REPLACE = "replace"
    UNCHANGED = "unchanged"
    SKIP = "skip"

    @property
    def writes(self) -> bool:
        return self in {Action.CREATE, Action.REPLACE}


class AlreadyRegistered(Conflict):
    """An experiment of this slug is registered, and the request forbids to replace it."""

    code = "already-registered"


class PlanChanged(Conflict):
    """The plan is no longer the one that was agreed to."""

    code = "plan-changed"

    def __init__(self, plan: ImportPlan) -> None:
        problem = Problem(
            category="request",
            code="new-plan",
            path="plan_digest",
            message=f"The plan is now {plan.action} on revision {plan.base_revision}: {plan.plan_digest}",
            remedy="Look at the new plan, and send the file again with its plan_digest.",
        )
        super().__init__(problems=[problem], extensions={"plan": plan.model_dump(mode="json")})


@dataclass(frozen=True)
class Present:
    """What is registered now, and its files."""

    registered: Registered
    files: Sequence[FileDigest]


def build_plan(examined: Examined, present: Present | None, on_conflict: OnConflict) -> ImportPlan:
    """Raises: AlreadyRegistered, where `on_conflict` says so."""
    if present is not None and on_conflict is OnConflict.FAIL:
        raise AlreadyRegistered(f"An experiment {examined.slug!r} is registered; on_conflict=fail keeps it.")
    platform = present.registered.platform if present else None
    base_revision = platform.revision if platform else None
    action = _action(examined.digest, platform.digest if platform else None, on_conflict)
    before = {file.path: file.sha256 for file in (present.files if present else ())}
    after = {file.path: file.sha256 for file in examined.files}
    return ImportPlan(
        slug=examined.slug,
        digest=examined.digest,
        plan_digest=_plan_digest(examined.slug, examined.digest, base_revision, action),
        base_revision=base_revision,
        action=action,
        added=_listed(after.keys() - before.keys()),
        changed=_listed(path for path in after.keys() & before.keys() if after[path] != before[path]),
        removed=_listed(before.keys() - after.keys()),
        dropped=_listed(examined.dropped),
        rewritten=_listed(examined.rewritten),
        warnings=examined.warnings,
    )


def with_data(plan: ImportPlan, data: DataPlan) -> ImportPlan:
    """The plan with what becomes of the data. Counts of documents do not change its digest: a live database does."""
    touched = [[each.name, each.kind] for each in data.collections]
    digest = hashlib.sha256(orjson.dumps([plan.plan_digest, data.mode, data.digest, touched])).hexdigest()
    return plan.model_copy(update={"plan_digest": digest, "data": data})


def require_plan(plan: ImportPlan, wanted: str | None) -> None:
    """Raises: PlanChanged, if the caller agreed to another plan."""
    if wanted is not None and wanted != plan.plan_digest:
        raise PlanChanged(plan)


def _action(digest: str, current: str | None, on_conflict: OnConflict) -> Action:
    if current is None:
        return Action.CREATE
    if on_conflict is OnConflict.SKIP:
        return Action.SKIP
    return Action.UNCHANGED if digest == current else Action.REPLACE


def _plan_digest(slug: str, digest: str, base_revision: int | None, action: Action) -> str:
    """All else of a plan follows from these."""
    return hashlib.sha256(orjson.dumps([slug, digest, base_revision, action])).hexdigest()


def _listed(paths: Collection[str] | Iterable[str]) -> list[str]:
    ordered = sorted(paths)
    more = len(ordered) - MAX_LISTED
    return [*ordered[:MAX_LISTED], f"… and {more} more"] if more > 0 else ordered
