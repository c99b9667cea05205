"""Versions of experiments: the list, what differs between two, one as a ZIP. All of it outlives a deletion."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from libs.common.events.imports import ExperimentAction, ExperimentPacked, ExperimentRequest
from libs.common.jobs.model import Job
from libs.common.registry import ExperimentNotFound
from services.gateway.accepts import wants_file
from services.gateway.admission import caller_of
from services.gateway.answers import Build, answer, answer_job, see_other
from services.gateway.auth.access import VIEWER
from services.gateway.edge import Edge, edge_of
from services.gateway.reading import read_fields, read_query
from services.gateway.resources.experiments_versions import (
    DiffAnswer,
    DiffQuery,
    RevisionPath,
    VersionDownload,
    VersionPage,
    VersionQuery,
    VersionResource,
)
from services.gateway.resources.exports import DownloadQuery
from services.gateway.routing import Endpoint
from services.gateway.submit import Order


async def list_versions(request: web.Request) -> web.StreamResponse:
    query, edge, slug = read_query(request, VersionQuery), edge_of(request), request.match_info["slug"]
    current = await current_revision(edge, slug)
    found = await edge.versions.newest(slug, before=query.before, limit=query.limit)
    return answer(
        VersionPage(
            slug=slug,
            versions=[VersionResource.of(version, current=current) for version in found],
            next=found[-1].revision if len(found) == query.limit else None,
        )
    )


async def diff(request: web.Request) -> web.StreamResponse:
    """Files added, changed and removed between two kept versions, texts line by line."""
    query = read_query(request, DiffQuery)
    command = ExperimentRequest(
        slug=request.match_info["slug"],
        action=ExperimentAction.COMPARE,
        base=query.base,
        revision=query.target,
    )

    async def compared(job: Job) -> web.StreamResponse:
        return answer(DiffAnswer.of(job))

    return await _submit(request, command, compared)


async def download(request: web.Request) -> web.StreamResponse:
    """A kept version as a ZIP that can be uploaded again."""
    edge = edge_of(request)
    as_file = read_query(request, DownloadQuery).download or wants_file(request)
    wanted = read_fields({"revision": request.match_info["revision"]}, RevisionPath)
    command = ExperimentRequest(
        slug=request.match_info["slug"], action=ExperimentAction.PACK, revision=wanted.revision
    )

    async def packed(job: Job) -> web.StreamResponse:
        told = ExperimentPacked.model_validate(job.result)
        link = await edge.exports.link_to(told.key, told.filename)
        return see_other(link.url) if as_file else answer(VersionDownload.of(job, told, link))

    return await _submit(request, command, packed)


async def current_revision(edge: Edge, slug: str) -> int | None:
    """The registered revision; None after a deletion. Raises: ExperimentNotFound where there never was one."""
    try:
        return (await edge.registry.get(slug)).platform.revision
    except ExperimentNotFound:
        await edge.versions.require(slug)
        return None


async def _submit(request: web.Request, command: ExperimentRequest, build: Build) -> web.StreamResponse:
    edge = edge_of(request)
    await current_revision(edge, command.slug)
    order = Order.of("experiment.request", command.slug, command)
    return await answer_job(await edge.submissions.submit(request, caller_of(request), order), build)


ENDPOINTS: Final = [
    Endpoint("GET", "/api/experiments/{slug}/versions", list_versions, VIEWER),
    Endpoint("GET", "/api/experiments/{slug}/versions/{revision}/download", download, VIEWER),
    Endpoint("GET", "/api/experiments/{slug}/diff", diff, VIEWER),
]
