#!/usr/bin/env python3
"""Run benchmarks and export the results for upload, in one line (seed, Using the Helper Script).

Example: python scripts/export_benchmarks.py --run-benchmarks --load-fixtures --export --include-schedules
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def use_project_environment() -> None:
    """Run again in `.venv/`, where it exists: Debian's Python has none of our packages."""
    python = ROOT / ".venv" / "bin" / "python"
    if python.exists() and Path(sys.prefix) != ROOT / ".venv":
        os.execv(python, [str(python), *sys.argv])  # noqa: S606  (our own interpreter)


if __name__ == "__main__":
    use_project_environment()
    sys.path.insert(0, str(ROOT))
    from libs.manage.benchmarks.script import app

    app(prog_name="export_benchmarks.py")
