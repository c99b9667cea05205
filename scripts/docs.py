"""Writes the interface's documents into `docs/`; `make docs` runs it, and a test holds them against the code."""

from __future__ import annotations

from pathlib import Path

from libs.common.settings import Settings
from services.gateway.app import interface
from services.gateway.documents.publication import Publication

DOCS = Path(__file__).parents[1] / "docs"


def documents() -> dict[str, bytes]:
    """By file name, of the settings that a fresh installation has."""
    publication = Publication(interface(Settings.model_construct()))
    return {"openapi.json": publication.openapi, "asyncapi.json": publication.asyncapi}


def main() -> None:
    for name, content in documents().items():
        (DOCS / name).write_bytes(content)
        print(f"docs/{name}: {len(content):,} bytes")


if __name__ == "__main__":
    main()
