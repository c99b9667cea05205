"""Imports a dump in a process of its own, which waits to be killed after so many writes.

`python importing_child.py MONGO_URI DATABASE DUMP WRITES`
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

from libs.common.database.client import connect
from libs.common.events.benchmarks import Clear
from libs.common.limits import Limits
from services.benchmarks.dump.read import read_dump
from services.benchmarks.imports.importing import import_dump
from services.benchmarks.imports.writing import silently
from services.benchmarks.store.generations import Generations
from services.benchmarks.store.switch import apply

P = ParamSpec("P")
T = TypeVar("T")


async def main(uri: str, name: str, path: Path, writes: int) -> None:
    count = itertools.count(1)

    def waiting(write: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
        async def then_wait(*args: P.args, **kwargs: P.kwargs) -> T:
            done = await write(*args, **kwargs)
            if next(count) == writes:
                print("waiting", flush=True)
                await asyncio.Event().wait()
            return done

        return then_wait

    for method in ("start", "add"):
        setattr(Generations, method, waiting(getattr(Generations, method)))
    database = connect(uri, name)
    dump = read_dump(path, Limits())
    imported = await import_dump(database, dump, Clear.COMPANIES, dry_run=False, tell=silently)
    assert imported.commit is not None
    print("written", flush=True)
    await apply(database, imported.commit)
    print("switched", flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])))
