"""A Django deployment: a database of its own and `python -m django` on it."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.servers.mariadb import MariaDb

PROJECT = Path(__file__).with_name("project")
COMMAND_SECONDS = 100


@dataclass(frozen=True)
class Deployment:
    server: MariaDb
    name: str

    async def run(self, *arguments: str) -> bytes:
        """What the command printed. Raises: AssertionError with its complaints."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "django", *arguments),
            env={**os.environ, **self.environment()},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(COMMAND_SECONDS):
            output, complaints = await process.communicate()
        assert process.returncode == 0, complaints.decode()
        return output

    def environment(self) -> dict[str, str]:
        return {
            "DJANGO_SETTINGS_MODULE": "settings",
            "PYTHONPATH": str(PROJECT),
            "MARIADB_HOST": self.server.host,
            "MARIADB_PORT": str(self.server.port),
            "MARIADB_USER": self.server.user,
            "MARIADB_PASSWORD": self.server.password,
            "MARIADB_NAME": self.name,
        }
