"""Administration of experiments over HTTP."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import ConfigDict

from libs.common.events.imports import (
    ExperimentAction,
    ExperimentChanged,
    ExperimentStarted,
    ExperimentStopped,
)
from libs.common.jobs.model import Job
from services.gateway.reading import Text
from services.gateway.resources.experiments_versions import Revision
from services.gateway.resources.model import HttpModel


class DeleteQuery(HttpModel):
    """`?delete_data=1` also drops the experiment's collections and its kept versions."""

    delete_data: bool = False


class RollbackBody(HttpModel):
    """Unset `revision` is the one before the current."""

    model_config = ConfigDict(extra="forbid")

    revision: Revision | None = None
    note: Text | None = None


class CloneBody(HttpModel):
    """`to` is the slug of the copy."""

    model_config = ConfigDict(extra="forbid")

    to: Text
    note: Text | None = None


class ChangeAnswer(HttpModel):
    """What became of an action. `revision` is the one that now counts, or serves; of a clone, `slug` is the copy's."""

    status: Literal["success"] = "success"
    job_id: str
    slug: str
    revision: int | None = None
    digest: str | None = None
    message: str

    @classmethod
    def of(cls, job: Job) -> Self:
        match job.input["action"]:
            case ExperimentAction.START:
                started = ExperimentStarted.model_validate(job.result)
                message = f"{started.slug} serves revision {started.revision}."
                changed = ExperimentChanged(
                    slug=started.slug, revision=started.revision, digest=started.digest, message=message
                )
            case ExperimentAction.STOP:
                slug = ExperimentStopped.model_validate(job.result).slug
                message = f"{slug} is stopped, until it is started or gets a new version."
                changed = ExperimentChanged(slug=slug, message=message)
            case _:
                changed = ExperimentChanged.model_validate(job.result)
        return cls(job_id=job.id, **dict(changed))
