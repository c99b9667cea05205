"""Small experiments for one purpose each."""

from __future__ import annotations

import json
from typing import Any

ACTOR = """\
import os
import ray


@ray.remote
class ExperimentActor:
    def __init__(self, mongo_uri, db_name, write_scope, read_scopes):
        self.version = {version!r}
        self.initialized = 0
{constructor}

    def initialize(self):
{initialize}
        self.initialized += 1

    def about(self):
        return {{"version": self.version, "initialized": self.initialized, "pid": os.getpid()}}

    def run(self, code):
        exec(code)
"""
ROUTES = """\
import os
import ray
from fastapi import APIRouter, Request

from .actor import ExperimentActor

{imported}

bp = APIRouter()


@bp.get("/")
async def about(request: Request):
    actor = ray.get_actor("{slug}-actor", namespace="modular_labs")
    return {{"version": {version!r}, "actor": await actor.about.remote(), "pid": os.getpid()}}


@bp.get("/plain")
async def plain():
    return {version!r}


@bp.post("/run")
async def run(request: Request):
    exec((await request.body()).decode())


@bp.post("/run-in-actor")
async def run_in_actor(request: Request):
    actor = ray.get_actor("{slug}-actor", namespace="modular_labs")
    await actor.run.remote((await request.body()).decode())
"""


def sample(
    slug: str,
    version: str = "one",
    *,
    imported: str = "",
    constructor: str = "pass",
    initialize: str = "pass",
    requirements: str | None = None,
    **manifest: Any,
) -> dict[str, str]:
    """An experiment that tells its version, and runs what it is told; the code given is put where its name says."""
    files = {
        "manifest.json": json.dumps({"slug": slug, "status": "active", **manifest}),
        "__init__.py": ROUTES.format(slug=slug, version=version, imported=imported),
        "actor.py": ACTOR.format(
            version=version, constructor=f"        {constructor}", initialize=f"        {initialize}"
        ),
    }
    return files if requirements is None else files | {"requirements.txt": requirements}
