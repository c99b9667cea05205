"""`deploy/mongodb/prepare.py` on a mongod that asks for passwords, as the compose stack starts it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from deploy.mongodb.prepare import WrongPassword, prepare, users_of
from libs.common.database.mongod import find_mongod, mongod_command
from tests.servers.binaries import accepts_connections, free_port, running

SECRETS = {"MONGO_ADMIN_PASSWORD": "first", "MONGO_PASSWORD": "second", "EXPERIMENT_MONGO_PASSWORD": "third"}

Client = MongoClient[dict[str, Any]]


@dataclass(frozen=True)
class Server:
    port: int

    def prepare(self, **changed: str) -> None:
        prepare(self.port, f"127.0.0.1:{self.port}", users_of(SECRETS | {"DB_NAME": "deployed"} | changed))

    def client(self, user: str, password: str) -> Client:
        return MongoClient(
            "127.0.0.1", self.port, username=user, password=password, authSource="admin", replicaSet="rs0"
        )


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Server]]:
    """Another new server at each call; all end with the module."""
    with ExitStack() as stack:

        def start() -> Server:
            folder: Path = tmp_path_factory.mktemp("mongod")
            key, port = folder / "key", free_port()
            key.write_text("0123456789")
            key.chmod(0o400)
            command = [*mongod_command(find_mongod(), folder, port), "--keyFile", str(key)]
            stack.enter_context(
                running(command, log=folder / "output", ready=lambda: accepts_connections(port))
            )
            return Server(port)

        yield start


@pytest.fixture(scope="module")
def server(start: Callable[[], Server]) -> Server:
    server = start()
    server.prepare()
    return server


def test_the_services_have_a_primary_and_their_database(server: Server) -> None:
    with server.client("entrepot", "second") as client, client.start_session() as session:
        with session.start_transaction():
            client["deployed"]["jobs"].insert_one({"_id": 1}, session=session)
        assert client["deployed"].command("validate", "jobs")["valid"]


@pytest.mark.parametrize(("user", "password"), [("entrepot", "second"), ("experiments", "third")])
def test_no_user_reaches_beyond_the_database(server: Server, user: str, password: str) -> None:
    with server.client(user, password) as client:
        client["deployed"]["click_clicks"].insert_one({})
        for forbidden in (
            lambda: client["other"]["x"].insert_one({}),
            lambda: client["admin"].command("createUser", "me", pwd="x", roles=["root"]),
            lambda: client["admin"].command("shutdown"),
        ):
            with pytest.raises(OperationFailure, match="not authorized"):
                forbidden()


def test_experiments_may_less_than_services(server: Server) -> None:
    with (
        server.client("experiments", "third") as client,
        pytest.raises(OperationFailure, match="not authorized"),
    ):
        client["deployed"].command("validate", "jobs")


def test_it_may_run_again_and_changes_passwords(server: Server) -> None:
    server.prepare(MONGO_PASSWORD="rotated")
    with server.client("entrepot", "rotated") as client:
        assert client["deployed"]["click_clicks"].count_documents({}) >= 0
    with server.client("entrepot", "second") as client, pytest.raises(OperationFailure):
        client["deployed"]["jobs"].find_one()
    server.prepare()


def test_a_run_that_was_stopped_half_way_is_continued(start: Callable[[], Server]) -> None:
    server = start()
    alone: Client = MongoClient("127.0.0.1", server.port, directConnection=True)
    with alone as client:
        members = [{"_id": 0, "host": f"127.0.0.1:{server.port}"}]
        client.admin.command("replSetInitiate", {"_id": "rs0", "members": members})
    server.prepare()
    with server.client("entrepot", "second") as client:
        client["deployed"]["jobs"].insert_one({})


def test_another_administrators_password_is_told(server: Server) -> None:
    with pytest.raises(WrongPassword, match="MONGO_ADMIN_PASSWORD"):
        server.prepare(MONGO_ADMIN_PASSWORD="forgotten")
