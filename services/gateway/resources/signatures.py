"""Signatures of exports over HTTP."""

from __future__ import annotations

from typing import Literal

from services.gateway.resources.model import HttpModel


class SigningKey(HttpModel):
    """What signatures are checked with."""

    algorithm: Literal["Ed25519"] = "Ed25519"
    public_key: str
    """32 bytes in base64."""
