from __future__ import annotations

from typing import Final

from services.gateway.documents.operation import Media, Operation
from services.gateway.events.stream import MEDIA_TYPE
from services.gateway.resources.events import EventQuery, ResumeQuery

_STREAM: Final = Media((MEDIA_TYPE,), "Server-sent events: each is a CloudEvent in JSON (`/asyncapi.json`).")

OPERATIONS: Final = {
    "GET /api/events": Operation("Events as they happen", _STREAM, query=EventQuery, resumes=True),
    "GET /api/jobs/{job_id}/events": Operation(
        "The events of one job", _STREAM, query=ResumeQuery, resumes=True
    ),
}
