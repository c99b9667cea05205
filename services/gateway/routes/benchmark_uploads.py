"""Upload of benchmark dumps (seed, Upload Methods)."""

from __future__ import annotations

from operator import attrgetter
from typing import Final

from aiohttp import hdrs, web

from libs.common.errors import EntrepotError, Forbidden
from libs.common.events.benchmarks import Clear
from libs.common.jobs.model import Job, Requester, Role
from libs.common.settings import Settings
from services.gateway.admission import CALLER
from services.gateway.answers import answer, answer_job
from services.gateway.auth.access import DEVELOPER, PUBLIC, has_role
from services.gateway.edge import edge_of
from services.gateway.reading import read_fields
from services.gateway.resources.benchmark_uploads import DumpFields, UploadAnswer, UploadStatus
from services.gateway.routing import Endpoint
from services.gateway.submit import Order, Submitted
from services.gateway.uploads import Upload, discard, receive

PATH: Final = "/api/upload-benchmark-results/"
ANONYMOUS: Final = Requester(email="anonymous", role=Role.VIEWER)
"""Whoever uploads without a token where BENCHMARK_UPLOAD_ANONYMOUS is set."""


def endpoints(settings: Settings) -> list[Endpoint]:
    """Uploads are a developer's, unless the operator lets everybody in."""
    uploaders = PUBLIC if settings.benchmark_upload_anonymous else DEVELOPER
    return [
        Endpoint("POST", PATH, upload_dump, uploaders, body_limit=attrgetter("benchmark_packed_limit")),
        Endpoint("GET", "/api/upload-status/", upload_status, PUBLIC),
    ]


async def upload_dump(request: web.Request) -> web.StreamResponse:
    """Store the ZIP, then plan or import it. The benchmarks service finds all else that is wrong with it."""
    edge, uploader = edge_of(request), await _uploader(request)
    upload = await receive(request, edge.parts.blobs, limit=edge.parts.limits.benchmark_packed_limit)
    try:
        submitted = await _submit(request, uploader, upload)
    except EntrepotError:
        await discard(edge.parts.blobs, upload)
        raise
    if not submitted.new:
        await discard(edge.parts.blobs, upload)

    async def imported(job: Job) -> web.StreamResponse:
        return answer(UploadAnswer.of(job))

    return await answer_job(submitted, imported)


async def upload_status(request: web.Request) -> web.StreamResponse:
    """What is taken here, and how."""
    parts = edge_of(request).parts
    endpoint = f"{parts.settings.base_url}{PATH}"
    return answer(UploadStatus.of(packed_limit=parts.limits.benchmark_packed_limit, endpoint=endpoint))


async def _uploader(request: web.Request) -> Requester:
    """A token counts also where none is needed. Raises: Unauthenticated."""
    if CALLER in request:
        return request[CALLER]
    authorization = request.headers.get(hdrs.AUTHORIZATION)
    return ANONYMOUS if authorization is None else await edge_of(request).bearer.holder(authorization)


async def _submit(request: web.Request, uploader: Requester, upload: Upload) -> Submitted:
    fields = read_fields(upload.fields, DumpFields)
    if fields.clear is Clear.ALL and not has_role(uploader, Role.ADMIN):
        raise Forbidden("Only administrators may clear companies that the dump does not name.")
    content = {"upload_key": upload.blob.sha256 or upload.blob.key}
    order = Order.of("benchmark_import.request", None, fields.as_command(upload), identity=content)
    return await edge_of(request).submissions.submit(request, uploader, order)
