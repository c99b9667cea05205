"""The roles of a home with a real mongod; other processes are real too."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from libs.common import home as home_module
from libs.common.database.client import check, connect
from libs.common.errors import Misconfigured
from libs.common.home import (
    HomeBusy,
    HomeNotRunning,
    Role,
    enter_home,
    find_ray,
    reach_ray,
    resolve_mongo_uri,
)
from libs.common.home_lock import claim, lock_file
from libs.common.settings import Settings
from tests.conftest import MakeSettings

GIVEN = "mongodb://user:secret@db.example/"


@asynccontextmanager
async def process(settings: Settings, role: Role) -> AsyncIterator[tuple[Process, str]]:
    """Another process that has entered the home, and what it says."""
    other = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.unit.libs.common.homes", role),
        env={**os.environ, "ENTREPOT_HOME": str(settings.home)},
        stdin=PIPE,
        stdout=PIPE,
    )
    try:
        assert other.stdout is not None
        async with asyncio.timeout(60):
            yield other, (await other.stdout.readline()).decode()
    finally:
        if other.returncode is None:
            other.kill()
        await other.communicate()


async def reachable(uri: str) -> bool:
    database = connect(uri, "test")
    try:
        await check(database)
    finally:
        database.client.close()
    return True


@pytest.mark.parametrize("role", list(Role))
async def test_alone_every_role_brings_a_database(settings: Settings, role: Role) -> None:
    async with enter_home(settings, role) as home:
        assert home.is_holder
        assert await reachable(home.mongo_uri)
        assert resolve_mongo_uri(settings) == home.mongo_uri
    with pytest.raises(HomeNotRunning):
        resolve_mongo_uri(settings)


async def test_services_and_commands_join_and_stop_nothing(settings: Settings) -> None:
    async with enter_home(settings, Role.UP) as up:
        for role in (Role.SERVE, Role.COMMAND):
            async with enter_home(settings, role) as joined:
                assert (joined.mongo_uri, joined.is_holder) == (up.mongo_uri, False)
        assert await reachable(up.mongo_uri)


async def test_a_second_up_is_refused_at_once_and_told_why(settings: Settings) -> None:
    async with enter_home(settings, Role.UP):
        with pytest.raises(HomeBusy, match=rf"`up` \(process {os.getpid()}\)"):
            async with enter_home(settings, Role.UP):
                pass


async def test_up_waits_for_a_command_to_end(settings: Settings) -> None:
    async with process(settings, Role.COMMAND) as (command, _):
        up = asyncio.create_task(enter_and_leave(settings, Role.UP))
        done, _ = await asyncio.wait({up}, timeout=0.5)
        assert not done
        assert command.stdin is not None
        command.stdin.close()
        assert await up


async def test_up_gives_up_on_a_long_command_and_names_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home_module, "WAIT_SECONDS", 0.2)
    with lock_file(settings.home) as lock:
        claim(lock, Role.COMMAND)
        with pytest.raises(HomeBusy, match=rf"`command` \(process {os.getpid()}\)"):
            await enter_and_leave(settings, Role.UP)


async def test_a_joiner_waits_for_a_holder_that_is_still_starting(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lock_file(settings.home) as lock:
        claim(lock, Role.UP)
        joining = asyncio.create_task(enter_and_leave(settings, Role.SERVE))
        done, _ = await asyncio.wait({joining}, timeout=0.3)
        assert not done
        run = {"pid": os.getpid(), "mongo_uri": "mongodb://127.0.0.1:1/"}
        (settings.home / "run.json").write_text(json.dumps(run))
        assert not await joining


async def test_what_a_killed_holder_left_is_not_believed(settings: Settings) -> None:
    async with process(settings, Role.UP) as (up, said):
        assert said.endswith("True\n")
        up.kill()
        await up.wait()
    assert (settings.home / "run.json").exists()
    with pytest.raises(HomeNotRunning):
        resolve_mongo_uri(settings)
    async with enter_home(settings, Role.UP) as home:
        assert home.is_holder
        assert await reachable(home.mongo_uri)
        assert resolve_mongo_uri(settings) == home.mongo_uri


async def test_a_run_file_of_another_than_the_holder_is_stale(settings: Settings) -> None:
    with lock_file(settings.home) as lock:
        claim(lock, Role.UP)
        (settings.home / "run.json").write_text('{"pid": 1, "mongo_uri": "mongodb://127.0.0.1:1/"}')
        with pytest.raises(HomeNotRunning):
            resolve_mongo_uri(settings)
        (settings.home / "run.json").write_text("{")
        with pytest.raises(HomeNotRunning):
            resolve_mongo_uri(settings)


async def test_another_process_finds_the_holders_database(settings: Settings) -> None:
    async with enter_home(settings, Role.UP) as up, process(settings, Role.SERVE) as (_, said):
        pid, uri, is_holder = said.split()
        assert int(pid) != os.getpid()
        assert (uri, is_holder) == (up.mongo_uri, "False")


async def test_the_address_is_for_the_owner_only(settings: Settings) -> None:
    async with enter_home(settings, Role.UP) as home:
        assert (settings.home / "run.json").stat().st_mode & 0o777 == 0o600
        assert home.mongo_uri not in repr(home)
    assert not (settings.home / "run.json").exists()


async def test_a_given_database_is_used_as_it_is(make_settings: MakeSettings) -> None:
    settings = make_settings(mongo_uri=GIVEN)
    assert resolve_mongo_uri(settings) == GIVEN
    for role in (Role.SERVE, Role.COMMAND):
        async with enter_home(settings, role) as home:
            assert (home.mongo_uri, home.is_holder) == (GIVEN, False)
    assert not settings.home.exists()


async def test_up_with_a_given_database_holds_the_home_and_stores_no_password(
    make_settings: MakeSettings,
) -> None:
    settings = make_settings(mongo_uri=GIVEN)
    async with enter_home(settings, Role.UP) as home:
        assert (home.mongo_uri, home.is_holder) == (GIVEN, True)
        assert "secret" not in (settings.home / "run.json").read_text()
        with pytest.raises(HomeBusy):
            await enter_and_leave(settings, Role.UP)
        with pytest.raises(Misconfigured, match="MONGO_URI"):
            resolve_mongo_uri(make_settings())


async def enter_and_leave(settings: Settings, role: Role) -> bool:
    """Whether this process was the holder."""
    async with enter_home(settings, role) as home:
        return home.is_holder


async def test_ray_is_asked_of_a_holder_only(settings: Settings) -> None:
    settings.home.mkdir()
    assert find_ray(settings) is None
    with pytest.raises(HomeNotRunning):
        await reach_ray(settings)


async def test_a_holder_starts_no_ray_unasked(make_settings: MakeSettings) -> None:
    settings = make_settings(mongo_uri=GIVEN)
    async with enter_home(settings, Role.UP):
        assert find_ray(settings) is None
        assert json.loads((settings.home / "run.json").read_text())["ray"] is None
