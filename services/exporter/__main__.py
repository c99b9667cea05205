"""`python -m services.exporter` starts this service alone."""

from __future__ import annotations

from libs.common.service import main
from services.exporter.app import application

if __name__ == "__main__":
    main("exporter", application)
