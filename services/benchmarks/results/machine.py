"""What machine a run was made on; times of different machines are never compared."""

from __future__ import annotations

import hashlib
import os
import platform
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pydantic import BaseModel, ConfigDict

CPU_INFO = Path("/proc/cpuinfo")
MEMORY_INFO = Path("/proc/meminfo")
KIB_PER_GIB = 2**20
LIBRARIES = ("numpy", "scipy", "ortools", "pymoo", "holidays")
"""Libraries that decide what a seed leads to."""


class Machine(BaseModel):
    """Hardware and interpreter, without any name or address of the host."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    processor: str
    cores: int
    """That this process may use."""
    memory_gib: int
    system: str
    python: str

    @property
    def fingerprint(self) -> str:
        """Equal for machines on which times may be compared."""
        facts = "\n".join((self.processor, str(self.cores), str(self.memory_gib), self.system, self.python))
        return hashlib.sha256(facts.encode()).hexdigest()[:16]


@lru_cache(maxsize=1)
def this_machine() -> Machine:
    """The machine that this process runs on."""
    return Machine(
        processor=_fact(CPU_INFO, "model name") or platform.processor() or platform.machine(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_gib=round(int((_fact(MEMORY_INFO, "MemTotal") or "0 kB").split()[0]) / KIB_PER_GIB),
        system=f"{platform.system()} {platform.machine()}",
        python=".".join(platform.python_version_tuple()[:2]),
    )


@lru_cache(maxsize=1)
def library_versions() -> dict[str, str]:
    """Versions of the libraries that algorithms rest on."""
    versions = {}
    for library in LIBRARIES:
        try:
            versions[library] = version(library)
        except PackageNotFoundError:
            continue
    return versions


def _fact(path: Path, name: str) -> str | None:
    """A value of a `name : value` file of Linux; None elsewhere."""
    if not path.exists():
        return None
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return None
