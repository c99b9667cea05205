"""Start the benchmarks service alone: `python -m services.benchmarks`."""

from __future__ import annotations

from libs.common import service
from services.benchmarks.app import application

if __name__ == "__main__":
    service.main("benchmarks", application)
