from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest
from pymongo.errors import PyMongoError

from libs.common.database import embedded
from libs.common.database.client import Database, Session, connect, in_transaction
from libs.common.database.embedded import MongodFailed, embedded_mongod
from libs.common.database.mongod import find_mongod
from tests.servers.binaries import wait_until


@pytest.fixture
def no_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "RESTART_DELAYS", (0.0, 0.0))


@asynccontextmanager
async def running(data: Path) -> AsyncIterator[Database]:
    async with embedded_mongod(data, binary=find_mongod()) as uri:
        database = connect(uri, "test")
        try:
            yield database
        finally:
            database.client.close()


async def pid_of(database: Database) -> int:
    return int((await database.client.admin.command("serverStatus"))["pid"])


def port_of(data: Path) -> int:
    return int((data / "port").read_text())


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


async def insert_when_back(database: Database, document: dict[str, object]) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                await database["rows"].insert_one(document)
            except PyMongoError:
                await asyncio.sleep(0.05)
            else:
                return


async def test_it_is_a_replica_set_with_transactions_and_change_streams(tmp_path: Path) -> None:
    async with running(tmp_path / "data") as database:
        await database.create_collection("rows")
        async with database["rows"].watch(max_await_time_ms=1000) as stream:

            async def work(session: Session) -> None:
                await database["rows"].insert_one({"_id": 1}, session=session)

            await in_transaction(database, work)
            assert (await anext(stream))["documentKey"] == {"_id": 1}


async def test_it_ends_with_the_context_and_keeps_its_data(tmp_path: Path) -> None:
    async with running(tmp_path / "data") as database:
        pid = await pid_of(database)
        await database["rows"].insert_one({"_id": "kept"})
    assert gone(pid)
    async with running(tmp_path / "data") as database:
        assert await database["rows"].count_documents({"_id": "kept"}) == 1


async def test_killed_it_comes_back_at_the_same_address_with_its_data(tmp_path: Path) -> None:
    async with running(tmp_path / "data") as database:
        for number in range(2):
            pid = await pid_of(database)
            await database["rows"].insert_one({"_id": f"before {number}"})
            os.kill(pid, signal.SIGKILL)
            await insert_when_back(database, {"_id": f"after {number}"})
            assert await pid_of(database) != pid
        found = [row["_id"] async for row in database["rows"].find().sort("_id")]
    assert found == ["after 0", "after 1", "before 0", "before 1"]


async def test_it_dies_with_an_owner_that_is_killed_and_starts_again_on_the_same_data(tmp_path: Path) -> None:
    data = tmp_path / "data"
    command = [sys.executable, "-m", "tests.integration.libs.common.database.owner", str(data)]
    owner = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert owner.stdout is not None
    uri, pid = (await owner.stdout.readline()).decode().split()
    owner.kill()
    # At once, while the old one may still be dying.
    async with running(data) as database:
        assert await database["rows"].count_documents({"_id": "kept"}) == 1
        assert f":{port_of(data)}/" in uri
    await owner.communicate()
    wait_until(lambda: gone(int(pid)), seconds=10, what="the orphan is gone")


async def test_where_its_last_port_is_taken_it_moves(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with running(data) as database:
        await database["rows"].insert_one({"_id": "kept"})
    taken = port_of(data)
    other = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", taken)
    async with other, running(data) as database:
        assert port_of(data) != taken
        assert await database["rows"].count_documents({"_id": "kept"}) == 1


async def test_keys_pressed_in_the_terminal_do_not_reach_it(tmp_path: Path) -> None:
    async with running(tmp_path / "data") as database:
        assert os.getpgid(await pid_of(database)) != os.getpgid(0)


@pytest.mark.usefixtures("no_delays")
async def test_two_cannot_share_one_folder(tmp_path: Path) -> None:
    async with running(tmp_path / "data") as database:
        with pytest.raises(MongodFailed, match="exit code 100"):
            async with embedded_mongod(tmp_path / "data", binary=find_mongod()):
                pass
        await database["rows"].insert_one({"_id": "unharmed"})


@pytest.mark.usefixtures("no_delays")
@pytest.mark.parametrize("program", ["/bin/false", "/no/such/mongod"])
async def test_a_program_that_does_not_serve_is_reported(tmp_path: Path, program: str) -> None:
    with pytest.raises(MongodFailed):
        async with embedded_mongod(tmp_path / "data", binary=Path(program)):
            pass


async def test_a_start_that_takes_too_long_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = tmp_path / "mongod"
    hanging.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 600\n")
    hanging.chmod(0o755)
    monkeypatch.setattr(embedded, "START_SECONDS", 2.0)
    with pytest.raises(MongodFailed):
        async with embedded_mongod(tmp_path / "data", binary=hanging):
            pass
    assert gone(int((tmp_path / "pid").read_text()))


async def test_a_large_log_is_put_aside_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "LOG_LIMIT", 100)
    data = tmp_path / "data"
    data.mkdir()
    (data / "mongod.log").write_bytes(b"old\n" * 100)
    async with running(data):
        pass
    assert (data / "mongod.log.1").read_bytes() == b"old\n" * 100
    assert b"old\n" not in (data / "mongod.log").read_bytes()
