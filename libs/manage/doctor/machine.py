"""This machine: room on its disks, and where it listens."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from libs.common.limits import Limits
from libs.common.settings import Settings
from libs.manage.doctor.finding import Finding, failed, ok, warning

GIB: Final = 2**30


def examine_machine(settings: Settings, limits: Limits) -> Iterator[Finding]:
    yield from _disks(settings, limits)
    yield _exposure(settings)


def _disks(settings: Settings, limits: Limits) -> Iterator[Finding]:
    """An import needs its upload, the unpacked files and the copy that replaces the old one."""
    needed = limits.upload_packed_limit + 2 * limits.upload_unpacked_limit
    for folder in sorted({settings.home.absolute(), settings.exports_dir, settings.working_copies_dir}):
        present = _nearest(folder)
        if not os.access(present, os.W_OK):
            yield failed(
                "disk", f"{folder} cannot be written.", f"Give this user the right to write to {present}."
            )
            continue
        free = shutil.disk_usage(present).free
        said = f"{folder}: {free / GIB:.1f} GiB free"
        if free < needed:
            yield warning(
                "disk",
                f"{said}; the largest import allowed needs {needed / GIB:.1f} GiB.",
                "Free some space, move ENTREPOT_HOME, or lower UPLOAD_UNPACKED_LIMIT.",
            )
        else:
            yield ok("disk", said)


def _nearest(folder: Path) -> Path:
    """The folder itself, or the nearest one above it that exists."""
    return next(path for path in (folder, *folder.parents) if path.exists())


def _exposure(settings: Settings) -> Finding:
    if settings.binds_loopback:
        return ok(
            "address", f"The gateway listens on {settings.host}:{settings.port}, for this machine only."
        )
    if settings.public_url is None:
        return warning(
            "address",
            f"The gateway listens on {settings.host}, but links and events would name {settings.base_url}.",
            "Set PUBLIC_URL to the address that people use.",
        )
    if not settings.public_url.startswith("https://"):
        return warning(
            "address",
            f"PUBLIC_URL is {settings.public_url}: tokens travel unencrypted.",
            "Put a proxy that ends TLS in front, and name its https address.",
        )
    return ok("address", f"People reach the gateway at {settings.public_url}.")
