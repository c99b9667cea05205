"""Ed25519 signatures (RFC 8032) of exports: who has the public key can tell who made a ZIP, wherever it has been.

What is signed is a line that names the ZIP's SHA-256, not the ZIP: so nothing large is read to sign, a ZIP stays the
same whether it is signed or not, and other programs can check it (docs/reliability.md shows OpenSSL).
"""

from __future__ import annotations

import binascii
import hashlib
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from libs.common.errors import InvalidInput
from libs.common.signature import ExportSignature, line_of


class NotGenuine(InvalidInput):
    """The file is not what was signed, or not by whom it should be."""

    code = "not-genuine"


class Signer:
    """Holds the private key."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public_key = b64encode(key.public_key().public_bytes_raw()).decode()

    @classmethod
    def of(cls, secret: str) -> Self:
        """From EXPORT_SIGNING_KEY, which the settings have checked."""
        return cls(Ed25519PrivateKey.from_private_bytes(b64decode(secret)))

    def sign(self, sha256: str) -> ExportSignature:
        signature = b64encode(self._key.sign(line_of(sha256))).decode()
        return ExportSignature(sha256=sha256, public_key=self.public_key, signature=signature)


def check_signature(signed: ExportSignature, sha256: str, public_key: str) -> None:
    """Whether the ZIP of that SHA-256 was signed by the holder of that key. Raises: NotGenuine."""
    if sha256 != signed.sha256:
        raise NotGenuine(f"The ZIP's SHA-256 is {sha256}; {signed.sha256} was signed.")
    if signed.public_key != public_key.strip():
        raise NotGenuine(f"Another key has signed: {signed.public_key}.")
    try:
        key = Ed25519PublicKey.from_public_bytes(b64decode(signed.public_key, validate=True))
        key.verify(b64decode(signed.signature, validate=True), signed.line)
    except (InvalidSignature, binascii.Error, ValueError) as error:
        raise NotGenuine("The signature does not fit the key.") from error


def sha256_of(path: Path) -> str:
    """Raises: OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
