"""Signatures of exports, made when they are asked for, of the checksum that the export log has.

So what was changed in storage does not get a signature that fits it, and a new key signs older exports, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import hdrs, web

from libs.common.blobs.links import content_disposition
from libs.common.errors import NotFound
from services.gateway.answers import answer
from services.gateway.auth.access import PUBLIC, VIEWER
from services.gateway.edge import edge_of
from services.gateway.resources.signatures import SigningKey
from services.gateway.routing import Endpoint

if TYPE_CHECKING:
    from libs.common.signing import Signer


class NothingSigned(NotFound):
    """This platform signs no exports: EXPORT_SIGNING_KEY is not set."""

    code = "nothing-signed"


async def show_key(request: web.Request) -> web.StreamResponse:
    return answer(SigningKey(public_key=_signer(request).public_key))


async def show_signature(request: web.Request) -> web.StreamResponse:
    """The file to lay beside the ZIP, for `manage.py verify`."""
    signer = _signer(request)
    export = await edge_of(request).exports.get(request.match_info["export_id"])
    response = answer(signer.sign(export.checksum))
    response.headers[hdrs.CONTENT_DISPOSITION] = content_disposition(f"{export.filename}.sig")
    return response


def _signer(request: web.Request) -> Signer:
    """Raises: NothingSigned."""
    key = edge_of(request).parts.settings.export_signing_key
    if key is None:
        raise NothingSigned
    from libs.common.signing import Signer  # noqa: PLC0415  (30 ms, spared where nothing is signed)

    return Signer.of(key.get_secret_value())


ENDPOINTS: Final = [
    Endpoint("GET", "/api/exports/{export_id}/signature", show_signature, VIEWER),
    Endpoint("GET", "/api/signing-key", show_key, PUBLIC),
]
