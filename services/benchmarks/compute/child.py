"""The other end of `processes`: solves one piece of work in a process of its own and sends what happens."""

from __future__ import annotations

import multiprocessing
import os
import threading
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import TypeAlias

from libs.common.errors import EntrepotError
from services.benchmarks.compute.work import AlgorithmFailed, Solved, Work, solve


@dataclass(frozen=True, slots=True)
class Advanced:
    """The work has got further."""

    done: float
    objective: float


Message: TypeAlias = Advanced | Solved | EntrepotError


def main(sender: Connection, work: Work) -> None:
    """Send any number of `Advanced`, then the roster or what went wrong."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sender.send(_solve(sender, work))
    sender.close()


def _solve(sender: Connection, work: Work) -> Message:
    try:
        return solve(work, lambda done, objective: sender.send(Advanced(done, objective)), lambda: False)
    except EntrepotError as error:
        return error
    except Exception as error:  # noqa: BLE001  (it is told to whoever waits for it)
        return AlgorithmFailed(f"{type(error).__name__}: {error}")


def _end_with_parent() -> None:
    """Nobody would take the roster of a service that was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
