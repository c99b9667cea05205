"""Expiring download links to objects in the local folder, and the file names that downloads get."""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass
from urllib.parse import quote

from itsdangerous import BadData, URLSafeSerializer
from pydantic import BaseModel, ValidationError
from pymongo.errors import DuplicateKeyError

from libs.common.database.client import Database
from libs.common.database.collections import SECRETS
from libs.common.errors import Forbidden

SECRET_NAME = "download-links"  # noqa: S105  (a name, not a secret)
SECRET_BYTES = 32
"""As long as the SHA-256 that signs."""


class LinkInvalid(Forbidden):
    """This download link is not one of ours."""

    code = "link-invalid"


class LinkExpired(Forbidden):
    """This download link has expired; ask for a new one."""

    code = "link-expired"


class _Grant(BaseModel):
    key: str
    filename: str
    expires: int
    """Seconds since the epoch."""


@dataclass(frozen=True)
class GatewayLinks:
    """Addresses below the gateway's, `{base_url}/downloads/{token}/{filename}`; `LinkSigner.verify` reads the token."""

    base_url: str
    signer: LinkSigner

    def to(self, key: str, *, filename: str, seconds: int) -> str:
        token = self.signer.sign(key, filename, seconds)
        return f"{self.base_url.rstrip('/')}/downloads/{token}/{quote(filename, safe='')}"


class LinkSigner:
    """Tokens that let their bearer download one object under one name for some time."""

    def __init__(self, secret: str) -> None:
        self._serializer = URLSafeSerializer(
            secret,
            salt="entrepot.download",
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )

    def sign(self, key: str, filename: str, seconds: int) -> str:
        grant = _Grant(key=key, filename=filename, expires=int(time.time()) + seconds)
        return str(self._serializer.dumps(grant.model_dump()))

    def verify(self, token: str) -> tuple[str, str]:
        """Key and file name. Raises: LinkInvalid, LinkExpired."""
        try:
            grant = _Grant.model_validate(self._serializer.loads(token))
        except (BadData, ValidationError) as error:
            raise LinkInvalid from error
        if time.time() >= grant.expires:
            raise LinkExpired
        return grant.key, grant.filename


async def load_link_secret(database: Database) -> str:
    """The secret that all services on this database sign with; made by the first that asks."""
    stored = await database[SECRETS].find_one({"_id": SECRET_NAME})
    if stored is None:
        stored = {"_id": SECRET_NAME, "value": secrets.token_urlsafe(SECRET_BYTES)}
        try:
            await database[SECRETS].insert_one(stored)
        except DuplicateKeyError:  # another service was first by an instant
            return await load_link_secret(database)
    return str(stored["value"])


def content_disposition(filename: str) -> str:
    """The header that names a download (RFC 6266), with a plain form for old clients."""
    plain = "".join(
        char if char.isascii() and char.isprintable() and char not in '"\\%' else "_" for char in filename
    )
    header = f'attachment; filename="{plain}"'
    return header if plain == filename else f"{header}; filename*=UTF-8''{quote(filename, safe='')}"
