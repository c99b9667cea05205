"""ZIPs of exports go after a time, but never while a job or a link that it gave may use them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from libs.common.database.collections import EXPORT_LOGS, JOBS
from libs.common.events.exports import ExportKind
from libs.common.exports import ExportRow
from libs.common.retention import spare
from libs.common.retention.exports import OldExports
from libs.common.retention.sweep import Swept, sweep

from .conftest import Shelf, found

OLD = timedelta(days=31)
KEY = "exports/click_intelligent_export_1.zip"


async def exported(shelf: Shelf, key: str = KEY, *, age: timedelta = OLD, slug: str = "click") -> ExportRow:
    await shelf.store(key, age=age)
    row = ExportRow(
        id=key[-5:],
        slug_id=slug,
        export_type=ExportKind.STANDALONE,
        user_email="ana@example.org",
        file_size=3,
        checksum=key,
        content_digest="d",
        b2_file_name=key,
        created_at=datetime.now(UTC) - age,
    )
    await shelf.parts.database[EXPORT_LOGS].insert_one(row.model_dump(by_alias=True))
    return row


async def size_of(shelf: Shelf, row: ExportRow) -> int:
    document = await shelf.parts.database[EXPORT_LOGS].find_one({"_id": row.id})
    assert document is not None
    return int(document["file_size"])


async def test_the_zip_goes_and_its_row_stays(shelf: Shelf) -> None:
    old = await exported(shelf)
    young = await exported(shelf, "exports/click_2.zip", age=timedelta(days=29))

    (doomed,) = await found(OldExports(shelf.parts))
    assert (doomed.name, doomed.reason) == (KEY, "stored more than 30 days ago")

    assert await sweep([OldExports(shelf.parts)]) == [Swept("exports", 1)]
    assert await shelf.keys() == ["exports/click_2.zip"]
    assert (await size_of(shelf, old), await size_of(shelf, young)) == (0, 3)


async def test_what_no_row_names_goes_when_no_export_can_be_about_to_name_it(shelf: Shelf) -> None:
    await shelf.store("exports/lost.zip", age=spare(shelf.parts.limits) + timedelta(minutes=1))
    await shelf.store("exports/new.zip", age=timedelta(minutes=1))

    await sweep([OldExports(shelf.parts)])

    assert await shelf.keys() == ["exports/new.zip"]


@pytest.mark.parametrize("state", ["queued", "running"])
async def test_an_export_of_the_slug_that_is_under_way_keeps_it(shelf: Shelf, state: str) -> None:
    row = await exported(shelf)
    await shelf.job("export.request", subject="click", state=state)

    assert await found(OldExports(shelf.parts)) == []
    assert await size_of(shelf, row) == 3


async def test_a_job_that_gave_it_out_lately_keeps_it(shelf: Shelf) -> None:
    row = await exported(shelf)
    lately = datetime.now(UTC) - timedelta(hours=23)
    job_id = await shelf.job(
        "export.request",
        subject="click",
        state="succeeded",
        finished_at=lately,
        result={"export_id": row.id},
    )
    await shelf.job("export.request", subject="other", state="running")
    assert await found(OldExports(shelf.parts)) == []

    earlier = {"$set": {"finished_at": lately - timedelta(hours=2)}}
    await shelf.parts.database[JOBS].update_one({"_id": job_id}, earlier)
    assert len(await found(OldExports(shelf.parts))) == 1


async def test_an_export_that_begins_between_finding_and_removing_keeps_it(shelf: Shelf) -> None:
    row = await exported(shelf)
    rule = OldExports(shelf.parts)
    (doomed,) = await found(rule)
    await shelf.job("export.request", subject="click")

    assert await rule.remove(doomed) == 0
    assert await shelf.keys() == [KEY]
    assert await size_of(shelf, row) == 3


async def test_a_sweep_that_died_in_between_is_ended_by_the_next(shelf: Shelf) -> None:
    row = await exported(shelf, age=timedelta(days=1))
    await shelf.parts.database[EXPORT_LOGS].update_one({"_id": row.id}, {"$set": {"file_size": 0}})

    assert await sweep([OldExports(shelf.parts)]) == [Swept("exports", 1)]
    assert await shelf.keys() == []
