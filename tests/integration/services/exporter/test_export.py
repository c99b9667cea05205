"""Whole exports on a real database: contents, names, reuse, healing, races."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace

import orjson
import pytest

from libs.common.events.exports import ExportKind
from libs.common.parts import Parts
from libs.common.registry import ExperimentNotFound
from services.exporter.export import Exporter
from tests.integration.services.exporter.conftest import FILES, Export, Register

PLATFORM_FILES = {
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
DOCKER_FILES = {"Dockerfile", "docker-compose.yml", ".dockerignore"}


async def test_upload_ready_holds_the_experiments_files_alone(register: Register, export: Export) -> None:
    await register("click", name="Click")
    made = await export("click", ExportKind.UPLOAD_READY)
    assert set(made.zip.namelist()) == {*FILES, "manifest.json"}
    assert made.zip.read("static/logo.png") == FILES["static/logo.png"]
    assert made.zip.read("manifest.json") == orjson.dumps({"name": "Click"})
    assert b'src="/experiments/click/static/logo.png" data-src="static/logo.png"' in made.zip.read(
        "templates/index.html"
    )


async def test_standalone_holds_platform_files_data_and_code(
    register: Register, export: Export, parts: Parts
) -> None:
    await register("click", name="Click", data_scope=["self"])
    await parts.database["click_clicks"].insert_many([{"n": n} for n in range(3)])
    made = await export("click")
    names = set(made.zip.namelist())
    assert names >= PLATFORM_FILES
    assert names >= {f"experiments/click/{name}" for name in (*FILES, "manifest.json")}
    assert not names & DOCKER_FILES
    data = orjson.loads(made.zip.read("db_collections.json"))
    assert [document["n"] for document in data["click_clicks"]] == [0, 1, 2]
    assert orjson.loads(made.zip.read("db_config.json")) == {
        "name": "Click",
        "data_scope": ["self"],
        "slug": "click",
        "platform": {"settings": {}},
    }
    assert b"httpx>=0.28" in made.zip.read("requirements.txt")


async def test_docker_is_standalone_with_docker_files(register: Register, export: Export) -> None:
    await register("click")
    standalone, docker = await export("click"), await export("click", ExportKind.DOCKER)
    assert set(docker.zip.namelist()) - set(standalone.zip.namelist()) == DOCKER_FILES


async def test_the_answer_names_what_is_stored(register: Register, export: Export, parts: Parts) -> None:
    await register("click")
    made = await export("click")
    completed = made.completed
    assert completed.filename is not None
    assert re.fullmatch(r"click_intelligent_export_\d{8}_\d{6}_\d{6}\.zip", completed.filename)
    assert completed.checksum == hashlib.sha256(made.content).hexdigest()
    assert completed.file_size == len(made.content)
    assert completed.download_url == f"http://127.0.0.1:8080/api/exports/{completed.export_id}/download"
    row = await parts.database["export_logs"].find_one({"_id": completed.export_id})
    assert row == {
        "_id": completed.export_id,
        "slug_id": "click",
        "export_type": "standalone",
        "user_email": "ana@example.com",
        "file_size": completed.file_size,
        "checksum": completed.checksum,
        "content_digest": completed.content_digest,
        "b2_file_name": f"exports/{completed.filename}",
        "created_at": completed.created_at,
    }


async def test_the_longest_slug_owns_a_collection(register: Register, export: Export, parts: Parts) -> None:
    await register("click")
    await register("click_tracker")
    await parts.database["click_clicks"].insert_one({"of": "click"})
    await parts.database["click_tracker_hits"].insert_one({"of": "click_tracker"})
    await parts.database["click_old_hits"].insert_one({"of": "click_old"})
    # click_old was deleted and its data kept.
    await parts.database["experiment_versions"].insert_one({"slug": "click_old", "revision": 1})
    made = await export("click")
    assert list(orjson.loads(made.zip.read("db_collections.json"))) == ["click_clicks"]
    assert [each.name for each in made.completed.collections] == ["click_clicks"]


async def test_a_cut_is_reported_everywhere(register: Register, parts: Parts, export: Export) -> None:
    await register("click")
    await parts.database["click_clicks"].insert_many([{"_id": 9 - n} for n in range(10)])
    limited = replace(parts, limits=parts.limits.model_copy(update={"export_document_limit": 4}))
    made = await export("click", exporter=Exporter(limited))
    [report] = made.completed.collections
    assert (report.exported, report.total, report.truncated) == (4, 10, True)
    assert "click_clicks: only the first 4 of 10 documents were exported." in made.completed.warnings
    assert [row["_id"] for row in orjson.loads(made.zip.read("db_collections.json"))["click_clicks"]] == [
        0,
        1,
        2,
        3,
    ]
    assert orjson.loads(made.zip.read("db_types.json"))["collections"]["click_clicks"]["total"] == 10
    assert "| `click_clicks` | 4 | 10 | **cut**" in made.zip.read("README.md").decode()


async def test_secrets_and_litter_stay_and_are_reported(register: Register, export: Export) -> None:
    secret = b"hunter2-hunter2"
    await register(
        "click",
        {
            ".env": secret,
            "keys/server.pem": secret,
            ".ssh/id_rsa": secret,
            ".git/config": secret,
            "__pycache__/actor.cpython-311.pyc": secret,
            ".env.example": b"TOKEN=",
        },
    )
    made = await export("click")
    contents = {name: made.zip.read(name) for name in made.zip.namelist()}
    assert not any(secret in content for content in contents.values())
    assert "experiments/click/.env.example" in contents
    left_out = {".env", "keys/server.pem", ".ssh/", ".git/", "__pycache__/"}
    assert {f"Left out of the export: {path}" for path in left_out} <= set(made.completed.warnings)


async def test_nothing_of_the_environment_goes_in(
    register: Register, export: Export, parts: Parts, mongo_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_SECRET", "swordfish-swordfish")
    await register("click")
    made = await export("click", ExportKind.DOCKER)
    for name in made.zip.namelist():
        content = made.zip.read(name)
        assert b"swordfish" not in content
        assert mongo_uri.encode() not in content
        assert str(parts.settings.home).encode() not in content


@pytest.mark.parametrize("status", ["draft", "archived", "inactive"])
async def test_only_active_experiments_are_exported(register: Register, export: Export, status: str) -> None:
    await register("click", status=status)
    with pytest.raises(ExperimentNotFound):
        await export("click")


async def test_an_unknown_slug_is_not_found(export: Export) -> None:
    with pytest.raises(ExperimentNotFound):
        await export("nothing")


async def test_operator_settings_count(register: Register, parts: Parts, export: Export) -> None:
    await register("click", status="draft")
    await parts.database["experiments_config"].update_one(
        {"_id": "click"}, {"$set": {"platform.settings": {"status": "active"}}}
    )
    made = await export("click")
    config = orjson.loads(made.zip.read("db_config.json"))
    assert (config["status"], config["platform"]["settings"]) == ("draft", {"status": "active"})


async def test_a_changed_working_copy_is_warned_of(register: Register, parts: Parts, export: Export) -> None:
    await register("click")
    copy = parts.settings.working_copies_dir / "click"
    copy.mkdir(parents=True)
    (copy / "actor.py").write_text("# edited by hand")
    made = await export("click", ExportKind.UPLOAD_READY)
    assert any("working copy of click differs" in warning for warning in made.completed.warnings)
    assert made.zip.read("actor.py") == FILES["actor.py"]


async def test_an_estimate_builds_nothing(register: Register, parts: Parts) -> None:
    await register("click")
    await parts.database["click_clicks"].insert_many([{"text": "x" * 1000} for _ in range(50)])
    completed = await Exporter(parts).estimate("click", ExportKind.STANDALONE)
    assert completed.estimate is not None
    assert (completed.estimate.documents, completed.estimate.fits) == (50, True)
    assert 50_000 < completed.estimate.unpacked_size < 100_000
    assert completed.export_id is None
    assert await parts.database["export_logs"].count_documents({}) == 0


async def test_an_export_too_large_to_import_says_so(
    register: Register, parts: Parts, export: Export
) -> None:
    await register("click")
    await parts.database["click_clicks"].insert_one({"text": "x" * 1000})
    small = parts.limits.model_copy(update={"upload_packed_limit": 100, "upload_unpacked_limit": 100})
    made = await export("click", exporter=Exporter(replace(parts, limits=small)))
    assert any("larger than an import takes" in warning for warning in made.completed.warnings)
    assert any("can be imported again" in warning for warning in made.completed.warnings)
