"""A real MongoDB replica set for the suites."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from libs.common.database.mongod import REPLICA_SET, find_mongod, mongod_command
from tests.servers.binaries import GIVEN, free_port, running, wait_until
from tests.servers.containers import image_is_local

IMAGE = GIVEN.get("MONGO_IMAGE", "mongo:7")
ALREADY_INITIALIZED = 23


@contextmanager
def mongod(folder: Path) -> Iterator[str]:
    """The address of a primary: `MONGO_URI` if given, else in Docker, else a child process."""
    given = GIVEN.get("MONGO_URI")
    if given:
        yield given
    elif image_is_local(IMAGE):
        with _in_docker() as uri:
            yield uri
    else:
        with _local(folder) as uri:
            yield uri


@contextmanager
def _local(folder: Path) -> Iterator[str]:
    binary, port = find_mongod(), free_port()
    uri, member = direct_uri("127.0.0.1", port), f"127.0.0.1:{port}"
    command = mongod_command(binary, folder, port)
    with running(command, log=folder / "output.log", ready=lambda: is_primary(uri, member)):
        yield uri


@contextmanager
def _in_docker() -> Iterator[str]:
    from testcontainers.core.container import DockerContainer

    command = f"mongod --replSet {REPLICA_SET} --bind_ip_all"
    with DockerContainer(IMAGE).with_exposed_ports(27017).with_command(command) as container:
        uri = direct_uri(container.get_container_host_ip(), int(container.get_exposed_port(27017)))
        wait_until(lambda: is_primary(uri, "127.0.0.1:27017"), seconds=60, what=f"{IMAGE} is primary")
        yield uri


def direct_uri(host: str, port: int) -> str:
    """Direct, because the set knows its member by another address than a container's mapped port."""
    return f"mongodb://{host}:{port}/?directConnection=true"


def is_primary(uri: str, member: str) -> bool:
    """Whether the node takes writes; makes it the only member of its set where it is none yet."""
    client: MongoClient[dict[str, Any]] = MongoClient(uri, serverSelectionTimeoutMS=1000)
    with client:
        try:
            if client.admin.command("hello").get("isreplicaset"):
                members = [{"_id": 0, "host": member}]
                client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
            return bool(client.admin.command("hello")["isWritablePrimary"])
        except OperationFailure as error:
            if error.code != ALREADY_INITIALIZED:
                raise
        except PyMongoError:
            pass
    return False
