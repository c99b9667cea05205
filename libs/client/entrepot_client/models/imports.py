"""Imports of experiments: what may be asked, the plan, the outcome."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pydantic import AwareDatetime

from entrepot_client.models.jobs import Problem
from entrepot_client.models.resource import Resource


class OnConflict(StrEnum):
    """What an import does where the slug is registered already."""

    REPLACE = "replace"
    FAIL = "fail"
    SKIP = "skip"


class WithData(StrEnum):
    """Whether an import takes the data of a standalone or docker ZIP."""

    SKIP = "skip"
    MERGE = "merge"
    REPLACE = "replace"


@dataclass(frozen=True)
class ImportOptions:
    """What may be said beside the ZIP; unset leaves it to the platform."""

    slug: str | None = None
    dry_run: bool = False
    on_conflict: OnConflict = OnConflict.REPLACE
    plan_digest: str | None = None
    """Import only if the plan is still this one."""
    note: str | None = None
    with_data: WithData = WithData.SKIP
    accept_cut: bool = False

    def fields(self) -> dict[str, str]:
        """Of the form."""
        given: dict[str, str | None] = {
            "slug_id": self.slug,
            "dry_run": "1" if self.dry_run else None,
            "on_conflict": self.on_conflict.value,
            "plan_digest": self.plan_digest,
            "note": self.note,
            "with_data": self.with_data.value,
            "accept_cut": "1" if self.accept_cut else None,
        }
        return {name: value for name, value in given.items() if value is not None}


class CollectionPlan(Resource):
    """What becomes of one collection, in documents."""

    name: str
    kind: str
    documents: int
    present: int
    insert: int
    change: int
    remove: int


class DataPlan(Resource):
    mode: WithData
    digest: str
    collections: tuple[CollectionPlan, ...]


class Plan(Resource):
    """What an import changes, or would change. Paths are relative to the experiment's folder."""

    slug: str
    plan_digest: str
    base_revision: int | None = None
    action: str
    """`create`, `replace`, `unchanged` or `skip`."""
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    """Members that are no part of the experiment."""
    rewritten: tuple[str, ...] = ()
    """Files whose links were changed to the new slug."""
    warnings: tuple[Problem, ...] = ()
    data: DataPlan | None = None


class KeptData(Resource):
    """The data that an import replaced, by the id under which they can be put back."""

    id: str
    collections: tuple[str, ...]
    kept_until: AwareDatetime


class Import(Resource):
    """A finished import; with `dry_run` the plan of one."""

    job_id: str
    slug: str
    dry_run: bool
    revision: int | None = None
    replaced_revision: int | None = None
    """What a rollback goes back to."""
    kept_data: KeptData | None = None
    message: str
    plan: Plan
