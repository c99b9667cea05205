"""One MongoDB client for each address, set of options and event loop.

A motor client belongs to the loop that first uses it, and its sockets to the process that opened them. So clients are
shared within one loop only, a closed loop's client is closed at the next call, and a forked child starts with an empty
pool. Addresses may hold passwords: nothing here logs or prints them.
"""

from __future__ import annotations

import asyncio
import os
import threading
from dataclasses import dataclass
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient

Client = AsyncIOMotorClient[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Options:
    mongo_uri: str
    max_pool_size: int
    min_pool_size: int
    server_selection_timeout_ms: int

    def connect(self) -> Client:
        return AsyncIOMotorClient(
            self.mongo_uri,
            maxPoolSize=self.max_pool_size,
            minPoolSize=self.min_pool_size,
            serverSelectionTimeoutMS=self.server_selection_timeout_ms,
        )


@dataclass(slots=True)
class _Lease:
    client: Client
    holders: int = 0


class _Pool:
    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Start empty; a forked child must neither use nor close what its parent opened."""
        self._lock = threading.Lock()
        self._leases: dict[tuple[asyncio.AbstractEventLoop, _Options], _Lease] = {}

    def acquire(self, loop: asyncio.AbstractEventLoop, options: _Options) -> Client:
        with self._lock:
            self._close_clients_of_closed_loops()
            key = (loop, options)
            if key not in self._leases:
                self._leases[key] = _Lease(options.connect())
            lease = self._leases[key]
            lease.holders += 1
            return lease.client

    def release(self, client: Client) -> None:
        with self._lock:
            for key, lease in self._leases.items():
                if lease.client is client:
                    lease.holders -= 1
                    if lease.holders:
                        return
                    del self._leases[key]
                    break
        client.close()

    def _close_clients_of_closed_loops(self) -> None:
        for key in [key for key in self._leases if key[0].is_closed()]:
            self._leases.pop(key).client.close()


_pool = _Pool()
os.register_at_fork(after_in_child=_pool.forget)


def get_shared_mongo_client(
    mongo_uri: str,
    max_pool_size: int = 10,
    min_pool_size: int = 1,
    server_selection_timeout_ms: int = 5000,
) -> Client:
    """The running loop's client for this address and these options; give it back with `release_shared_mongo_client`.

    Where no loop runs (the constructor of a Ray actor), the client is the caller's own and binds to the loop that
    first uses it. Connects when first used.
    """
    options = _Options(mongo_uri, max_pool_size, min_pool_size, server_selection_timeout_ms)
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return options.connect()
    return _pool.acquire(loop, options)


def release_shared_mongo_client(client: Client) -> None:
    """Give a client back; the last of its holders closes it."""
    _pool.release(client)
