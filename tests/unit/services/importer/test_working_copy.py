from __future__ import annotations

import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from libs.common.archive.digest import hash_tree
from libs.common.versions import version_digest
from services.importer import working_copy
from services.importer.working_copy import JOURNAL, CopyChanged, Look, WorkingCopies
from tests.unit.services.importer.zips import write_tree

OLD = {"actor.py": "old", "gone.py": "x"}
NEW = {"actor.py": "new", "static/a.css": "a{}"}


class Power(BaseException):
    """The process dies here; nothing after it runs."""


@pytest.fixture
def copies(tmp_path: Path) -> WorkingCopies:
    return WorkingCopies(tmp_path / "experiments")


@pytest.fixture
def version(tmp_path: Path) -> Callable[[dict[str, str]], tuple[Path, str]]:
    def make(files: dict[str, str]) -> tuple[Path, str]:
        root = write_tree(tmp_path / "versions" / str(len(str(files))), files)
        return root, version_digest(hash_tree(root))

    return make


Version = Callable[[dict[str, str]], tuple[Path, str]]


def content(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): path.read_text() for path in root.rglob("*") if path.is_file()}


def remains(copies: WorkingCopies) -> list[str]:
    """What a swap may not leave behind."""
    journal = copies.path(JOURNAL)
    return sorted(path.name for path in journal.iterdir() if path.suffix not in {".lock", ".json"})


def test_a_first_copy(copies: WorkingCopies, version: Version) -> None:
    folder, digest = version(OLD)

    copies.swap("click", folder, digest, expected=None)

    assert content(copies.path("click")) == OLD
    assert copies.look("click") == Look(digest, digest)
    assert copies.slugs() == {"click"}
    assert remains(copies) == []


def test_a_swap_leaves_nothing_of_the_old(copies: WorkingCopies, version: Version) -> None:
    (old, old_digest), (new, new_digest) = version(OLD), version(NEW)
    copies.swap("click", old, old_digest, expected=None)
    write_tree(copies.path("click"), {"__pycache__/actor.pyc": "litter does not count as an edit"})

    copies.swap("click", new, new_digest, expected=old_digest)

    assert content(copies.path("click")) == NEW
    assert copies.look("click") == Look(new_digest, new_digest)
    assert remains(copies) == []


def test_copies_are_writable_and_not_linked_to_their_version(copies: WorkingCopies, version: Version) -> None:
    folder, digest = version(OLD)
    (folder / "actor.py").chmod(0o444)

    copies.swap("click", folder, digest, expected=None)

    actor = copies.path("click") / "actor.py"
    assert (actor.stat().st_mode & 0o777, actor.stat().st_nlink) == (0o644, 1)


def test_an_edit_is_noticed(copies: WorkingCopies, version: Version) -> None:
    folder, digest = version(OLD)
    copies.swap("click", folder, digest, expected=None)
    assert copies.look("click").is_untouched

    (copies.path("click") / "actor.py").write_text("edited")

    look = copies.look("click")
    assert not look.is_untouched
    assert look.made_from == digest


def test_a_folder_that_was_never_put_there_is_an_edit(copies: WorkingCopies) -> None:
    write_tree(copies.path("mine"), OLD)

    assert not copies.look("mine").is_untouched


def test_a_copy_that_changed_meanwhile_is_kept(copies: WorkingCopies, version: Version) -> None:
    (old, old_digest), (new, new_digest) = version(OLD), version(NEW)
    copies.swap("click", old, old_digest, expected=None)
    (copies.path("click") / "actor.py").write_text("edited")

    with pytest.raises(CopyChanged):
        copies.swap("click", new, new_digest, expected=old_digest)
    with pytest.raises(CopyChanged):
        copies.remove("click", expected=old_digest)

    assert content(copies.path("click")) == OLD | {"actor.py": "edited"}
    copies.look("click")
    assert remains(copies) == []


def test_saving_and_adopting_an_edited_copy(copies: WorkingCopies, tmp_path: Path) -> None:
    write_tree(copies.path("click"), OLD | {".git/HEAD": "x"})

    digest = copies.save("click", tmp_path / "saved")

    assert content(tmp_path / "saved") == OLD
    assert digest == copies.look("click").digest
    assert digest is not None
    copies.adopt("click", digest)
    assert copies.look("click").is_untouched


def test_nothing_to_save(copies: WorkingCopies, tmp_path: Path) -> None:
    assert copies.save("click", tmp_path / "saved") is None


def test_removal(copies: WorkingCopies, version: Version) -> None:
    folder, digest = version(OLD)
    copies.swap("click", folder, digest, expected=None)

    copies.remove("click", expected=digest)
    copies.remove("click", expected=None)

    assert copies.look("click") == Look(None, None)
    assert not copies.path("click").exists()
    assert copies.slugs() == set()
    assert remains(copies) == []


STEPS = [
    "copy_files",
    "make_durable",
    "rename:1",
    "rename:2",
    "sync_folder",
    "_write_note:1",
    "_write_note:2",
]


@dataclass
class Death:
    """Kills the swap at the n-th call of a function, before or after the function has done its work."""

    step: str
    after: bool
    came: bool = False

    def lie_in_wait(self, patch: pytest.MonkeyPatch) -> None:
        name, _, nth = self.step.partition(":")
        owner = {"rename": Path, "_write_note": WorkingCopies}.get(name, working_copy)
        original, calls = getattr(owner, name), count(1)

        def dying(*args: Any, **kwargs: Any) -> Any:
            if next(calls) != int(nth or 1):
                return original(*args, **kwargs)
            self.came = True
            if self.after:
                original(*args, **kwargs)
            raise Power

        patch.setattr(owner, name, dying)


@pytest.mark.parametrize("death", [Death(step, after) for step in STEPS for after in (False, True)], ids=str)
@pytest.mark.parametrize("before", [None, OLD], ids=["first", "replace"])
def test_death_at_any_step_leaves_one_whole_copy(
    copies: WorkingCopies, version: Version, death: Death, before: dict[str, str] | None
) -> None:
    new, new_digest = version(NEW)
    old_digest = None
    if before is not None:
        old, old_digest = version(before)
        copies.swap("click", old, old_digest, expected=None)

    with pytest.MonkeyPatch.context() as patch, contextlib.suppress(Power):
        death.lie_in_wait(patch)
        copies.swap("click", new, new_digest, expected=old_digest)

    assert death.came or (before is None and death.step == "rename:2")
    look, here = WorkingCopies(copies.path("")).look("click"), copies.path("click")
    assert look.digest in {old_digest, new_digest}
    assert look.is_untouched
    assert (content(here) if here.exists() else None) in [before, NEW]
    assert remains(copies) == []


def test_swaps_of_many_threads_are_one_after_the_other(copies: WorkingCopies, version: Version) -> None:
    (old, old_digest), (new, new_digest) = version(OLD), version(NEW)
    copies.swap("click", old, old_digest, expected=None)

    def attempt(number: int) -> bool:
        to, digest, former = (new, new_digest, old_digest) if number % 2 else (old, old_digest, new_digest)
        try:
            copies.swap("click", to, digest, expected=former)
        except CopyChanged:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(attempt, range(24)))

    assert any(done)
    assert content(copies.path("click")) in [OLD, NEW]
    assert copies.look("click").is_untouched
    assert remains(copies) == []
