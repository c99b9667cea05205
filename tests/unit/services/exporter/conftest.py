"""Modules that exports carry are top-level modules there, and so they are in these tests."""

from __future__ import annotations

import sys
from pathlib import Path

CARRIED = Path(__file__).parents[4] / "services/exporter/carried"
sys.path.append(str(CARRIED))
