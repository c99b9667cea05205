"""Upload of an experiment (seed, Upload Endpoint)."""

from __future__ import annotations

from operator import attrgetter
from typing import Final

from aiohttp import web

from libs.common.errors import EntrepotError
from libs.common.jobs.model import Job
from services.gateway.admission import caller_of
from services.gateway.answers import answer, answer_job
from services.gateway.auth.access import DEVELOPER
from services.gateway.edge import edge_of
from services.gateway.reading import read_fields
from services.gateway.resources.imports import ImportAnswer, ImportFields
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


ENDPOINTS: Final = [
    Endpoint("POST", path, upload_experiment, DEVELOPER, body_limit=attrgetter("upload_packed_limit"))
    for path in ("/admin/api/upload-experiment", "/api/upload-experiment")
]
