"""Files of a standalone export that are the platform's, and must not get into an experiment (seed, Issue 1).

Only names that can be nobody else's are taken out of every ZIP. `requirements.txt`, `README.md` and `main.py` at the
root of a flat ZIP may be the experiment's own, so they stay, with a warning where they stand beside platform files.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from libs.common.errors import Problem

OURS: Final = frozenset(
    {
        "standalone_main.py",
        "standalone_actor.py",
        "standalone_app.py",
        "standalone_data.py",
        "standalone_seed.py",
        "db_config.json",
        "db_collections.json",
        "db_types.json",
        "async_mongo_wrapper.py",
        "mongo_connection_pool.py",
        "experiment_db.py",
        "core_deps.py",
    }
)
PERHAPS_OURS: Final = frozenset({"Dockerfile", "docker-compose.yml", ".dockerignore", "managed_indexes.py"})
"""Ours where the main module of a standalone export stands beside them, else the experiment's."""
MAIN: Final = "standalone_main.py"
DOUBTFUL: Final = ("requirements.txt", "README.md", "main.py")


def platform_files(paths: Collection[str]) -> frozenset[str]:
    """Which files at the root of an experiment are the platform's."""
    ours = OURS.intersection(paths)
    return ours | PERHAPS_OURS.intersection(paths) if MAIN in ours else ours


def doubts(paths: Collection[str], dropped: Collection[str]) -> list[Problem]:
    """A warning for each file that was kept, although platform files stood beside it."""
    if not dropped:
        return []
    return [
        Problem(
            category="file",
            code="perhaps-platform-file",
            path=name,
            message="The file was kept, but stood beside files of a standalone export and may be one of them.",
            remedy="Upload only the folder experiments/{slug}/ of a standalone export, or an upload-ready one.",
        )
        for name in DOUBTFUL
        if name in paths
    ]
