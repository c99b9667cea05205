"""Uploads in unit tests: the same sound experiment as in the integration tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.integration.services.importer.uploads import experiment, zipped

__all__ = ["experiment", "write_tree", "zip_file", "zipped"]


def zip_file(
    folder: Path, files: Mapping[str, str | bytes], *, prefix: str = "", comment: bytes = b""
) -> Path:
    path = folder / "upload.zip"
    path.write_bytes(zipped(files, prefix=prefix, comment=comment))
    return path


def write_tree(root: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root
