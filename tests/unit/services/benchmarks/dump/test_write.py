"""Writing dumps, and reading them back."""

from __future__ import annotations

import json
import zipfile
from datetime import date, timedelta
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.limits import Limits
from services.benchmarks.dump.content import DumpedCompany, Keys
from services.benchmarks.dump.read import read_dump, read_rows
from services.benchmarks.dump.schema import dump_schema
from services.benchmarks.dump.write import dump_rows, write_dump
from services.benchmarks.problem.workplace import Company, Employee, Workplace
from services.benchmarks.results.document import ResultsDocument
from tests.unit.services.benchmarks.dump.dumps import content, dumped, roster, whole
from tests.unit.services.benchmarks.workplaces import EARLY, LATE, workplaces

DAY = date(2025, 3, 3)
SHOP = dumped(roster("A", (0, DAY, 0), (1, DAY, 1)), roster("B", (0, DAY, 1)))
OTHER = dumped(
    roster("A", (0, DAY, 0)),
    work=Workplace(Company("Größe 🏭", "large"), (EARLY, LATE), (Employee("Ann", 40),)),
)


def rows_of(path: Path) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads(path.read_bytes())
    return rows


def test_rows_stand_in_the_order_that_django_needs(tmp_path: Path) -> None:
    files = write_dump(tmp_path, [SHOP, OTHER], include_schedules=True)
    models = [str(row["model"]).removeprefix("rostering_app.") for row in rows_of(files.json)]
    assert models == ["company"] * 2 + ["shift"] * 4 + ["employee"] * 5 + ["scheduleentry"] * 4
    assert files.rows == 15


def test_numbers_are_counted_through(tmp_path: Path) -> None:
    files = write_dump(tmp_path, [SHOP, OTHER], include_schedules=True)
    for model in ("company", "shift", "employee", "scheduleentry"):
        keys = [row["pk"] for row in rows_of(files.json) if row["model"] == f"rostering_app.{model}"]
        assert keys == list(range(1, len(keys) + 1))


def test_given_keys_are_used() -> None:
    keyed = DumpedCompany(SHOP.workplace, SHOP.rosters, Keys(70, (71, 72), (81, 82, 83, 84)))
    rows = [json.loads(row) for row in dump_rows([keyed], include_schedules=True)]
    assert rows[-1]["fields"] == {
        "employee": 81,
        "date": "2025-03-03",
        "shift": 72,
        "company": 70,
        "algorithm": "B",
    }
    assert rows[1]["pk"] == 71


def test_no_entries_unless_asked_for(tmp_path: Path) -> None:
    files = write_dump(tmp_path, [SHOP])
    assert all(row["model"] != "rostering_app.scheduleentry" for row in rows_of(files.json))


def test_members_of_the_zip(tmp_path: Path) -> None:
    def names(*, data_only: bool, results: ResultsDocument | None) -> list[str]:
        files = write_dump(tmp_path, [SHOP], data_only=data_only, results=results)
        with zipfile.ZipFile(files.zip) as archive:
            assert archive.read("benchmark_dump.json") == files.json.read_bytes()
            return archive.namelist()

    assert names(data_only=True, results=None) == ["benchmark_dump.json"]
    assert names(data_only=False, results=ResultsDocument()) == [
        "benchmark_dump.json",
        "benchmark_results.json",
        "benchmark_schema.json",
    ]


def test_same_content_same_bytes(tmp_path: Path) -> None:
    first = write_dump(tmp_path / "a", [SHOP, OTHER], include_schedules=True)
    second = write_dump(tmp_path / "b", [SHOP, OTHER], include_schedules=True)
    assert first.zip.read_bytes() == second.zip.read_bytes()


def test_a_failed_export_leaves_the_old_files(tmp_path: Path) -> None:
    files = write_dump(tmp_path, [SHOP])
    before = files.json.read_bytes(), files.zip.read_bytes()
    torn = DumpedCompany(OTHER.workplace, (roster("A", (5, DAY, 0)),))
    with pytest.raises(IndexError):
        write_dump(tmp_path, [torn], include_schedules=True)
    assert (files.json.read_bytes(), files.zip.read_bytes()) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["benchmark_dump.json", "benchmark_dump.zip"]


def test_what_was_written_is_read(tmp_path: Path) -> None:
    files = write_dump(tmp_path, [SHOP, OTHER], include_schedules=True)
    for path in (files.json, files.zip):
        dump = read_dump(path, Limits())
        assert [content(item) for item in dump.companies] == [content(SHOP), content(OTHER)]


names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)


@settings(max_examples=40, deadline=None)
@given(workplaces(), names, st.lists(st.tuples(st.integers(0, 400), names), max_size=20, unique=True))
def test_any_company_goes_there_and_back(work: Workplace, name: str, entries: list[tuple[int, str]]) -> None:
    company = Workplace(Company(name, "small", name, "🏪", "#fff", True), work.shifts, work.employees)
    rosters = [
        roster(algorithm, *[(0, DAY + timedelta(days), 0) for days, other in entries if other == algorithm])
        for algorithm in sorted({algorithm for _, algorithm in entries})
    ]
    item = DumpedCompany(company, tuple(rosters))
    text = "[" + ",".join(dump_rows([item], include_schedules=True)) + "]"
    (back,) = read_rows([text.encode()]).companies
    assert content(back) == content(item)


def test_the_schema_describes_the_rows(tmp_path: Path) -> None:
    schema = json.loads(dump_schema())
    validator = jsonschema.Draft202012Validator(schema)
    files = write_dump(tmp_path, [SHOP, OTHER], include_schedules=True)
    validator.validate(rows_of(files.json))
    with pytest.raises(jsonschema.ValidationError):
        validator.validate([*whole(), {"model": "auth.user", "pk": 1, "fields": {}}])
    with pytest.raises(jsonschema.ValidationError):
        validator.validate([])
