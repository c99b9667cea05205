"""Writes the documents and the reference into `docs/`; `make docs` runs it, and tests hold them against the code."""

from __future__ import annotations

from pathlib import Path

from libs.common.settings import Settings
from scripts.reference import commands_page, settings_page
from services.gateway.app import interface
from services.gateway.documents.publication import Publication

DOCS = Path(__file__).parents[1] / "docs"


def documents() -> dict[str, bytes]:
    """By file name, of the settings that a fresh installation has."""
    publication = Publication(interface(Settings.model_construct()))
    return {"openapi.json": publication.openapi, "asyncapi.json": publication.asyncapi}


def reference() -> dict[str, bytes]:
    """By file name."""
    return {
        "reference/settings.md": settings_page().encode(),
        "reference/commands.md": commands_page().encode(),
    }


def main() -> None:
    for name, content in (documents() | reference()).items():
        (DOCS / name).parent.mkdir(exist_ok=True)
        (DOCS / name).write_bytes(content)
        print(f"docs/{name}: {len(content):,} bytes")


if __name__ == "__main__":
    main()
