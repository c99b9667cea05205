from __future__ import annotations

import pytest

from services.importer.layout import Layout, find_layout
from tests.unit.services.importer.entries import SOUND, entries, entry, under


def found(layout: Layout) -> list[str]:
    assert not layout.problems
    return list(layout.files)


def test_a_flat_zip_is_taken_as_it_is() -> None:
    layout = find_layout(under("", "templates/index.html", "engine/core.py"), None)

    assert found(layout) == sorted([*SOUND, "templates/index.html", "engine/core.py"])
    assert (layout.folder, layout.wrapper, layout.dropped) == (None, None, [])


def test_of_a_standalone_export_only_the_experiments_folder_is_taken() -> None:
    outside = [
        "standalone_main.py",
        "db_config.json",
        "requirements.txt",
        "README.md",
        "experiments/__init__.py",
    ]

    layout = find_layout([*under("experiments/click/", "requirements.txt"), *entries(*outside)], None)

    assert found(layout) == sorted([*SOUND, "requirements.txt"])
    assert layout.folder == "click"
    assert layout.dropped == sorted(outside)


def test_a_folder_around_a_standalone_export_does_not_count() -> None:
    layout = find_layout([*under("unpacked/experiments/click/"), *entries("unpacked/Dockerfile")], None)

    assert found(layout) == sorted(SOUND)
    assert (layout.folder, layout.wrapper) == ("click", None)
    assert layout.dropped == ["unpacked/Dockerfile"]


@pytest.mark.parametrize("prefix", ["click/", "a/b/click/"])
def test_a_single_folder_is_a_wrapper(prefix: str) -> None:
    layout = find_layout(under(prefix, "static/a.css"), None)

    assert found(layout) == sorted([*SOUND, "static/a.css"])
    assert (layout.folder, layout.wrapper) == (None, "click")


def test_a_folder_is_found_beside_other_files() -> None:
    layout = find_layout([*under("click/"), *entries("notes.txt", "tests/__init__.py")], None)

    assert found(layout) == sorted(SOUND)
    assert layout.dropped == ["notes.txt", "tests/__init__.py"]


def test_a_package_with_an_actor_of_its_own_is_part_of_the_experiment() -> None:
    layout = find_layout(under("", "engine/actor.py", "engine/__init__.py", "engine/manifest.json"), None)

    assert "engine/actor.py" in found(layout)


@pytest.mark.parametrize("depth", [1, 2])
def test_nested_experiment_folders_are_flattened(depth: int) -> None:
    home = "experiments/click/"

    layout = find_layout([*under(home * (depth + 1)), entry(f"{home}engine.py")], None)

    assert found(layout) == sorted([*SOUND, "engine.py"])
    assert layout.folder == "click"


def test_the_same_file_twice_by_nesting_is_one() -> None:
    layout = find_layout(under("experiments/click/") + under("experiments/click/experiments/click/"), None)

    assert found(layout) == sorted(SOUND)


def test_different_files_that_nesting_would_merge_are_refused() -> None:
    nested = entry("experiments/click/experiments/click/actor.py", "other")

    layout = find_layout([*under("experiments/click/"), nested], None)

    assert [problem.code for problem in layout.problems] == ["nested-clash"]


def test_a_file_that_flattening_puts_in_the_place_of_a_folder_is_refused() -> None:
    nested = entries("experiments/click/experiments/click/engine", "experiments/click/engine/core.py")

    layout = find_layout([*under("experiments/click/"), *nested], None)

    assert [problem.code for problem in layout.problems] == ["file-as-folder"]


def test_litter_is_dropped_and_named_once_per_folder() -> None:
    litter = [
        "__MACOSX/._actor.py",
        "__MACOSX/x",
        ".DS_Store",
        "engine/__pycache__/a.pyc",
        ".git/HEAD",
        "a.pyc",
    ]

    layout = find_layout([*under(""), *entries(*litter)], None)

    assert found(layout) == sorted(SOUND)
    assert layout.dropped == sorted(["__MACOSX/", ".DS_Store", "engine/__pycache__/", ".git/", "a.pyc"])


def test_folders_are_no_files() -> None:
    assert found(find_layout([*under("click/"), *entries("click/", "click/static/")], None)) == sorted(SOUND)


def test_several_experiments_are_refused() -> None:
    both = under("experiments/click/") + under("experiments/event/")

    layout = find_layout(both, None)

    assert [problem.code for problem in layout.problems] == ["several-experiments"]
    assert "experiments/click/, experiments/event/" in layout.problems[0].message


def test_the_named_slug_chooses_between_several() -> None:
    both = under("experiments/click/") + under("experiments/event/")

    layout = find_layout(both, "event")

    assert layout.folder == "event"
    assert layout.dropped == sorted(f"experiments/click/{name}" for name in SOUND)


def test_a_zip_without_any_required_file_is_taken_from_its_common_folder() -> None:
    layout = find_layout(entries("x/y/readme.txt", "x/y/z/a.py"), None)

    assert found(layout) == ["readme.txt", "z/a.py"]


def test_an_empty_zip_has_no_files() -> None:
    assert found(find_layout([], None)) == []


def test_required_files_of_another_case_still_show_where_the_experiment_lies() -> None:
    layout = find_layout(entries("click/Manifest.json", "click/actor.py", "readme.txt"), None)

    assert found(layout) == ["Manifest.json", "actor.py"]


class TestPlatformFiles:
    def test_names_that_can_only_be_ours_are_dropped_from_a_flat_zip(self) -> None:
        ours = [
            "standalone_main.py",
            "standalone_app.py",
            "db_config.json",
            "db_types.json",
            "experiment_db.py",
            "Dockerfile",
        ]

        layout = find_layout([*under("", "requirements.txt", "main.py"), *entries(*ours)], None)

        assert found(layout) == sorted([*SOUND, "requirements.txt", "main.py"])
        assert layout.dropped == sorted(ours)
        assert [warning.path for warning in layout.warnings] == ["requirements.txt", "main.py"]

    def test_names_that_may_be_the_experiments_own_are_kept(self) -> None:
        own = ["requirements.txt", "README.md", "main.py", "Dockerfile", "docker-compose.yml"]

        layout = find_layout(under("", *own), None)

        assert found(layout) == sorted([*SOUND, *own])
        assert not layout.warnings

    def test_they_are_ours_at_the_root_only(self) -> None:
        assert "engine/core_deps.py" in found(find_layout(under("", "engine/core_deps.py"), None))

    def test_they_are_dropped_from_the_experiments_folder_too(self) -> None:
        layout = find_layout(under("experiments/click/", "db_config.json"), None)

        assert found(layout) == sorted(SOUND)
        assert layout.dropped == ["experiments/click/db_config.json"]
