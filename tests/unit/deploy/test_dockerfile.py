"""`deploy/Dockerfile`, as far as it can be read."""

from __future__ import annotations

import re
import tomllib

import pytest

from libs.manage.up import SERVICES
from tests.servers.entrepot import ROOT

DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
STAGES = {
    re.findall(r" AS ([\w-]+)$", stage.splitlines()[0])[0]: stage
    for stage in re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)[1:]
}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.mark.parametrize("service", SERVICES)
def test_a_target_has_its_own_service_and_extra_only(service: str) -> None:
    assert re.findall(r"--extra (\w+)", STAGES[f"build-{service}"]) == [service]
    assert re.findall(r"COPY services/(\w+) ", STAGES[service]) == [service]
    assert f"--from=build-{service} " in STAGES[service]


@pytest.mark.parametrize("target", [*SERVICES, "ray"])
def test_a_target_runs_as_somebody_without_rights(target: str) -> None:
    assert re.findall(r"^USER (.*)$", STAGES[target], re.MULTILINE) == ["10001:10001"]
    assert re.search(r"^CMD \[", STAGES[target], re.MULTILINE), "signals would reach a shell"


def test_nodes_have_what_importer_and_benchmarks_have() -> None:
    assert re.findall(r"--extra (\w+)", STAGES["build-ray"]) == ["importer", "benchmarks"]
    assert {"importer", "benchmarks"} <= PROJECT["project"]["optional-dependencies"].keys()


def test_what_installs_stays_behind() -> None:
    for target in [*SERVICES, "ray", "service", "base"]:
        assert not re.search(r"\b(pip|uv|apt-get|gcc)\b.* install", STAGES[target])
        assert "/opt/tools" not in STAGES[target]


def test_what_is_copied_exists_and_is_not_ignored() -> None:
    allowed = re.findall(r"^!(.*)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    for source in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE):
        for path in source.split():
            assert (ROOT / path).exists()
            assert any(path == name or path.startswith(f"{name}/") for name in allowed), path


def test_uv_is_the_version_that_wrote_the_lock() -> None:
    [pinned] = re.findall(r"^UV_VERSION := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert f"ARG UV_VERSION={pinned}\n" in DOCKERFILE
