"""Holds a home, as `manage.py up` does, until standard input ends: `python -m … HOME` with MONGO_URI set."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from libs.common.home import Role, enter_home
from libs.common.logs import configure_logs
from libs.common.settings import Settings


async def hold(home: Path) -> None:
    settings = Settings(home=home)
    configure_logs(settings, service="holder")
    async with enter_home(settings, Role.UP):
        print("holding", flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(hold(Path(sys.argv[1])))
