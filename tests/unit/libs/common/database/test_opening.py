from __future__ import annotations

import pytest
from pymongo.errors import NotPrimaryError, OperationFailure, PyMongoError, WriteConcernError

from libs.common.database import opening
from libs.common.database.client import DatabaseUnavailable
from libs.common.settings import Settings


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (NotPrimaryError("stepped down"), DatabaseUnavailable),
        (WriteConcernError("operation was interrupted"), DatabaseUnavailable),
        (OperationFailure("an index of this name has other options"), OperationFailure),
    ],
    ids=["election", "interrupted", "ours-to-mend"],
)
async def test_who_starts_in_an_election_says_so(
    monkeypatch: pytest.MonkeyPatch, raised: PyMongoError, told: type[Exception]
) -> None:
    async def well(*_: object) -> None: ...

    async def broken(*_: object) -> None:
        raise raised

    monkeypatch.setattr(opening, "check", well)
    monkeypatch.setattr("libs.common.migrations.schema.Schema.bring_forward", well)
    monkeypatch.setattr(opening, "ensure_indexes", broken)
    with pytest.raises(told):
        async with opening.open_database(Settings(mongo_uri="mongodb://127.0.0.1:1/")):
            pytest.fail("it is not open")
