"""What the importer sends to Ray's workers by value: the least that is needed to call the carried modules there.

Workers have the runtime bundle and no package of ours, so each function here imports what it needs where it runs.
"""

# ruff: noqa: PLC0415  (imports are done in the worker)

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class HostShell:
    """The Ray actor of a host; `plan` and all answers are of Python's own types."""

    def __init__(self, plan: dict[str, Any]) -> None:
        from experiment_actor import ActorPlan
        from experiment_host import ExperimentHost, HostPlan

        self._host = ExperimentHost(HostPlan(**{**plan, "actor": ActorPlan(**plan["actor"])}))

    def address(self) -> tuple[str | None, list[str]]:
        """Where it serves, and the last lines of the error if it does not."""
        return self._host.address, self._host.error

    def routes(self) -> list[str]:
        return self._host.routes

    def start_actor(self) -> list[str]:
        return self._host.start_actor()

    def initialize(self) -> list[str]:
        return self._host.initialize()

    def follow_indexes(
        self, managed: dict[str, list[dict[str, Any]]], before: dict[str, list[str]]
    ) -> tuple[dict[str, str], dict[str, list[str]]]:
        return self._host.follow_indexes(managed, before)

    def drain(self) -> None:
        self._host.drain()


def unmet(requirements: Sequence[str], provided: Sequence[str]) -> tuple[list[str], list[str]]:
    """Which requirements this node does not meet as it is, and its own versions of what the platform provides."""
    from importlib import metadata

    from packaging.requirements import Requirement

    def version(name: str) -> str | None:
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            return None

    missing = []
    for text in requirements:
        requirement = Requirement(text)
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        found = version(requirement.name)
        if found is None or requirement.url or not requirement.specifier.contains(found, prereleases=True):
            missing.append(text)
    pins = [f"{name}=={found}" for name in provided if (found := version(name))]
    return missing, pins


def end_actor(name: str, namespace: str, seconds: float) -> bool:
    """Kill an experiment's actor, and wait until its name is free; False if it is not by then.

    Done in a worker that has no experiment's code: whoever asks for the handle of an actor loads its class.
    """
    import time

    import ray

    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            ray.kill(ray.get_actor(name, namespace=namespace), no_restart=True)
        except ValueError:  # there is none
            return True
        time.sleep(0.05)
    return False


def nothing() -> None:
    """Done once the environment of the worker is there."""
