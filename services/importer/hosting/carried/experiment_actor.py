"""The experiment's own actor, as its host starts, initializes and ends it (CONTRACT, Hosting)."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Final

import ray
from ray.exceptions import GetTimeoutError

import experiment_worker

NAMESPACE: Final = "modular_labs"
FOR_EXPERIMENTS: Final = {"entrepot": "!service"}
"""As the supervisor places hosts: not on a node that a service brings along."""
GONE_SECONDS: Final = 20.0
"""A killed actor's name is free within a moment."""
POLL_SECONDS: Final = 0.05


@dataclass(frozen=True)
class ActorPlan:
    """What the actor is constructed with, and how long its start may take."""

    slug: str
    mongo_uri: str
    db_name: str
    read_scopes: list[str]
    start_seconds: float
    initialize_seconds: float

    @property
    def name(self) -> str:
        return f"{self.slug}-actor"


def start_actor(actor_class: Any, plan: ActorPlan) -> None:
    """Replace the actor of that name, and initialize it.

    Raises: what its constructor or `initialize()` raised; TimeoutError.
    """
    end_actor(plan.name)
    detached = actor_class.options(
        name=plan.name,
        namespace=NAMESPACE,
        lifetime="detached",
        max_restarts=-1,
        label_selector=FOR_EXPERIMENTS,
    )
    actor = detached.remote(
        mongo_uri=plan.mongo_uri,
        db_name=plan.db_name,
        write_scope=plan.slug,
        read_scopes=list(plan.read_scopes),
    )
    try:
        ray.get(actor.__ray_ready__.remote(), timeout=plan.start_seconds)
    except GetTimeoutError:
        raise TimeoutError(
            f"The actor did not start within {plan.start_seconds:.0f} s: its constructor hangs, or no node has the "
            "resources that it asks for."
        ) from None
    initialize(actor, plan.initialize_seconds)


def initialize(actor: Any, seconds: float) -> None:
    """Call `initialize()`, if there is one, once in each incarnation. Raises: what it raised; TimeoutError."""
    if ray.get(actor.__ray_call__.remote(_is_initialized), timeout=seconds):
        return
    try:
        if hasattr(actor, "initialize"):
            ray.get(actor.initialize.remote(), timeout=seconds)
        ray.get(actor.__ray_call__.remote(_set_initialized), timeout=seconds)
    except GetTimeoutError:
        raise TimeoutError(f"initialize() did not end within {seconds:.0f} s.") from None


def end_actor(name: str) -> None:
    """Kill the actor of that name, if there is one, and wait until the name is free. Raises: TimeoutError."""
    deadline = time.monotonic() + GONE_SECONDS
    while time.monotonic() < deadline:
        try:
            ray.kill(ray.get_actor(name, namespace=NAMESPACE), no_restart=True)
        except ValueError:  # there is none
            return
        time.sleep(POLL_SECONDS)
    raise TimeoutError(f"The actor {name} does not end.")


def _is_initialized(_: Any) -> bool:
    return experiment_worker.is_initialized()


def _set_initialized(_: Any) -> None:
    experiment_worker.set_initialized()
