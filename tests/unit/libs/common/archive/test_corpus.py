"""The whole corpus of hostile and odd ZIPs against the reader."""

from __future__ import annotations

from operator import attrgetter
from pathlib import Path

import pytest

from libs.common.archive.limits import ArchiveLimits
from libs.common.archive.problems import InvalidArchive
from libs.common.archive.reader import open_archive
from libs.common.errors import Problem
from libs.common.limits import Limits
from tests.corpus import HONEST, HOSTILE
from tests.corpus.cases import HonestZip, HostileZip

LIMITS = ArchiveLimits.of_experiments(Limits())


def found_problems(path: Path) -> list[Problem]:
    try:
        with open_archive(path, LIMITS) as archive:
            return archive.verify()
    except InvalidArchive as error:
        return error.problems


@pytest.mark.parametrize("case", HOSTILE, ids=attrgetter("id"))
def test_hostile_zip_is_refused_for_its_reason(case: HostileZip, tmp_path: Path) -> None:
    path = tmp_path / "hostile.zip"
    path.write_bytes(case.build())

    problems = found_problems(path)

    assert {problem.code for problem in problems} == case.codes
    assert all(problem.remedy for problem in problems)
    assert all(problem.message.isprintable() and (problem.path or "").isprintable() for problem in problems)


@pytest.mark.parametrize("case", HONEST, ids=attrgetter("id"))
def test_honest_zip_is_read(case: HonestZip, tmp_path: Path) -> None:
    path = tmp_path / "honest.zip"
    path.write_bytes(case.build())

    with open_archive(path, LIMITS) as archive:
        contents = {entry.name: b"".join(archive.read(entry)) for entry in archive.entries}

    assert contents == case.files


def test_corpus_is_large_and_its_cases_have_names_of_their_own() -> None:
    names = {case.id for case in HOSTILE} | {case.id for case in HONEST}
    assert len(names) == len(HOSTILE) + len(HONEST)
    assert len(HOSTILE) >= 80
