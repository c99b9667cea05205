"""Administration of experiments: each action is a job of the importer."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from libs.common.events.imports import ExperimentAction, ExperimentRequest
from libs.common.jobs.model import Job
from services.gateway.admission import caller_of
from services.gateway.answers import answer, answer_job
from services.gateway.auth.access import ADMIN, DEVELOPER
from services.gateway.edge import edge_of
from services.gateway.reading import read_json, read_query
from services.gateway.resources.experiments_actions import ChangeAnswer, CloneBody, DeleteQuery, RollbackBody
from services.gateway.routes.experiments_versions import current_revision
from services.gateway.routing import Endpoint
from services.gateway.submit import Order


async def start(request: web.Request) -> web.StreamResponse:
    """Answered once the registered version serves, or does not start."""
    return await _change(request, ExperimentAction.START)


async def stop(request: web.Request) -> web.StreamResponse:
    """Until it is started again, or gets a new version: requests do not start it."""
    return await _change(request, ExperimentAction.STOP)


async def sync(request: web.Request) -> web.StreamResponse:
    """Register a working copy that was edited by hand."""
    return await _change(request, ExperimentAction.SYNC)


async def clone(request: web.Request) -> web.StreamResponse:
    """The files under another slug, without data."""
    body = await read_json(request, CloneBody)
    return await _change(request, ExperimentAction.CLONE, to=body.to, note=body.note)


async def delete(request: web.Request) -> web.StreamResponse:
    query = read_query(request, DeleteQuery)
    return await _change(request, ExperimentAction.DELETE, delete_data=query.delete_data)


async def rollback(request: web.Request) -> web.StreamResponse:
    """To an earlier revision; also of an experiment that was deleted, which is back then."""
    body = await read_json(request, RollbackBody)
    slug = request.match_info["slug"]
    await current_revision(edge_of(request), slug)
    command = ExperimentRequest(
        slug=slug, action=ExperimentAction.ROLLBACK, revision=body.revision, note=body.note
    )
    return await _submit(request, command)


async def _change(
    request: web.Request,
    action: ExperimentAction,
    *,
    to: str | None = None,
    note: str | None = None,
    delete_data: bool = False,
) -> web.StreamResponse:
    """Of what is registered. Raises: ExperimentNotFound."""
    slug = (await edge_of(request).registry.get(request.match_info["slug"])).slug
    command = ExperimentRequest(slug=slug, action=action, to=to, note=note, delete_data=delete_data)
    return await _submit(request, command)


async def _submit(request: web.Request, command: ExperimentRequest) -> web.StreamResponse:
    order = Order.of("experiment.request", command.slug, command)
    submitted = await edge_of(request).submissions.submit(request, caller_of(request), order)

    async def changed(job: Job) -> web.StreamResponse:
        return answer(ChangeAnswer.of(job))

    return await answer_job(submitted, changed)


ENDPOINTS: Final = [
    Endpoint("DELETE", "/api/experiments/{slug}", delete, ADMIN),
    Endpoint("POST", "/api/experiments/{slug}/start", start, DEVELOPER),
    Endpoint("POST", "/api/experiments/{slug}/stop", stop, DEVELOPER),
    Endpoint("POST", "/api/experiments/{slug}/clone", clone, DEVELOPER),
    Endpoint("POST", "/api/experiments/{slug}/rollback", rollback, DEVELOPER),
    Endpoint("POST", "/api/experiments/{slug}/sync", sync, DEVELOPER),
]
