from __future__ import annotations

import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from libs.common.limits import Limits
from libs.manage.doctor.finding import Verdict
from libs.manage.doctor.machine import examine_machine
from tests.conftest import MakeSettings

Usage = namedtuple("Usage", "total used free")


def verdicts(make_settings: MakeSettings, **values: object) -> dict[str, Verdict]:
    return {each.check: each.verdict for each in examine_machine(make_settings(**values), Limits())}


def test_a_disk_without_room_for_an_import_is_a_warning(
    make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(2**40, 0, 2**40))
    assert verdicts(make_settings)["disk"] is Verdict.OK
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(2**40, 2**40, 2**30))
    assert verdicts(make_settings)["disk"] is Verdict.WARNING


def test_a_folder_is_judged_though_it_does_not_exist_yet(make_settings: MakeSettings, tmp_path: Path) -> None:
    settings = make_settings(home=tmp_path / "not" / "yet" / "there")
    assert {each.verdict for each in examine_machine(settings, Limits()) if each.check == "disk"} == {
        Verdict.OK
    }


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ({}, Verdict.OK),
        ({"host": "0.0.0.0"}, Verdict.WARNING),
        ({"host": "0.0.0.0", "public_url": "http://entrepot.example"}, Verdict.WARNING),
        ({"host": "0.0.0.0", "public_url": "https://entrepot.example"}, Verdict.OK),
    ],
)
def test_an_open_address_wants_tls(
    make_settings: MakeSettings, values: dict[str, object], verdict: Verdict
) -> None:
    assert verdicts(make_settings, **values)["address"] is verdict
