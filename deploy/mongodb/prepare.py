"""Makes a new mongod a replica set of one and gives it its users; on one that has them, sets their passwords again.

It runs beside mongod, in the same network: to somebody on the same host, and nobody else, a mongod without users grants
the making of the first (https://www.mongodb.com/docs/manual/core/localhost-exception/).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pymongo import MongoClient
from pymongo.errors import OperationFailure

REPLICA_SET: Final = "rs0"
ADMIN: Final = "admin"
START_SECONDS: Final = 90
"""A mongod that replays its journal takes longest."""
AUTHENTICATION_FAILED: Final = 18
USER_NOT_FOUND: Final = 11

Client = MongoClient[dict[str, Any]]


@dataclass(frozen=True)
class User:
    """With roles on one database."""

    name: str
    password: str
    roles: tuple[str, ...]
    database: str


class WrongPassword(Exception):
    """This database was made with another MONGO_ADMIN_PASSWORD."""


def prepare(port: int, member: str, users: list[User]) -> None:
    """`member` is the address by which other hosts reach this mongod; the first user is the administrator.

    Raises: WrongPassword, PyMongoError.
    """
    administrator, *others = users
    if not _knows(port, administrator):
        with _client(port, directConnection=True) as alone:
            _initiate(alone, member)
        with _client(port, directConnection=True, readPreference="primary") as primary:
            _await_primary(primary)
            _create_first(primary, administrator)
    with _client(port, administrator, directConnection=True) as client:
        _await_primary(client)
        for user in [administrator, *others]:
            _set(client, user)


def _client(port: int, user: User | None = None, **options: Any) -> Client:
    if user is not None:
        options |= {"username": user.name, "password": user.password, "authSource": ADMIN}
    return MongoClient("127.0.0.1", port, serverSelectionTimeoutMS=START_SECONDS * 1000, **options)


def _knows(port: int, administrator: User) -> bool:
    with _client(port, administrator, directConnection=True) as client:
        try:
            client.admin.command("ping")
        except OperationFailure as error:
            if error.code == AUTHENTICATION_FAILED:
                return False
            raise
    return True


def _initiate(client: Client, member: str) -> None:
    if "setName" not in client.admin.command("hello"):
        configuration = {"_id": REPLICA_SET, "members": [{"_id": 0, "host": member}]}
        client.admin.command("replSetInitiate", configuration)


def _await_primary(client: Client) -> None:
    """`awaitable` hello answers when the role of the server changes, or after a while."""
    hello = client.admin.command("hello")
    while not hello["isWritablePrimary"]:
        hello = client.admin.command(
            "hello", topologyVersion=hello["topologyVersion"], maxAwaitTimeMS=START_SECONDS * 1000
        )


def _create_first(client: Client, administrator: User) -> None:
    try:
        client.admin.command("createUser", administrator.name, **_described(administrator))
    except OperationFailure as error:
        raise WrongPassword(WrongPassword.__doc__) from error


def _set(client: Client, user: User) -> None:
    try:
        client.admin.command("updateUser", user.name, **_described(user))
    except OperationFailure as error:
        if error.code != USER_NOT_FOUND:
            raise
        client.admin.command("createUser", user.name, **_described(user))


def _described(user: User) -> dict[str, Any]:
    return {"pwd": user.password, "roles": [{"role": role, "db": user.database} for role in user.roles]}


def users_of(environment: Mapping[str, str]) -> list[User]:
    """Experiments read and write, but change no validation, profile or statistics as the services may."""
    database = environment.get("DB_NAME", "entrepot")
    return [
        User("admin", environment["MONGO_ADMIN_PASSWORD"], ("root",), ADMIN),
        User("entrepot", environment["MONGO_PASSWORD"], ("readWrite", "dbAdmin"), database),
        User("experiments", environment["EXPERIMENT_MONGO_PASSWORD"], ("readWrite",), database),
    ]


if __name__ == "__main__":
    try:
        prepare(27017, os.environ["MONGO_MEMBER"], users_of(os.environ))
    except WrongPassword as error:
        sys.exit(str(error))
