"""An importer that kills itself with -9 at a named point: `python -m … POINT`; settings come from the environment.

A point is `module:name` or `module:Class.name`, then `@before` or `@after`, and the call at which it strikes (`#2`).
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import os
import re
import signal
import sys
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

from libs.common import service
from libs.common.limits import Limits
from libs.common.settings import Settings
from services.importer.app import application

POINT = re.compile(r"(?P<module>[\w.]+):(?P<name>[\w.]+)@(?P<when>before|after)#(?P<nth>\d+)")


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def arm(point: str) -> None:
    found = POINT.fullmatch(point)
    assert found
    owner: Any = importlib.import_module(found["module"])
    *classes, name = found["name"].split(".")
    for each in classes:
        owner = getattr(owner, each)
    original, calls, nth = getattr(owner, name), count(1), int(found["nth"])

    def strikes() -> bool:
        return next(calls) == nth

    async def dying_later(*args: Any, **kwargs: Any) -> Any:
        here = strikes()
        if here and found["when"] == "before":
            die()
        result = await original(*args, **kwargs)
        return die() if here else result

    def dying(*args: Any, **kwargs: Any) -> Any:
        here = strikes()
        if here and found["when"] == "before":
            die()
        result = original(*args, **kwargs)
        return die() if here else result

    setattr(owner, name, dying_later if inspect.iscoroutinefunction(original) else dying)


if __name__ == "__main__":
    arm(sys.argv[1])
    alone = partial(application, examples=Path("/nonexistent"))
    asyncio.run(service.run("importer", alone, Settings(), Limits()))
