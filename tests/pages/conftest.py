from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from libs.common.database.client import connect
from libs.common.home import resolve_mongo_uri
from libs.common.jobs.model import Role
from libs.common.settings import Settings
from tests.servers.browser import browser
from tests.servers.entrepot import Up, up

from .house import DOCUMENT_LIMIT, UPLOAD_LIMIT, House, Person


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """Everything embedded, yet nobody is trusted without a token; experiments are kept but not hosted."""
    home = tmp_path_factory.mktemp("pages") / "home"
    limits = {"EXPORT_DOCUMENT_LIMIT": DOCUMENT_LIMIT, "UPLOAD_PACKED_LIMIT": UPLOAD_LIMIT}
    with up(home, TRUST_LOOPBACK=0, ENTREPOT_ADMIN_TOKEN="entrepot_of_the_test", **limits) as platform:
        yield platform


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house(platform: Up) -> AsyncIterator[House]:
    settings = Settings(home=platform.environment["ENTREPOT_HOME"])
    database = connect(resolve_mongo_uri(settings), settings.db_name)
    try:
        async with browser() as started:
            yield House(platform, database, started)
    finally:
        database.client.close()


@pytest_asyncio.fixture(loop_scope="session")
async def admin(house: House) -> AsyncIterator[Person]:
    async with house.person(Role.ADMIN) as person:
        yield person


@pytest_asyncio.fixture(loop_scope="session")
async def developer(house: House) -> AsyncIterator[Person]:
    async with house.person(Role.DEVELOPER) as person:
        yield person


@pytest_asyncio.fixture(loop_scope="session")
async def viewer(house: House) -> AsyncIterator[Person]:
    async with house.person(Role.VIEWER) as person:
        yield person


@pytest_asyncio.fixture(loop_scope="session")
async def guest(house: House) -> AsyncIterator[Person]:
    """Has a token, and has not signed in with it."""
    async with house.person(Role.DEVELOPER, signed_in=False) as person:
        yield person
