"""The other end of `processes`: solves one piece of work in a process of its own and sends what happens."""

from __future__ import annotations

import multiprocessing
import os
import threading
from multiprocessing.connection import Connection, wait

from services.benchmarks.compute.messages import last_message
from services.benchmarks.compute.work import Work


def main(sender: Connection, work: Work) -> None:
    """Send all messages."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sender.send(last_message(work, sender.send))
    sender.close()


def _end_with_parent() -> None:
    """Nobody would take the roster of a service that was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
