"""The fields of an upload, as the importer gets them."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from libs.common.blobs import Blob
from libs.common.events.import_data import WithData
from services.gateway.resources.imports import ImportFields
from services.gateway.uploads import Upload


def test_data_are_left_alone_by_default() -> None:
    fields = ImportFields.model_validate({})
    assert (fields.with_data, fields.accept_cut) == (WithData.SKIP, False)


@pytest.mark.parametrize("mode", list(WithData))
def test_what_to_do_with_data_reaches_the_importer(mode: WithData) -> None:
    fields = ImportFields.model_validate({"with_data": str(mode), "accept_cut": "1"})
    given = dict.fromkeys(Blob.__dataclass_fields__) | {"key": "uploads/x.zip"}
    command = fields.as_command(Upload(blob=Blob(**given), filename="x.zip", fields={}))  # type: ignore[arg-type]
    assert (command.with_data, command.accept_cut) == (mode, True)


@pytest.mark.parametrize("wrong", [{"with_data": "all"}, {"with_data": ""}, {"accept_cut": "perhaps"}])
def test_anything_else_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        ImportFields.model_validate(wrong)
