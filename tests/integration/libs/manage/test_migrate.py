"""`manage.py migrate` says what it will do, does it, and refuses what it does not know."""

from __future__ import annotations

import pytest

from libs.common.database.client import Database
from libs.common.migrations.schema import COLLECTION, FIRST_VERSION, Schema, SchemaTooNew
from libs.common.migrations.steps import STEPS, Step
from libs.common.settings import Settings
from libs.manage.migrate import run
from tests.conftest import MakeSettings

NEWEST = FIRST_VERSION + len(STEPS)


async def _nothing(_: Database) -> None: ...


ONE_MORE = [*STEPS, Step("Rename a field", _nothing)]


@pytest.fixture
def real(make_settings: MakeSettings, mongo_uri: str, database: Database) -> Settings:
    return make_settings(mongo_uri=mongo_uri, db_name=database.name)


async def test_a_dry_run_changes_nothing(
    real: Settings, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    await run(real, dry_run=True, steps=ONE_MORE)
    said = capsys.readouterr().out
    assert "To do: Rename a field" in said
    assert f"schema {FIRST_VERSION}; this version writes {NEWEST + 1}." in said
    assert len(await Schema(database, ONE_MORE).pending()) == len(ONE_MORE)


async def test_what_was_told_is_done(
    real: Settings, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    await run(real, dry_run=False, steps=ONE_MORE)
    said = capsys.readouterr().out
    assert "Doing: Rename a field" in said
    assert f"schema {NEWEST + 1}; this version writes {NEWEST + 1}." in said
    assert not await Schema(database, ONE_MORE).pending()


async def test_data_of_a_later_version_are_left_alone(real: Settings, database: Database) -> None:
    await database[COLLECTION].insert_one({"_id": COLLECTION, "version": NEWEST + 2})
    with pytest.raises(SchemaTooNew):
        await run(real, dry_run=False)
