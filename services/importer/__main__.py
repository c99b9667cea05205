"""Start the importer alone: `python -m services.importer`."""

from __future__ import annotations

from libs.common import service
from services.importer.app import application

if __name__ == "__main__":
    service.main("importer", application)
