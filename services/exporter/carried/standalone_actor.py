"""Starts Ray and the experiment's actor, as the platform does: detached, named `{slug}-actor`, initialized once."""

from __future__ import annotations

import asyncio
import importlib
import logging
import signal
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import ray

NAMESPACE: Final = "modular_labs"
OBJECT_STORE_BYTES: Final = 200 * 2**20
"""Far more than pages and API answers take; below the `shm_size` of docker-compose.yml."""
INITIALIZE_SECONDS: Final = 600.0
"""Training or loading a model in `initialize()` takes minutes; longer means that it hangs."""
GONE_SECONDS: Final = 30.0
POLL_SECONDS: Final = 0.1
DATA_FILES: Final = ("/db_collections.json", "/db_types.json", "/.venv")
"""Not sent to a cluster; only this process reads them."""

log = logging.getLogger("standalone")


@asynccontextmanager
async def running_actor(
    slug: str,
    *,
    folder: Path,
    ray_address: str | None,
    mongo_uri: str,
    db_name: str,
    read_scopes: Sequence[str],
) -> AsyncIterator[Any]:
    """The actor while entered, after its `initialize()`, if it has one; leaving ends it and, if it is ours, Ray."""
    _start_ray(folder, ray_address)
    try:
        await _end_actor(slug)  # of an earlier run on a cluster: its code may be older
        actor_class = importlib.import_module(f"experiments.{slug}.actor").ExperimentActor
        detached = actor_class.options(
            name=f"{slug}-actor", namespace=NAMESPACE, lifetime="detached", max_restarts=-1
        )
        actor = detached.remote(
            mongo_uri=mongo_uri, db_name=db_name, write_scope=slug, read_scopes=list(read_scopes)
        )
        await _initialize(actor)
        log.info("the actor %s-actor is ready", slug)
        yield actor
        await _end_actor(slug)
    finally:
        ray.shutdown()


def _start_ray(folder: Path, address: str | None) -> None:
    """Join a cluster, which gets the code, or start Ray on this machine, where the code lies already."""
    on_sigterm = signal.getsignal(signal.SIGTERM)
    if address:
        environment = {"working_dir": str(folder), "excludes": list(DATA_FILES)}
        ray.init(address=address, namespace=NAMESPACE, runtime_env=environment)
    else:
        ray.init(
            address="local",  # without it, Ray would join whatever else runs on this machine
            namespace=NAMESPACE,
            runtime_env={"env_vars": {"PYTHONPATH": str(folder)}},
            include_dashboard=False,
            object_store_memory=OBJECT_STORE_BYTES,
        )
    signal.signal(signal.SIGTERM, on_sigterm)  # Ray takes it, and the server could not end in order


async def _initialize(actor: Any) -> None:
    """Raises what the constructor or `initialize()` raised; TimeoutError."""
    async with asyncio.timeout(INITIALIZE_SECONDS):
        await actor.__ray_ready__.remote()
        if hasattr(actor, "initialize"):
            await actor.initialize.remote()


async def _end_actor(slug: str) -> None:
    """End the actor of that name, if there is one, and wait until the name is free. Raises: TimeoutError."""
    deadline = time.monotonic() + GONE_SECONDS
    while True:
        try:
            ray.kill(ray.get_actor(f"{slug}-actor", namespace=NAMESPACE), no_restart=True)
        except ValueError:  # there is none
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"the actor {slug}-actor does not end")
        await asyncio.sleep(POLL_SECONDS)
