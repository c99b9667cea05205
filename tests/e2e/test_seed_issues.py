"""The five issues that the specification of exports and imports tells of, each made to happen as its users did."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.e2e.road import answered, edited, export, members, pack, upload

SLUG = "click"
PLATFORM_FILES = {"standalone_main.py", "db_config.json", "db_collections.json", "experiment_db.py"}


def planned(http: httpx.Client, contents: dict[str, bytes], **fields: str) -> dict[str, Any]:
    """What an upload of these files would do."""
    answer = answered(upload(http, pack(contents), slug_id=SLUG, dry_run="true", **fields))
    return dict(answer["plan"])


def told(plan: dict[str, Any]) -> dict[str, str | None]:
    return {warning["code"]: warning.get("path") for warning in plan["warnings"]}


@pytest.fixture
def code(http: httpx.Client) -> dict[str, bytes]:
    return members(export(http, SLUG, "upload-ready"))


def test_issue_1_platform_files_of_a_standalone_export_are_left_out(http: httpx.Client) -> None:
    before, alone = export(http, SLUG, "upload-ready"), export(http, SLUG, "standalone")
    assert members(alone).keys() >= PLATFORM_FILES

    answer = answered(upload(http, alone))

    assert set(answer["plan"]["dropped"]) >= PLATFORM_FILES
    assert members(export(http, SLUG, "upload-ready")) == members(before)


@pytest.mark.parametrize("missing", ["manifest.json", "actor.py", "__init__.py"])
def test_issue_2_a_missing_file_is_named_with_where_it_belongs(
    http: httpx.Client, code: dict[str, bytes], missing: str
) -> None:
    left = {name: content for name, content in code.items() if name != missing}
    wrong_case = left | {missing.upper(): code[missing]}

    for contents in (left, wrong_case):
        problems = answered(upload(http, pack(contents), slug_id=SLUG), 422)["errors"]
        assert [problem["path"] for problem in problems if problem["code"] == "missing-file"] == [missing]
    assert missing.upper() in str(problems)


def test_issue_3_what_will_not_work_is_said_before_anything_is_installed(
    http: httpx.Client, code: dict[str, bytes]
) -> None:
    """That a version which does not start leaves the one before serving is shown in tests/e2e/test_hosted.py."""
    broken = {"__init__.py": code["__init__.py"] + b"\ndef (:\n", "actor.py": b"class Other: ...\n"}
    problems = answered(upload(http, pack(code | broken), slug_id=SLUG), 422)["errors"]
    assert {problem["path"] for problem in problems} == {"__init__.py", "actor.py"}

    unmet = {"__init__.py": b"import pandas\n" + code["__init__.py"]}
    assert told(planned(http, code | unmet))["import-not-provided"] == "__init__.py"


def test_issue_4_equal_exports_are_stored_once(http: httpx.Client, code: dict[str, bytes]) -> None:
    answered(upload(http, pack(code | {"note.txt": b"new content"}), slug_id=SLUG))
    with ThreadPoolExecutor(4) as pool:
        asked = list(pool.map(lambda _: http.get(f"/api/package-docker/{SLUG}"), range(4)))

    answers = [answered(response) for response in asked]

    assert sorted(answer["reused"] for answer in answers) == [False, True, True, True]
    assert len({(answer["checksum"], answer["export_id"]) for answer in answers}) == 1
    answered(upload(http, pack(code), slug_id=SLUG))


def test_issue_5_paths_of_static_files_are_mended_or_named(
    http: httpx.Client, code: dict[str, bytes]
) -> None:
    page = "templates/index.html"
    assert b'"/experiments/click/static/mark.svg"' in code[page]
    assert members(export(http, SLUG, "standalone"))[f"experiments/{SLUG}/{page}"] == code[page]

    relative = code | {page: code[page].replace(b"/experiments/click/static/", b"static/")}

    warned = [each for each in planned(http, relative)["warnings"] if each["code"] == "relative-static-path"]
    assert {each["path"] for each in warned} == {page}
    assert all(each["line"] and "/experiments/click/static/" in each["remedy"] for each in warned)


def test_an_upload_with_its_lines_edited_is_none_of_these(http: httpx.Client) -> None:
    packed = edited(export(http, SLUG, "upload-ready"), line="# as it should be")
    assert answered(upload(http, packed, dry_run="true"))["plan"]["warnings"] == []
