"""The Kubernetes manifests, as `kubectl kustomize` renders them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import Any

import yaml  # type: ignore[import-untyped, unused-ignore]

from tests.servers.binaries import find_binary
from tests.servers.entrepot import ROOT

KUBERNETES = ROOT / "deploy" / "kubernetes"
OVERLAYS = ("external", "operators")
REMEDY = "install the `dev` dependency group"

Manifest = dict[str, Any]


def rendered(overlay: str) -> list[Manifest]:
    command = [find_binary("kubectl", REMEDY), "kustomize", str(KUBERNETES / "overlays" / overlay)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert not done.stderr  # a warning is a use of something deprecated
    return list(yaml.safe_load_all(done.stdout))


def of_kind(manifests: list[Manifest], kind: str) -> dict[str, Manifest]:
    """By name."""
    return {one["metadata"]["name"]: one for one in manifests if one["kind"] == kind}


def pods(manifests: list[Manifest]) -> Iterator[tuple[str, Manifest]]:
    """Every template of a pod of ours, also those that an operator makes pods of."""
    for name, deployment in of_kind(manifests, "Deployment").items():
        yield name, deployment["spec"]["template"]
    for cluster in of_kind(manifests, "RayCluster").values():
        yield "head", cluster["spec"]["headGroupSpec"]["template"]
        for group in cluster["spec"]["workerGroupSpecs"]:
            yield group["groupName"], group["template"]
