"""Experiments over HTTP."""

from __future__ import annotations

from typing import Literal, Self

from libs.common.events.exports import CollectionExport, ExportCompleted, ExportKind
from libs.common.jobs.model import Job
from libs.common.overview import ExperimentOverview
from services.gateway.reading import PageSize
from services.gateway.resources.model import HttpModel


class ExperimentQuery(HttpModel):
    """Experiments in order of their slugs; the next page comes `after` the last one's."""

    after: str = ""
    limit: PageSize = 50


class EstimateQuery(HttpModel):
    kind: ExportKind = ExportKind.STANDALONE


class ExperimentPage(HttpModel):
    experiments: list[ExperimentOverview]
    next: str | None = None
    """`after` of the next page; absent on the last one."""


class EstimateAnswer(HttpModel):
    """What an export would take: bytes before packing."""

    status: Literal["success"] = "success"
    job_id: str
    kind: ExportKind
    unpacked_size: int
    documents: int
    fits: bool
    collections: list[CollectionExport]
    warnings: list[str]

    @classmethod
    def of(cls, job: Job) -> Self:
        completed = ExportCompleted.model_validate(job.result)
        assert completed.estimate is not None
        return cls(
            job_id=job.id,
            kind=completed.kind,
            unpacked_size=completed.estimate.unpacked_size,
            documents=completed.estimate.documents,
            fits=completed.estimate.fits,
            collections=completed.collections,
            warnings=completed.warnings,
        )
