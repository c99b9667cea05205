"""Small experiments as files and as ZIPs."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

ACTOR = """\
import ray


@ray.remote
class ExperimentActor:
    def __init__(self, mongo_uri, db_name, write_scope, read_scopes):
        self.scope = write_scope
"""
PACKAGE = """\
from fastapi import APIRouter

bp = APIRouter()
"""


def experiment(slug: str | None = "click", **files: str) -> dict[str, str]:
    """The files of a sound experiment; `files` adds or replaces, `__` in their names stands for a dot."""
    manifest: dict[str, Any] = {"name": "Click", "status": "active"}
    if slug is not None:
        manifest["slug"] = slug
    sound = {"manifest.json": json.dumps(manifest, indent=2), "actor.py": ACTOR, "__init__.py": PACKAGE}
    return sound | {name.replace("__", ".").replace("_slash_", "/"): text for name, text in files.items()}


def zipped(files: Mapping[str, str | bytes], *, prefix: str = "", comment: bytes = b"") -> bytes:
    """As any tool would write it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(prefix + name, content)
        archive.comment = comment
    return buffer.getvalue()
