"""The signature of an export, as a file beside the ZIP. Making and checking it is `libs.common.signing`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class ExportSignature(BaseModel):
    """The file `{ZIP}.sig`. `public_key` says which key signed; only a key from elsewhere says whose it is."""

    model_config = ConfigDict(frozen=True)

    format: Literal["entrepot-export-1"] = "entrepot-export-1"
    algorithm: Literal["Ed25519"] = "Ed25519"
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    """Of the whole ZIP, in hexadecimal."""
    public_key: str
    """32 bytes in base64."""
    signature: str
    """64 bytes in base64, over `{format} sha256:{sha256}` in ASCII."""

    @property
    def line(self) -> bytes:
        """What is signed."""
        return line_of(self.sha256)


def line_of(sha256: str) -> bytes:
    return f"entrepot-export-1 sha256:{sha256}".encode()
