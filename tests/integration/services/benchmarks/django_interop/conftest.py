from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator

import pymysql
import pytest

from tests.integration.services.benchmarks.django_interop.deployment import Deployment
from tests.servers.mariadb import MariaDb, mariadb


@pytest.fixture(scope="session")
def mariadb_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDb]:
    with mariadb(tmp_path_factory.mktemp("mariadb")) as server:
        yield server


@pytest.fixture
async def deployment(mariadb_server: MariaDb) -> AsyncIterator[Deployment]:
    """With tables and no rows."""
    name = f"test_{uuid.uuid4().hex}"
    _execute(mariadb_server, f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
    deployment = Deployment(mariadb_server, name)
    await deployment.run("migrate", "--run-syncdb", "--verbosity=0")
    yield deployment
    _execute(mariadb_server, f"DROP DATABASE {name}")


def _execute(server: MariaDb, statement: str) -> None:
    connection = pymysql.connect(
        host=server.host, port=server.port, user=server.user, password=server.password
    )
    with connection, connection.cursor() as cursor:
        cursor.execute(statement)
