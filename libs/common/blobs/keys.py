"""Keys of stored objects: relative paths that mean the same in a folder, in S3 and in an address."""

from __future__ import annotations

import re

from libs.common.errors import BadRequest

PART = re.compile(r"[A-Za-z0-9._-]{1,255}", re.ASCII)
KEY_LIMIT = 1024
"""Bytes; the limit of S3."""


class InvalidKey(BadRequest):
    """This cannot be the key of a stored object."""

    code = "invalid-key"


def validate_key(key: str) -> str:
    """The key itself. Raises: InvalidKey."""
    parts = key.split("/")
    if len(key) > KEY_LIMIT or any(part in {".", ".."} or not PART.fullmatch(part) for part in parts):
        raise InvalidKey(f"{key[:200]!r} cannot be the key of a stored object.")
    return key
