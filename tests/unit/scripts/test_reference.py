"""The reference is what the code says, whole, and stands in the repository as it is made."""

from __future__ import annotations

import pytest
from pydantic import ByteSize
from pydantic_settings import BaseSettings

from libs.common.limits import Limits
from libs.common.settings import Settings
from libs.manage.main import COMMANDS
from scripts.docs import DOCS, reference
from scripts.reference import commands_page, descriptions, settings_page


@pytest.mark.parametrize("name", sorted(reference()))
def test_what_stands_in_the_repository_is_what_the_code_says(name: str) -> None:
    assert (DOCS / name).read_bytes() == reference()[name], "run `make docs`"


@pytest.mark.parametrize("model", [Settings, Limits])
def test_every_setting_says_what_it_is_for(model: type[BaseSettings]) -> None:
    described = dict(descriptions(model))
    assert described.keys() >= model.model_fields.keys()
    assert all(text.endswith(".") for text in described.values())


def test_settings_stand_by_the_name_that_the_environment_has() -> None:
    page = settings_page()
    for name in ("`ENTREPOT_HOME`", "`ENTREPOT_ADMIN_TOKEN`", "`AMQP_URL`", "`KEPT_VERSIONS`"):
        assert page.count(f"| {name} |") == 1


def test_defaults_are_written_as_an_operator_writes_them() -> None:
    page, size = settings_page(), Limits.model_fields["upload_packed_limit"].default
    assert isinstance(size, ByteSize)
    assert f"| `UPLOAD_PACKED_LIMIT` | `{size.human_readable()}` |" in page
    assert "| `TRUST_LOOPBACK` | `1` |" in page
    assert "| `MONGO_URI` | unset |" in page


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_described(command: str) -> None:
    assert f"### `./manage.py {command}`" in commands_page()


def test_commands_of_groups_are_described_too() -> None:
    assert "#### `./manage.py tokens create`" in commands_page()
