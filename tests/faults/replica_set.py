"""A replica set of three, whose members a test may kill."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from libs.common.database.mongod import REPLICA_SET, find_mongod, mongod_command
from libs.common.tether import tethered
from tests.servers.binaries import accepts_connections, free_port, wait_until

MEMBERS = 3
START_SECONDS = 60
ELECTION_MS = 5_000
"""Of 10 s by default: how long the others wait for a primary that is silent."""


class ReplicaSet:
    def __init__(self, folder: Path) -> None:
        self._ports = [free_port() for _ in range(MEMBERS)]
        self._folders = {port: folder / str(port) for port in self._ports}
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        self.uri = f"mongodb://{','.join(self._hosts())}/?replicaSet={REPLICA_SET}"

    def start(self) -> None:
        for port in self._ports:
            self.launch(port)
        wait_until(
            lambda: all(map(accepts_connections, self._ports)), seconds=START_SECONDS, what="they listen"
        )
        members = [{"_id": number, "host": host} for number, host in enumerate(self._hosts())]
        config = {"_id": REPLICA_SET, "members": members, "settings": {"electionTimeoutMillis": ELECTION_MS}}
        with self._direct(self._ports[0]) as client:
            client.admin.command("replSetInitiate", config)
        wait_until(self.has_primary, seconds=START_SECONDS, what="there is a primary")

    def launch(self, port: int) -> None:
        folder = self._folders[port]
        folder.mkdir(parents=True, exist_ok=True)
        self._processes[port] = subprocess.Popen(
            tethered(mongod_command(find_mongod(), folder, port)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
        )

    def primary(self) -> int:
        """Its port. Raises: AssertionError where there is none."""
        found = next((port for port in self._ports if self._is_primary(port)), None)
        assert found is not None, "no member is the primary"
        return found

    def has_primary(self) -> bool:
        return any(map(self._is_primary, self._ports))

    def kill(self, port: int) -> None:
        self._processes[port].kill()
        self._processes[port].wait()

    def kill_all(self) -> None:
        for port in self._processes:
            self.kill(port)

    def launch_all(self) -> None:
        """What is not running."""
        for port in self._ports:
            if self._processes[port].poll() is not None:
                self.launch(port)

    def step_down(self) -> None:
        """The primary becomes a secondary, as at a planned maintenance."""
        with self._direct(self.primary()) as client:
            client.admin.command("replSetStepDown", 30, secondaryCatchUpPeriodSecs=10)

    def _hosts(self) -> list[str]:
        return [f"127.0.0.1:{port}" for port in self._ports]

    def _is_primary(self, port: int) -> bool:
        try:
            with self._direct(port) as client:
                return bool(client.admin.command("hello").get("isWritablePrimary"))
        except PyMongoError:
            return False

    def _direct(self, port: int) -> MongoClient[dict[str, Any]]:
        return MongoClient(
            f"mongodb://127.0.0.1:{port}/?directConnection=true", serverSelectionTimeoutMS=1000
        )


@contextmanager
def replica_set(folder: Path) -> Iterator[ReplicaSet]:
    made = ReplicaSet(folder)
    try:
        made.start()
        yield made
    finally:
        made.kill_all()
