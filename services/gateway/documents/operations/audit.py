from __future__ import annotations

from typing import Final

from services.gateway.documents.operation import Operation
from services.gateway.resources.audit import AuditPage, AuditQuery

OPERATIONS: Final = {
    "GET /api/audit": Operation("Who did what, the newest first", AuditPage, query=AuditQuery),
}
