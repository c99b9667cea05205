"""The embedded database: a real mongod as a supervised child process (DESIGN §2).

It never outlives its owner, comes back on the same port when it is killed, and finds its data again after any crash.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from pathlib import Path

import pymongo
import structlog
from pymongo.errors import OperationFailure, PyMongoError

from libs.common.database.client import Database, DatabaseUnavailable, connect
from libs.common.database.mongod import REPLICA_SET, mongod_command
from libs.common.tether import tethered

START_SECONDS = 60.0
"""Primary in about 1 s; recovery of a large journal on a slow disk takes longer."""
STOP_SECONDS = 30.0
"""A clean stop writes one checkpoint."""
POLL_SECONDS = 0.05
COMMAND_SECONDS = 2.0
NOT_YET_INITIALIZED = 94
"""What mongod answers while it has no replica set configuration."""
RESTART_DELAYS = (0.0, 0.5, 1.0, 2.0, 5.0)
"""Waits before successive restarts, in seconds; the last one repeats while the disk is full, say."""
PORT_WAIT_SECONDS = 3.0
"""A killed mongod lets go of its port and its data within a moment."""
LOG_LIMIT = 16 * 2**20
"""Bytes of `mongod.log` above which the next start begins a new one and keeps one old."""
LOG_TAIL = 32 * 2**10
"""Bytes at the end of the log that may hold the reason of a failed start."""

log = structlog.get_logger(__name__)


class MongodFailed(DatabaseUnavailable):
    """The embedded mongod does not start."""

    code = "mongod-failed"


@contextlib.asynccontextmanager
async def embedded_mongod(data: Path, *, binary: Path) -> AsyncIterator[str]:
    """Run mongod on `data` while entered and yield its address. Raises: MongodFailed.

    To be entered on a thread that lives as long as the process, see `libs.common.tether`.
    """
    mongod = _Mongod(binary, data)
    try:
        await mongod.start()
        supervisor = asyncio.create_task(mongod.supervise(), name="mongod supervisor")
        try:
            yield mongod.uri
        finally:
            supervisor.cancel()
            await asyncio.wait({supervisor})
    finally:
        await mongod.stop()


class _Mongod:
    def __init__(self, binary: Path, data: Path) -> None:
        self._binary = binary
        self._data = data
        self._port = 0
        self._process: Process | None = None

    @property
    def uri(self) -> str:
        """Direct, so that clients need no discovery; transactions and change streams work all the same."""
        return f"mongodb://127.0.0.1:{self._port}/?directConnection=true"

    async def start(self) -> None:
        _prepare(self._data)
        self._port = await _choose_port(self._data)
        await self._launch()
        (self._data / "port").write_text(str(self._port), encoding="ascii")

    async def supervise(self) -> None:
        """Bring mongod back each time that it ends, until cancelled."""
        failures = 0
        while True:
            if self._process is not None:
                log.warning("mongod ended", exit_code=await self._process.wait())
            await asyncio.sleep(RESTART_DELAYS[min(failures, len(RESTART_DELAYS) - 1)])
            try:
                await self._launch()
                failures = 0
            except MongodFailed as error:
                failures += 1
                log.error("mongod does not start", reason=error.detail, failures=failures)  # noqa: TRY400  (the reason says it)

    async def stop(self) -> None:
        """Clean: mongod writes a checkpoint. One that hangs is killed; its journal is good for that."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _launch(self) -> None:
        """Until it takes writes. A process that ends early is tried again: the one before may still hold the data."""
        try:
            async with asyncio.timeout(START_SECONDS):
                for delay in RESTART_DELAYS:
                    await asyncio.sleep(delay)
                    self._process = await self._spawn()
                    if await self._becomes_primary(self._process):
                        return
        except TimeoutError:
            await self.stop()
        except OSError as error:
            raise MongodFailed(f"{self._binary} cannot be run: {error.strerror}") from error
        code = self._process.returncode if self._process is not None else None
        raise MongodFailed(
            f"mongod does not start on {self._data} (exit code {code}):\n{_last_errors(self._data)}"
        )

    async def _spawn(self) -> Process:
        with _log_file(self._data).open("ab") as output:
            return await asyncio.create_subprocess_exec(
                *tethered(mongod_command(self._binary, self._data, self._port)),
                stdin=DEVNULL,
                stdout=output,
                stderr=output,
                # Ctrl-C in a terminal reaches the whole group, and the services need the database to drain.
                start_new_session=True,
            )

    async def _becomes_primary(self, process: Process) -> bool:
        """Whether it did before it ended."""
        while not await _listens(self._port):
            if process.returncode is not None:
                return False
            await asyncio.sleep(POLL_SECONDS)
        admin = connect(self.uri, "admin")
        try:
            while process.returncode is None:
                if await _is_primary(admin, f"127.0.0.1:{self._port}"):
                    return True
                await asyncio.sleep(POLL_SECONDS)
        finally:
            admin.client.close()
        return False


async def _is_primary(admin: Database, address: str) -> bool:
    try:
        with pymongo.timeout(COMMAND_SECONDS):
            if (await admin.command("hello"))["isWritablePrimary"]:
                return True
            await _configure(admin, address)
    except PyMongoError as error:
        # It refuses while it starts or elects itself; the caller has the deadline.
        log.debug("mongod is not ready", error=type(error).__name__)
    return False


async def _configure(admin: Database, address: str) -> None:
    """Make the node the only member of its set, or move the set of an earlier run to this run's port."""
    members = [{"_id": 0, "host": address}]
    try:
        config = (await admin.command("replSetGetConfig"))["config"]
    except OperationFailure as error:
        if error.code != NOT_YET_INITIALIZED:
            raise
        await admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
        return
    if config["members"][0]["host"] != address:
        moved = config | {"members": members, "version": config["version"] + 1}
        await admin.command("replSetReconfig", moved, force=True)


async def _listens(port: int) -> bool:
    try:
        async with asyncio.timeout(1):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


async def _choose_port(data: Path) -> int:
    """The port of the last run, so that who outlived that run reconnects; another where it stays taken."""
    try:
        last = int((data / "port").read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return _free_port(0)
    deadline = time.monotonic() + PORT_WAIT_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            return _free_port(last)
        await asyncio.sleep(POLL_SECONDS)
    return _free_port(0)


def _free_port(wanted: int) -> int:
    """Raises: OSError if it is taken."""
    # SO_REUSEADDR, which create_server sets, passes over connections of the last run that linger in TIME_WAIT.
    with socket.create_server(("127.0.0.1", wanted)) as server:
        port: int = server.getsockname()[1]
        return port


def _prepare(data: Path) -> None:
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    log_file = _log_file(data)
    if log_file.exists() and log_file.stat().st_size > LOG_LIMIT:
        log_file.replace(log_file.with_suffix(".log.1"))


def _log_file(data: Path) -> Path:
    return data / "mongod.log"


def _last_errors(data: Path) -> str:
    """Of the log's end, what mongod calls an error or fatal; else the last lines as they are."""
    with _log_file(data).open("rb") as file:
        file.seek(max(0, _log_file(data).stat().st_size - LOG_TAIL))
        lines = file.read().decode(errors="replace").splitlines()
    errors = [line for line in lines if '"s":"E"' in line or '"s":"F"' in line]
    return "\n".join((errors or lines)[-3:])
