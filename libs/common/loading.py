"""Importing what a service or a command is made of, which is most of its start."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any, Final, cast

YOUNG_OBJECTS: Final = 10_000
"""So many new objects before garbage is looked for among them. Python's 700 are fewer than what is under way with a
dozen requests, and looking through those again and again takes 3% of a gateway's time."""


@contextmanager
def loading(*, rich: bool = False) -> Iterator[None]:
    """Around its imports. What is loaded stays, so no garbage is looked for in it, now or later.

    `rich` says that this library is wanted, as by commands, which draw tables with it.
    """
    gc.disable()
    try:
        with _hidden(_useless(rich=rich)):
            yield
    finally:
        gc.freeze()
        gc.set_threshold(YOUNG_OBJECTS)
        gc.enable()


def _useless(*, rich: bool) -> set[str]:
    """Modules that libraries load where they find them, for a tenth of a start, and do not need here."""
    # structlog draws tracebacks with the first, but ours are plain. The second is for the ciphers of ZIPs with
    # passwords, which stream_zip loads, but we write none.
    names = {"rich.traceback" if rich else "rich", "cffi"}
    if find_spec("OpenSSL") is None:
        names.add("pymongo.pyopenssl_context")  # half of `cryptography` before it finds this out itself
    return names


@contextmanager
def _hidden(names: set[str]) -> Iterator[None]:
    """As if they were not installed."""
    modules = cast("dict[str, Any]", sys.modules)
    hidden = names - modules.keys()
    modules.update(dict.fromkeys(hidden))
    try:
        yield
    finally:
        for name in hidden:
            del modules[name]
