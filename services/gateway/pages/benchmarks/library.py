"""The chart library, without what its import leaves behind.

pygal registers an importer for its old plug-ins, which would be asked for every module that is missing, and which
Python 3.11 complains of; so the library is imported here only.
"""

from __future__ import annotations

import sys

import pygal  # type: ignore[import-untyped]
from pygal.style import Style  # type: ignore[import-untyped]

sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, pygal.PluginImportFixer)]

HorizontalBar = pygal.HorizontalBar
Line = pygal.Line
XY = pygal.XY

__all__ = ["XY", "HorizontalBar", "Line", "Style"]
