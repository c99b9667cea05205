"""A real Chromium without a window: one that is installed, or one unpacked from the distribution's packages."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from tests.servers.binaries import GIVEN
from tests.servers.debian_packages import library_path, unpacked

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGE = "chromium"
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking")


@dataclass(frozen=True)
class Program:
    """Where the browser lies, and what its process needs in its environment."""

    path: Path
    environment: dict[str, str] = field(default_factory=dict)


def find_browser() -> Program:
    """`CHROMIUM`, one on PATH, or one from Debian's packages. Raises: ServerMissing."""
    given = GIVEN.get("CHROMIUM")
    installed = given or next(filter(None, map(shutil.which, NAMES)), None)
    if installed:
        return Program(Path(installed))
    root = unpacked(PACKAGE)
    environment = {"LD_LIBRARY_PATH": f"{library_path(root)}:{root / 'usr/lib/chromium'}"}
    if not Path("/etc/fonts").is_dir():  # they came with the browser
        environment["FONTCONFIG_SYSROOT"] = str(root)
    return Program(root / "usr/lib/chromium/chromium", environment)


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    program = find_browser()
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(
            executable_path=program.path,
            args=list(FLAGS),
            env={**os.environ, **program.environment},
        )
        try:
            yield launched
        finally:
            await launched.close()
