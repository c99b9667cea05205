"""Registered experiments, their hosting and their versions."""

from __future__ import annotations

from pydantic import AwareDatetime

from entrepot_client.models.resource import Resource


class Hosting(Resource):
    """How an experiment is hosted now."""

    state: str
    since: AwareDatetime | None = None
    serving_revision: int | None = None
    path: str
    error: tuple[str, ...] = ()
    """The last lines of why a version did not start."""


class LastExport(Resource):
    export_id: str
    kind: str
    created_at: AwareDatetime
    file_size: int


class Experiment(Resource):
    """`version` is the short digest of its files, `revision` counts changes of version."""

    slug: str
    name: str
    description: str | None = None
    status: str
    version: str
    revision: int
    author: str
    updated_at: AwareDatetime
    hosting: Hosting
    last_export: LastExport | None = None


class ExperimentPage(Resource):
    """`next` is `after` of the next page; None on the last one."""

    experiments: tuple[Experiment, ...]
    next: str | None = None


class Version(Resource):
    """One revision; `kept` says whether its files are still there to roll back to."""

    revision: int
    version: str
    author: str
    note: str | None = None
    origin: str
    created_at: AwareDatetime
    current: bool
    kept: bool


class VersionPage(Resource):
    """`next` is `before` of the next page; None on the last one."""

    versions: tuple[Version, ...]
    next: int | None = None


class Change(Resource):
    """What became of an action. `revision` is the one that now counts, or serves; of a clone, `slug` is the copy's."""

    job_id: str
    slug: str
    revision: int | None = None
    message: str = "It is done."
