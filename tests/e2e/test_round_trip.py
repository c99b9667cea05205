"""Export, edit, import, export: nothing is lost, and the same content gives the same bytes."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import httpx
import pytest

from services.importer.platform_files import OURS, platform_files
from tests.e2e.road import EXAMPLES, KINDS, answered, edited, export, members, upload
from tests.servers.entrepot import Served, up

REQUIRED = {"manifest.json", "actor.py", "__init__.py"}
PLATFORM = {
    "standalone_main.py",
    "db_config.json",
    "db_collections.json",
    "db_types.json",
    "async_mongo_wrapper.py",
    "mongo_connection_pool.py",
    "experiment_db.py",
    "core_deps.py",
    "requirements.txt",
    "README.md",
}
DOCKER = {"Dockerfile", "docker-compose.yml"}


def test_the_examples_are_there(http: httpx.Client) -> None:
    listed = answered(http.get("/api/experiments"))["experiments"]

    assert {entry["slug"] for entry in listed} >= set(EXAMPLES)
    assert all({"slug", "name", "status", "version"} <= entry.keys() for entry in listed)


@pytest.mark.parametrize("slug", EXAMPLES)
def test_each_kind_holds_what_it_should(http: httpx.Client, slug: str) -> None:
    standalone, bare, docker = (set(members(export(http, slug, kind))) for kind in KINDS)
    prefix = f"experiments/{slug}/"

    assert bare >= REQUIRED
    assert not bare & PLATFORM - {"requirements.txt", "README.md"}
    assert standalone >= PLATFORM | {prefix + name for name in bare}
    assert not standalone & DOCKER
    assert docker >= standalone | DOCKER
    # What an export adds at its root is what an import knows to drop.
    at_root = {name for name in standalone if "/" not in name}
    assert at_root == platform_files(at_root) | {"requirements.txt", "README.md"}
    assert at_root >= OURS


@pytest.mark.parametrize("kind", KINDS)
def test_importing_an_export_restores_it_to_the_byte(http: httpx.Client, kind: str) -> None:
    original = export(http, "click", kind)
    bare = export(http, "click", "upload-ready")
    answered(upload(http, edited(bare, line=f"# {kind}")))
    changed = export(http, "click", kind)
    assert changed != original

    answer = answered(upload(http, original))

    assert answer["plan"]["changed"] == ["actor.py"]
    assert not answer["plan"]["added"] + answer["plan"]["removed"]
    assert export(http, "click", kind) == original


def test_other_zones_locales_and_umasks_give_the_same_bytes(http: httpx.Client, tmp_path: Path) -> None:
    strange = {"TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "7", "umask": "077"}

    with (
        up(tmp_path / "elsewhere" / "home", **strange) as other,
        httpx.Client(base_url=other.base_url, timeout=60, headers={"Prefer": "wait=45"}) as elsewhere,
    ):
        for slug, kind in product(EXAMPLES, KINDS):
            assert export(elsewhere, slug, kind) == export(http, slug, kind), (slug, kind)


def test_an_unchanged_export_is_reused(http: httpx.Client) -> None:
    first = answered(http.get("/api/package-docker/store-front"))
    second = answered(http.get("/api/package-docker/store-front/"))

    assert second["reused"]
    assert second["export_id"] == first["export_id"]
    history = answered(http.get("/api/exports", params={"slug": "store-front"}))["exports"]
    assert [entry["export_id"] for entry in history].count(first["export_id"]) == 1


def test_a_cut_collection_is_told_everywhere(http: httpx.Client) -> None:
    answer = answered(http.get("/api/package-standalone/sensor_log"))
    cut = [entry for entry in answer["collections"] if entry["truncated"]]

    assert cut, "one example has more than 10,000 documents"
    assert all(entry["exported"] == 10_000 < entry["total"] for entry in cut)
    packed = members(export(http, "sensor_log", "standalone"))
    readme = packed["README.md"].decode()
    data = json.loads(packed["db_collections.json"])
    for entry in cut:
        assert len(data[entry["name"]]) == 10_000
        assert entry["name"] in readme


def test_a_prefix_slug_never_takes_anothers_data(http: httpx.Client) -> None:
    click = json.loads(members(export(http, "click", "standalone"))["db_collections.json"])
    tracker = json.loads(members(export(http, "click_tracker", "standalone"))["db_collections.json"])

    assert click
    assert tracker
    assert not [name for name in click if name.startswith("click_tracker_")]
    assert all(name.startswith("click_tracker_") for name in tracker)


def test_a_rollback_brings_back_the_version_before(http: httpx.Client) -> None:
    original = export(http, "event_board", "upload-ready")
    answered(upload(http, edited(original, line="# version two")))

    answer = answered(http.post("/api/experiments/event_board/rollback"))

    assert answer["revision"] == 3
    assert export(http, "event_board", "upload-ready") == original
    versions = answered(http.get("/api/experiments/event_board/versions"))["versions"]
    assert [entry["revision"] for entry in versions] == [3, 2, 1]


@pytest.mark.parametrize("mode", ["merge", "replace"])
def test_data_come_back_with_their_types_and_the_former_ones_are_kept(http: httpx.Client, mode: str) -> None:
    before = members(export(http, "click_tracker", "standalone"))
    answer = answered(upload(http, export(http, "click_tracker", "standalone"), with_data=mode))

    assert answer["plan"]["data"]["mode"] == mode
    back = answered(
        http.post(
            "/api/experiments/click_tracker/restore-data", json={"kept_data": answer["kept_data"]["id"]}
        )
    )
    assert back["status"] == "success"
    after = members(export(http, "click_tracker", "standalone"))
    for name in ("db_collections.json", "db_types.json"):
        assert after[name] == before[name]


def test_an_import_under_another_slug_is_another_experiment(http: httpx.Client) -> None:
    original = export(http, "store-front", "upload-ready")

    answer = answered(upload(http, original, slug_id="second-store"))

    assert answer["slug"] == "second-store"
    assert answer["plan"]["action"] == "create"
    assert export(http, "store-front", "upload-ready") == original
    answered(http.delete("/api/experiments/second-store"))
    assert http.get("/api/experiments/second-store").status_code == 404


def test_a_dry_run_changes_nothing(http: httpx.Client) -> None:
    original = export(http, "click", "upload-ready")
    before = answered(http.get("/api/experiments/click"))

    plan = answered(upload(http, edited(original, line="# planned"), dry_run="true"))["plan"]

    assert "actor.py" in plan["changed"]
    assert answered(http.get("/api/experiments/click")) == before
    assert export(http, "click", "upload-ready") == original


def test_downloads_follow_the_browser(platform: Served) -> None:
    with httpx.Client(base_url=platform.base_url, timeout=60, follow_redirects=True) as browser:
        asked = browser.get("/api/package-upload-ready/click?download=1")
        accepted = browser.get("/api/package-upload-ready/click", headers={"Accept": "application/zip"})

    assert asked.content == accepted.content
    assert asked.headers["content-type"] == "application/zip"
    assert "click_intelligent_export_" in asked.headers["content-disposition"]
