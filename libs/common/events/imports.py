"""Import of an experiment, and the administration of imported ones: commands, and what is told of them."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal

from libs.common.errors import Problem
from libs.common.events.import_data import DataPlan, KeptData, WithData
from libs.common.events.jobs import Payload


class OnConflict(StrEnum):
    """What an import does where the slug is registered already."""

    REPLACE = "replace"
    FAIL = "fail"
    SKIP = "skip"


class ImportRequest(Payload):
    """Command `import.request`. The ZIP lies in blob storage under `upload_key`."""

    upload_key: str
    upload_name: str
    """The file's name as the client sent it; the last source of the slug."""
    slug: str | None = None
    dry_run: bool = False
    on_conflict: OnConflict = OnConflict.REPLACE
    plan_digest: str | None = None
    """Import only if the plan is still this one."""
    note: str | None = None
    with_data: WithData = WithData.SKIP
    accept_cut: bool = False
    """Replace also by collections that were cut when they were exported."""


class ImportPlan(Payload):
    """What an import changes, or would change. Paths are relative to the experiment's folder."""

    slug: str
    digest: str
    """Of the files to install; names the version."""
    plan_digest: str
    base_revision: int | None = None
    """The registered revision that would be replaced."""
    action: str
    """`create`, `replace`, `unchanged` or `skip`."""
    added: list[str] = []
    changed: list[str] = []
    removed: list[str] = []
    dropped: list[str] = []
    """Members that are no part of the experiment: platform files, litter."""
    rewritten: list[str] = []
    """Files whose links were changed to the new slug."""
    warnings: list[Problem] = []
    data: DataPlan | None = None


class ImportCompleted(Payload):
    """Event `import.completed`; with `dry_run` nothing was changed."""

    slug: str
    dry_run: bool
    revision: int | None = None
    plan: ImportPlan
    replaced_revision: int | None = None
    """The version before, to which a rollback goes back."""
    kept_data: KeptData | None = None
    message: str


class ExperimentRegistered(Payload):
    """Event `experiment.registered`: a version is now the current one."""

    slug: str
    revision: int
    digest: str
    author: str
    runtime_s3_uri: str
    runtime_sha256: str


class ExperimentAction(StrEnum):
    """What `experiment.request` may ask for."""

    START = "start"
    STOP = "stop"
    CLONE = "clone"
    ROLLBACK = "rollback"
    DELETE = "delete"
    SYNC = "sync"
    COMPARE = "compare"
    PACK = "pack"
    RESTORE_DATA = "restore_data"


READING_ACTIONS: Final = frozenset({ExperimentAction.COMPARE, ExperimentAction.PACK})
"""Of these a viewer may ask, too: they change nothing."""


class ExperimentRequest(Payload):
    """Command `experiment.request`: administration of one experiment."""

    slug: str
    action: ExperimentAction
    revision: int | None = None
    """Of `rollback`: the revision to restore; unset is the one before the current.

    Of `pack` and `compare`: the revision meant, and the newer of the two; unset is the current one.
    """
    base: int | None = None
    """Of `compare`: the older revision; unset is the one before `revision`."""
    to: str | None = None
    """Of `clone`: the slug of the copy."""
    delete_data: bool = False
    kept_data: str | None = None
    """Of `restore_data`: the id under which an import kept the data that it replaced."""
    note: str | None = None


class ExperimentChanged(Payload):
    """Events `experiment.rolled_back`, `.data_restored`, `.deleted`, `.synced`, `.cloned`: what counts now.

    Of a clone, `slug` is the copy's.
    """

    slug: str
    revision: int | None = None
    digest: str | None = None
    message: str


class FileChange(Payload):
    """A file in which two versions differ, by its path in the experiment's folder."""

    path: str
    change: Literal["added", "changed", "removed"]
    size: int
    """In the version that has it; where both have it, in the newer one."""
    diff: str | None = None
    """Unified (`diff -u`)."""
    omitted: Literal["binary", "large", "secret", "limit"] | None = None
    """Why there is no `diff`: of what it is, or because the others have taken all the room."""


class ExperimentCompared(Payload):
    """Event `experiment.compared`: what was changed between two kept versions."""

    slug: str
    base: int
    target: int
    files: list[FileChange]
    """By path; of very many, the first."""
    total: int
    """Files in which they differ, also where not all are listed."""
    message: str


class ExperimentPacked(Payload):
    """Event `experiment.packed`: a kept version lies in storage as a ZIP that can be uploaded."""

    slug: str
    packed: int
    """The revision."""
    key: str
    filename: str
    file_size: int
    left_out: list[str] = []
    """Secrets and the like, which stay where they are."""
    message: str


class StopReason(StrEnum):
    """Why an experiment is served no longer."""

    OPERATOR = "operator"
    IDLE = "idle"
    UNREGISTERED = "unregistered"
    """It was deleted, or its status is no longer `active`."""


class ExperimentStarted(Payload):
    """Event `experiment.started`: this revision serves now, and none before it does."""

    slug: str
    revision: int
    digest: str
    seconds: float
    """From the decision to start it to its first answer, without `environment_seconds`."""
    environment_seconds: float = 0.0
    """Time to build the environment of its requirements; 0 where there are none."""


class ExperimentStopped(Payload):
    """Event `experiment.stopped`; the next request starts it again, unless an operator stopped it."""

    slug: str
    reason: StopReason


class ExperimentFailed(Payload):
    """Event `experiment.failed`: this revision did not start, or could not be kept running."""

    slug: str
    revision: int
    serving_revision: int | None
    """The version before, which goes on serving; None where nothing serves."""
    lines: list[str]
    """The last lines of the error."""
