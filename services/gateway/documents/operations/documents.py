from __future__ import annotations

from typing import Final

from services.gateway.documents.operation import JSON, Media, Operation

_SCHEMA: Final = Media((JSON, "application/schema+json"), "A document.")

OPERATIONS: Final = {
    "GET /openapi.json": Operation("This document", _SCHEMA),
    "GET /asyncapi.json": Operation("The document of events and commands", _SCHEMA),
    "GET /schemas/{version}/{name}.json": Operation("The JSON Schema of a payload", _SCHEMA),
}
