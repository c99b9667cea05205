"""Start this service alone: `python -m services.benchmarks`."""

from __future__ import annotations

from libs.common.loading import loading

with loading():
    from libs.common.service import main
    from services.benchmarks.app import application

if __name__ == "__main__":
    main("benchmarks", application)
