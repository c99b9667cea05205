#!/usr/bin/env python3
"""Everything that is done from a command line: `./manage.py --help`."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent


def use_project_environment() -> None:
    """Run again in `.venv/`, where it exists: Debian's Python has none of our packages."""
    python = ROOT / ".venv" / "bin" / "python"
    if python.exists() and Path(sys.prefix) != ROOT / ".venv":
        os.execv(python, [str(python), *sys.argv])  # noqa: S606  (our own interpreter)


if __name__ == "__main__":
    use_project_environment()
    sys.path.insert(0, str(ROOT))
    from libs.common.loading import loading

    with loading(rich=True):
        from libs.manage.main import app

    app(prog_name="manage.py")
