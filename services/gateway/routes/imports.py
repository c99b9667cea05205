"""Upload of an experiment (seed, Upload Endpoint), and the way back to the data that one replaced."""

from __future__ import annotations

from operator import attrgetter
from typing import Final

from aiohttp import web

from libs.common.errors import EntrepotError
from libs.common.events.imports import ExperimentAction, ExperimentRequest
from libs.common.jobs.model import Job
from services.gateway.admission import caller_of
from services.gateway.answers import answer, answer_job
from services.gateway.auth.access import DEVELOPER
from services.gateway.edge import edge_of
from services.gateway.reading import read_fields, read_json
from services.gateway.resources.experiments_actions import ChangeAnswer
from services.gateway.resources.imports import ImportAnswer, ImportFields, RestoreDataBody
from services.gateway.routing import Endpoint
from services.gateway.submit import Order, Submitted
from services.gateway.uploads import Upload, discard, receive


async def upload_experiment(request: web.Request) -> web.StreamResponse:
    """Store the ZIP, then plan or import it. The importer finds all else that is wrong with it."""
    edge = edge_of(request)
    upload = await receive(request, edge.parts.blobs, limit=edge.parts.limits.upload_packed_limit)
    try:
        submitted = await _submit(request, upload)
    except EntrepotError:
        await discard(edge.parts.blobs, upload)
        raise
    if not submitted.new:
        await discard(edge.parts.blobs, upload)

    async def imported(job: Job) -> web.StreamResponse:
        return answer(ImportAnswer.of(job))

    return await answer_job(submitted, imported)


async def _submit(request: web.Request, upload: Upload) -> Submitted:
    fields = read_fields(upload.fields, ImportFields)
    content = {"upload_key": upload.blob.sha256 or upload.blob.key}
    order = Order.of("import.request", fields.slug_id, fields.as_command(upload), identity=content)
    return await edge_of(request).submissions.submit(request, caller_of(request), order)


async def restore_data(request: web.Request) -> web.StreamResponse:
    """The data that an import replaced, as long as they are kept; the files stay."""
    body = await read_json(request, RestoreDataBody)
    edge = edge_of(request)
    slug = (await edge.registry.get(request.match_info["slug"])).slug
    command = ExperimentRequest(slug=slug, action=ExperimentAction.RESTORE_DATA, kept_data=body.kept_data)
    order = Order.of("experiment.request", slug, command)
    submitted = await edge.submissions.submit(request, caller_of(request), order)

    async def restored(job: Job) -> web.StreamResponse:
        return answer(ChangeAnswer.of(job))

    return await answer_job(submitted, restored)


ENDPOINTS: Final = [
    Endpoint("POST", "/api/experiments/{slug}/restore-data", restore_data, DEVELOPER),
    *(
        Endpoint("POST", path, upload_experiment, DEVELOPER, body_limit=attrgetter("upload_packed_limit"))
        for path in ("/admin/api/upload-experiment", "/api/upload-experiment")
    ),
]
