from __future__ import annotations

from typing import Final

from libs.common.signature import ExportSignature
from services.gateway.documents.operation import Operation
from services.gateway.resources.signatures import SigningKey

OPERATIONS: Final = {
    "GET /api/exports/{export_id}/signature": Operation("The signature of an export", ExportSignature),
    "GET /api/signing-key": Operation("The key that signatures are checked with", SigningKey),
}
