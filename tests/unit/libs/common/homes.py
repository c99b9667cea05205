"""A process in a home, to be met and killed: `ROLE`; prints its pid and address, then stays."""

from __future__ import annotations

import asyncio
import os
import sys

from libs.common.home import Role, enter_home
from libs.common.settings import Settings


async def main(role: Role) -> None:
    async with enter_home(Settings(), role) as home:
        print(os.getpid(), home.mongo_uri, home.is_holder, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(Role(sys.argv[1])))
