"""A user's mistake gets a clear 4xx that lists every problem, and changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from tests.corpus import HONEST, HOSTILE
from tests.corpus.cases import HonestZip, HostileZip
from tests.e2e.road import answered, export, members, pack, upload


@pytest.fixture
def unchanged(http: httpx.Client) -> Iterator[None]:
    """Whatever the test sends, the experiments afterwards are those from before."""
    before = answered(http.get("/api/experiments"))
    yield
    assert answered(http.get("/api/experiments")) == before


@pytest.mark.parametrize("kind", ["standalone", "upload-ready", "docker"])
@pytest.mark.parametrize("slug", ["nobody", "..%2f..%2fetc", "Click", "click%00", "a" * 200])
def test_an_unknown_slug_is_not_found(http: httpx.Client, kind: str, slug: str) -> None:
    response = http.get(f"/api/package-{kind}/{slug}")

    assert response.status_code == 404
    assert response.headers["content-type"].startswith("application/problem+json")


def test_an_inactive_experiment_is_not_found(http: httpx.Client) -> None:
    contents = members(export(http, "click", "upload-ready"))
    manifest = json.loads(contents["manifest.json"]) | {"status": "archived"}
    archived = pack(contents | {"manifest.json": json.dumps(manifest).encode()})
    answered(upload(http, archived, slug_id="asleep"))

    assert http.get("/api/package-standalone/asleep").status_code == 404
    answered(http.delete("/api/experiments/asleep"))


@pytest.mark.usefixtures("unchanged")
def test_every_problem_of_a_zip_is_listed(http: httpx.Client) -> None:
    packed = pack({"manifest.json": b"{broken", "actor.py": b"def (:\n", "../escape.py": b""})

    response = upload(http, packed, slug_id="click")

    problems = answered(response, 422)["errors"]
    assert {problem["path"] for problem in problems} >= {"../escape.py"}
    assert all(problem["message"] and problem["category"] for problem in problems)


@pytest.mark.usefixtures("unchanged")
def test_incomplete_code_is_refused_with_all_reasons(http: httpx.Client) -> None:
    packed = pack({"manifest.json": b"[]", "actor.py": b"class Other: ...\n", "__init__.py": b"x = (\n"})

    problems = answered(upload(http, packed, slug_id="click"), 422)["errors"]

    assert {problem["path"] for problem in problems} >= {"manifest.json", "actor.py", "__init__.py"}


@pytest.mark.usefixtures("unchanged")
def test_a_file_that_is_no_zip_is_refused(http: httpx.Client) -> None:
    assert upload(http, b"hello", "notes.txt").status_code in {400, 415, 422}
    assert upload(http, b"", "empty.zip").status_code in {400, 415, 422}


@pytest.mark.usefixtures("unchanged")
def test_a_wrong_form_is_refused(http: httpx.Client) -> None:
    address = "/admin/api/upload-experiment"
    zipped = ("x.zip", pack({"a": b"b"}), "application/zip")

    assert http.post(address, files={"wrong": zipped}).status_code == 400
    assert http.post(address, data={"slug_id": "click"}).status_code == 400
    assert http.post(address, json={"file": "x"}).status_code in {400, 415}
    assert http.post(address).status_code in {400, 415}
    assert upload(http, zipped[1], on_conflict="maybe").status_code == 400


def identity(case: HostileZip | HonestZip) -> str:
    return case.id


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("case", HOSTILE[::6], ids=identity)
def test_a_hostile_zip_is_refused_with_its_reasons(http: httpx.Client, case: HostileZip) -> None:
    response = upload(http, case.build(), f"{case.id}.zip", slug_id="corpus-target")

    assert response.status_code in {400, 415, 422}, response.text
    if response.status_code == 422:
        assert {problem["code"] for problem in response.json()["errors"]} & case.codes


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("case", HONEST[::6], ids=identity)
def test_an_honest_zip_is_read_and_judged_by_its_contents(http: httpx.Client, case: HonestZip) -> None:
    response = upload(http, case.build(), f"{case.id}.zip", slug_id="corpus-target", dry_run="true")

    missing = {problem["path"] for problem in answered(response, 422)["errors"]}
    assert {"actor.py", "__init__.py"} <= missing
