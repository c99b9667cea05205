"""The road's steps, as a user's script would take them."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from typing import Any

import httpx

KINDS = ("standalone", "upload-ready", "docker")
EXAMPLES = ("click", "click_tracker", "event_board", "sensor_log", "store-front")


def answered(response: httpx.Response, status: int = 200) -> dict[str, Any]:
    assert response.status_code == status, response.text
    return dict(response.json())


def export(http: httpx.Client, slug: str, kind: str) -> bytes:
    """The ZIP of an export, checked against what was announced."""
    answer = answered(http.get(f"/api/package-{kind}/{slug}"))
    packed = httpx.get(answer["download_url"], timeout=60)  # the link alone is enough, without our token
    assert packed.status_code == 200
    assert hashlib.sha256(packed.content).hexdigest() == answer["checksum"]
    assert len(packed.content) == answer["file_size"]
    return packed.content


def upload(http: httpx.Client, packed: bytes, name: str = "upload.zip", **fields: str) -> httpx.Response:
    files = {"file": (name, packed, "application/zip")}
    return http.post("/admin/api/upload-experiment", files=files, data=fields)


def members(packed: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(contents: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def edited(packed: bytes, *, line: str) -> bytes:
    """An upload-ready ZIP with a line added to `actor.py`."""
    contents = members(packed)
    return pack(contents | {"actor.py": contents["actor.py"] + f"\n{line}\n".encode()})
