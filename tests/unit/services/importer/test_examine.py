from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from libs.common.archive.digest import hash_tree
from libs.common.archive.limits import ArchiveLimits
from libs.common.limits import Limits
from libs.common.manifest.comment import write_comment
from libs.common.versions import version_digest
from services.importer.examine import Examined, InvalidUpload, Upload, examine
from tests.corpus import HONEST, HOSTILE
from tests.corpus.cases import HonestZip, HostileZip
from tests.unit.services.importer.zips import experiment, write_tree, zip_file

LIMITS = ArchiveLimits.of_experiments(Limits())


def examined(
    path: Path, *, slug: str | None = None, name: str = "x.zip", limits: ArchiveLimits = LIMITS
) -> Examined:
    return examine(Upload(path, name, slug), path.parent / "tree", limits)


def refused(path: Path, *, slug: str | None = None, limits: ArchiveLimits = LIMITS) -> set[str]:
    with pytest.raises(InvalidUpload) as refusal:
        examined(path, slug=slug, limits=limits)
    return {problem.code for problem in refusal.value.problems}


def content(tree: Path) -> dict[str, str]:
    return {str(path.relative_to(tree)): path.read_text() for path in tree.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "prefix", ["", "click/", "experiments/click/", "experiments/click/experiments/click/"]
)
def test_every_layout_gives_the_same_version(tmp_path: Path, prefix: str) -> None:
    files = experiment(static_slash_a__css="a{}")
    plain = version_digest(hash_tree(write_tree(tmp_path / "plain", files)))

    found = examined(zip_file(tmp_path, files, prefix=prefix))

    assert (found.slug, found.digest) == ("click", plain)
    assert content(found.tree) == files


def test_files_come_with_what_was_dropped(tmp_path: Path) -> None:
    files = {f"experiments/click/{name}": text for name, text in experiment(None).items()}
    files |= {"standalone_main.py": "", "__MACOSX/._x": ""}

    found = examined(zip_file(tmp_path, files))

    assert found.slug == "click"
    assert found.dropped == ["__MACOSX/", "standalone_main.py"]
    assert [file.path for file in found.files] == ["__init__.py", "actor.py", "manifest.json"]


def test_the_comment_of_our_own_zips_names_the_slug(tmp_path: Path) -> None:
    path = zip_file(tmp_path, experiment(None), comment=write_comment("my-exp", "upload-ready"))

    assert examined(path).slug == "my-exp"


def test_the_file_name_is_the_last_source(tmp_path: Path) -> None:
    path = zip_file(tmp_path, experiment(None))

    assert examined(path, name="store-front_upload.zip").slug == "store-front"


def test_no_source_at_all(tmp_path: Path) -> None:
    assert refused(zip_file(tmp_path, experiment(None))) == {"slug-unknown"}


def test_sources_that_disagree(tmp_path: Path) -> None:
    assert refused(zip_file(tmp_path, experiment("click"), prefix="experiments/other/")) == {
        "slug-disagreement"
    }


def test_another_slug_renames_links_and_manifest(tmp_path: Path) -> None:
    page = '<a href="/experiments/click/x">'
    path = zip_file(tmp_path, experiment(templates_slash_a__html=page, static_slash_b__png=page))

    found = examined(path, slug="new-one")

    assert found.rewritten == ["manifest.json", "templates/a.html"]
    files = content(found.tree)
    assert files["templates/a.html"] == '<a href="/experiments/new-one/x">'
    assert files["static/b.png"] == page
    assert json.loads(files["manifest.json"])["slug"] == "new-one"


def test_an_invalid_slug_in_the_manifest_is_set_right_by_the_form(tmp_path: Path) -> None:
    found = examined(zip_file(tmp_path, experiment("My Experiment")), slug="mine")

    assert json.loads(content(found.tree)["manifest.json"])["slug"] == "mine"


def test_problems_of_slug_files_and_code_come_together(tmp_path: Path) -> None:
    files = experiment("Bad Slug") | {"actor.py": "x = ("}
    del files["__init__.py"]

    assert refused(zip_file(tmp_path, files)) == {"invalid-slug", "syntax-error", "missing-file"}


def test_structure_and_missing_files_come_together(tmp_path: Path) -> None:
    files = experiment() | {"../evil.py": "", "a\\b": ""}
    del files["actor.py"]

    assert refused(zip_file(tmp_path, files)) == {"parent-folder", "backslash", "missing-file"}


def test_damage_is_found_while_inflating(tmp_path: Path) -> None:
    path = zip_file(tmp_path, experiment())
    data = bytearray(path.read_bytes())
    at = data.index(b"actor.py") + len(b"actor.py")
    data[at + 4] ^= 0xFF
    path.write_bytes(data)

    assert refused(path) & {"bad-data", "wrong-crc", "size-differs"}


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"PK\x03\x04", b"PK\x05\x06" + b"\x00" * 17, b"%PDF-1.7" * 100]
)
def test_what_is_no_zip(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "upload.zip"
    path.write_bytes(data)

    assert refused(path) & {"not-a-zip", "truncated"}


def test_an_empty_zip(tmp_path: Path) -> None:
    assert refused(zip_file(tmp_path, {})) == {"missing-file", "slug-unknown"}


def test_a_bomb(tmp_path: Path) -> None:
    limits = ArchiveLimits(packed=10**9, unpacked=10**6, entries=100, ratio=100)

    assert "unpacked-too-large" in refused(
        zip_file(tmp_path, experiment() | {"big": b"0" * 2_000_000}), limits=limits
    )


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case.id)
def test_hostile_zips_are_refused_for_what_they_are(tmp_path: Path, case: HostileZip) -> None:
    path = tmp_path / "upload.zip"
    path.write_bytes(case.build())

    assert refused(path, slug="click") >= case.codes
    assert not list(tmp_path.parent.glob("evil*"))


@pytest.mark.parametrize("case", HONEST, ids=lambda case: case.id)
def test_odd_zips_only_lack_an_experiment(tmp_path: Path, case: HonestZip) -> None:
    path = tmp_path / "upload.zip"
    path.write_bytes(case.build())

    assert refused(path, slug="click") == {"missing-file"}


def test_names_that_only_nesting_makes_clash(tmp_path: Path) -> None:
    files: Mapping[str, str] = {
        **{f"experiments/click/{name}": text for name, text in experiment().items()},
        "experiments/click/a.TXT": "1",
        "experiments/click/experiments/click/a.txt": "2",
    }
    assert "case-clash" in refused(zip_file(tmp_path, files))
