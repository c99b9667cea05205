"""Room on disks is told of the folder that is there, or of the one in which it will be."""

from __future__ import annotations

import shutil
from collections import namedtuple
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from libs.common.settings import Settings
from libs.common.telemetry.machine import read_disks

Usage = namedtuple("Usage", "total used free")


def free(folder: str) -> float:
    value = REGISTRY.get_sample_value("entrepot_disk_free_bytes", {"folder": folder})
    assert value is not None
    return value


@pytest.mark.parametrize("there", [True, False])
def test_home_and_temporary_folder_are_told_apart(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    if there:
        settings.home.mkdir(parents=True)
    asked: list[Path] = []

    def usage(folder: Path) -> Usage:
        asked.append(folder)
        return Usage(100, 40, 60 if folder.is_relative_to(tmp_path) else 7)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    read_disks(settings)

    assert (free("home"), free("temporary")) == (60, 7)
    assert asked[0] == (settings.home if there else tmp_path)
