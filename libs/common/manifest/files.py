"""Which files belong to an experiment, by their names alone."""

from __future__ import annotations

from typing import Final

LITTER_FOLDERS: Final = frozenset(
    {
        "__MACOSX",
        "__pycache__",
        ".git",
        ".hg",
        ".svn",
        ".idea",
        ".ipynb_checkpoints",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".venv",
        ".vscode",
    }
)
"""Made by tools around an experiment; wherever such a folder lies, nothing in it is the experiment's."""
LITTER_FILES: Final = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
LITTER_SUFFIXES: Final = (".pyc", ".pyo", ".swp", "~")
APPLE_DOUBLE: Final = "._"
"""Prefix of the files in which macOS keeps attributes on foreign file systems."""


def litter_in(path: str) -> str | None:
    """The part of a relative path, from its beginning, that is litter (`a/.git/` for `a/.git/HEAD`), or None."""
    *folders, name = path.split("/")
    for depth, folder in enumerate(folders, start=1):
        if folder in LITTER_FOLDERS:
            return "/".join(folders[:depth]) + "/"
    is_litter = name in LITTER_FILES or name.endswith(LITTER_SUFFIXES) or name.startswith(APPLE_DOUBLE)
    return path if is_litter else None
