"""An export is the experiment: unpacked on a bare machine, it starts and answers as the platform did."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient

from tests.e2e.answers import answers_of, wait_until_served
from tests.e2e.road import EXAMPLES, export
from tests.servers.entrepot import Up
from tests.servers.ray import ray_cluster
from tests.servers.standalone import Standalone, run_to_its_end, standalone, unpack

pytestmark = [pytest.mark.ray, pytest.mark.xdist_group("ray"), pytest.mark.timeout(400)]

OPERATOR = "operator@localhost"
"""Whom the platform takes this machine's callers for; so pages that name the user are the same."""
SECRET = "never-to-be-shown"
SEED = """
import asyncio, motor.motor_asyncio, pathlib, sys, standalone_seed
database = motor.motor_asyncio.AsyncIOMotorClient(sys.argv[1])[sys.argv[2]]
asyncio.run(standalone_seed.seed(database, pathlib.Path()))
"""


@pytest.fixture
def db_name(mongo_uri: str) -> Iterator[str]:
    name = f"standalone_{uuid.uuid4().hex}"
    yield name
    with MongoClient[dict[str, Any]](mongo_uri) as client:
        client.drop_database(name)


def unpacked(visitor: httpx.Client, slug: str, folder: Path) -> Path:
    return unpack(export(visitor, slug, "standalone"), folder / slug)


def client_of(app: Standalone) -> httpx.Client:
    return httpx.Client(base_url=app.base_url, timeout=30)


@pytest.mark.parametrize("slug", EXAMPLES)
def test_it_answers_as_the_platform_does(
    visitor: httpx.Client, mongo_uri: str, db_name: str, tmp_path: Path, slug: str
) -> None:
    wait_until_served(visitor, slug)
    folder = unpacked(visitor, slug, tmp_path)
    if slug == "click_tracker":  # it reads the other's data, which its own export does not carry
        other = unpacked(visitor, "click", tmp_path)
        subprocess.run([sys.executable, "-c", SEED, mongo_uri, db_name], cwd=other, check=True, timeout=60)

    with (
        standalone(folder, mongo_uri, DB_NAME=db_name, STANDALONE_USER_EMAIL=OPERATOR) as app,
        client_of(app) as here,
    ):
        alone = answers_of(here, slug)

    platform = answers_of(visitor, slug)
    assert alone.keys() == platform.keys()
    for path, answer in platform.items():
        assert alone[path] == answer, path
    assert [answer.status for answer in platform.values()].count(200) >= len(platform) - 2


def test_without_an_address_it_says_what_to_set(visitor: httpx.Client, tmp_path: Path) -> None:
    ended = run_to_its_end(unpacked(visitor, "click", tmp_path))
    assert ended.returncode == 1
    assert ended.stdout == ""
    [line] = ended.stderr.splitlines()
    assert "Set MONGO_URI" in line


def test_it_starts_whole_and_ends_whole(
    visitor: httpx.Client, stage: Up, mongo_uri: str, db_name: str, tmp_path: Path
) -> None:
    """Data, indexes, the redirect, what is not shown, what is listened on, a restart, and the end."""
    folder = unpacked(visitor, "store-front", tmp_path)
    address = f"{mongo_uri}&appname={SECRET}"
    with (
        MongoClient[RawBSONDocument](mongo_uri, document_class=RawBSONDocument) as mongo,
        standalone(folder, address, DB_NAME=db_name) as app,
        client_of(app) as here,
    ):
        first = here.get("/")
        assert (first.status_code, first.headers["location"]) == (307, "/experiments/store-front/")
        for path in ("/docs", "/redoc", "/openapi.json", "/debug", "/env", "/config", "/standalone_main.py"):
            assert here.get(path).status_code == 404
        assert [one.laddr.ip for one in _listening(app)] == ["127.0.0.1"]
        log = app.log.read_text()
        assert SECRET not in log
        assert "store-front_alike: skipped: it needs MongoDB Atlas" in log
        products = mongo[db_name]["store-front_products"]
        assert _indexes(products) >= {"store-front_words", "store-front_shelf", "store-front_one_sku"}
        assert products.index_information()["store-front_one_sku"]["unique"]
        [removed] = products.find({}, {"_id": 1}).limit(1)
        products.delete_one({"_id": removed["_id"]})
        count = products.count_documents({})
        family = psutil.Process(app.process.pid).children(recursive=True)
        app.stop()
        assert not psutil.wait_procs(family, timeout=20)[1]

        app.start()
        assert products.count_documents({}) == count
        assert here.get("/experiments/store-front/").status_code == 200


def test_nobody_is_signed_in_unless_named(
    visitor: httpx.Client, mongo_uri: str, db_name: str, tmp_path: Path
) -> None:
    folder = unpacked(visitor, "event_board", tmp_path)
    with standalone(folder, mongo_uri, DB_NAME=db_name) as app, client_of(app) as here:
        event = {"title": "A", "place": "B", "starts_at": "2030-01-01T10:00", "seats": "3"}
        refused = here.post("/experiments/event_board/events", data=event)
        assert refused.status_code == 401
        assert "STANDALONE_USER_EMAIL" in refused.json()["detail"]
        assert here.get("/experiments/event_board/").status_code == 200


@pytest.mark.parametrize("port", ["eighty", "-1", "70000"])
def test_what_is_no_port_is_told_in_a_line(visitor: httpx.Client, tmp_path: Path, port: str) -> None:
    folder = unpacked(visitor, "click", tmp_path)
    ended = run_to_its_end(folder, MONGO_URI="mongodb://127.0.0.1:1", PORT=port)
    assert ended.returncode == 1
    assert ended.stderr.strip() == "Set PORT to a number up to 65535, for example PORT=8000"


def test_a_cluster_runs_its_actor_and_keeps_nothing(
    visitor: httpx.Client, mongo_uri: str, db_name: str, tmp_path: Path
) -> None:
    folder = unpacked(visitor, "click_tracker", tmp_path)
    with ray_cluster() as cluster:
        with (
            standalone(folder, mongo_uri, DB_NAME=db_name, **cluster.environment) as app,
            client_of(app) as here,
        ):
            assert here.get("/experiments/click_tracker/api/data").json()["goals"]
            assert cluster.named_actors() == ["click_tracker-actor"]
        assert cluster.named_actors() == []


def test_its_requirements_are_all_that_it_needs(
    visitor: httpx.Client, mongo_uri: str, db_name: str, tmp_path: Path
) -> None:
    """As its README says, with an environment that holds nothing else."""
    folder = unpacked(visitor, "click_tracker", tmp_path)
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True, timeout=120)
    python = str(venv / "bin" / "python")
    install = [python, "-m", "pip", "install", "--quiet", "--no-input", "-r", "requirements.txt"]
    subprocess.run(install, cwd=folder, check=True, timeout=280)
    with standalone(folder, mongo_uri, python=python, DB_NAME=db_name) as app, client_of(app) as here:
        assert here.get("/experiments/click_tracker/").status_code == 200
        assert here.get("/experiments/click_tracker/api/data").json()["goals"]


def _listening(app: Standalone) -> list[Any]:
    connections = psutil.Process(app.process.pid).net_connections("tcp")
    return [one for one in connections if one.status == psutil.CONN_LISTEN and one.laddr.port == app.port]


def _indexes(collection: Any) -> set[str]:
    return set(collection.index_information())
