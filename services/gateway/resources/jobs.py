"""Jobs over HTTP."""

from __future__ import annotations

from typing import Any, Self

from pydantic import RootModel

from libs.common.jobs.model import Job, JobState
from services.gateway.reading import PageSize
from services.gateway.resources.model import HttpModel


class JobQuery(HttpModel):
    """Which jobs to list; the next page begins `before` the last one's id."""

    slug: str | None = None
    state: JobState | None = None
    before: str | None = None
    limit: PageSize = 50


class JobResource(RootModel[dict[str, Any]]):
    """A job without what is only ours."""

    @classmethod
    def of(cls, job: Job) -> Self:
        return cls(job.as_resource())


class JobPage(HttpModel):
    jobs: list[JobResource]
    next: str | None = None
    """`before` of the next page; absent on the last one."""
