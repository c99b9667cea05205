"""A process that owns an embedded mongod, to be killed: prints its address and pid, then waits for its end."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import uvloop

from libs.common.database.client import connect
from libs.common.database.embedded import embedded_mongod
from libs.common.database.mongod import find_mongod


async def main(data: Path) -> None:
    async with embedded_mongod(data, binary=find_mongod()) as uri:
        database = connect(uri, "test")
        status = await database.client.admin.command("serverStatus")
        await database["rows"].insert_one({"_id": "kept"})
        print(uri, status["pid"], flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(Path(sys.argv[1])))
