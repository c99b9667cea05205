"""What reading accepts and refuses (ROSTERING, Dump)."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from datetime import date, time
from typing import Any

import pytest

from libs.common.errors import InvalidInput, Problem
from services.benchmarks.dump.findings import KEPT
from services.benchmarks.dump.read import read_rows
from tests.unit.services.benchmarks.dump.dumps import (
    Row,
    as_bytes,
    company,
    employee,
    entry,
    read,
    row,
    shift,
    whole,
)


def refused(rows: object) -> list[Problem]:
    with pytest.raises(InvalidInput) as error:
        read(rows)
    return error.value.problems


def only(rows: object) -> tuple[str, str, int | None, str | None]:
    problems = refused(rows)
    assert len(problems) == 1, problems
    found = problems[0]
    assert found.message
    return found.category, found.code, found.row, found.path


def test_a_dump_in_order() -> None:
    dump = read(
        whole(
            entry(company=1, algorithm="A"),
            entry(2, algorithm="B"),
            entry(3, date="2025-03-04", algorithm="A"),
        )
    )
    (item,) = dump.companies
    assert item.workplace.company.name == "Shop"
    assert item.workplace.shifts[0].start == time(6)
    assert [(roster.algorithm, len(roster)) for roster in item.rosters] == [("A", 2), ("B", 1)]
    assert dump.entries == 3
    assert dump.warnings == ()


def test_omitted_fields_have_defaults() -> None:
    dump = read(whole(entry()))
    person = dump.companies[0].workplace.employees[0]
    assert (person.absences, person.preferred_shifts) == ((), ())
    assert not dump.companies[0].workplace.company.sunday_is_workday
    assert dump.companies[0].rosters[0].algorithm == ""


def test_keys_may_be_missing_from_entries_and_from_rows_nobody_names() -> None:
    bare = {name: value for name, value in entry().items() if name != "pk"}
    dump = read(
        [
            *whole(entry(None, company=None), bare | {"fields": bare["fields"] | {"date": "2025-03-04"}}),
            company(None, name="Lone"),
        ]
    )
    assert dump.entries == 2
    assert [item.workplace.company.name for item in dump.companies] == ["Shop", "Lone"]


def test_order_of_rows_and_members_does_not_matter() -> None:
    rows = [dict(reversed(list(item.items()))) for item in reversed(whole(entry()))]
    assert read(rows).entries == 1


def test_indented_dumps_and_escapes_are_read() -> None:
    rows = whole(entry(algorithm='say "hi" \\ ü'), entry(2, algorithm="},"))
    for indent in (None, 2):
        dump = read_rows([json.dumps(rows, indent=indent).encode()])
        assert {roster.algorithm for roster in dump.companies[0].rosters} == {'say "hi" \\ ü', "},"}


def test_namesakes_are_told_apart_by_their_order() -> None:
    rows = [*whole(), employee(2, max_hours_per_week=20), entry(employee=2)]
    dump = read(rows)
    assert [person.max_hours_per_week for person in dump.companies[0].workplace.employees] == [40, 20]
    assert dump.companies[0].rosters[0].employee.tolist() == [1]


def test_absences_are_sorted_and_single() -> None:
    dump = read([company(), employee(absences=["2025-05-02", "2025-05-01", "2025-05-02"])])
    assert dump.companies[0].workplace.employees[0].absences == (date(2025, 5, 1), date(2025, 5, 2))


def test_odd_sizes_and_wishes_are_warned_of() -> None:
    dump = read([company(size="huge"), shift(), employee(preferred_shifts=["Gone"])])
    assert [warning.code for warning in dump.warnings] == ["unknown-size", "unknown-preference"]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], ("format", "empty-dump", None, None)),
        (whole({"model": "auth.user", "pk": 1, "fields": {}}), ("format", "unknown-model", 4, "$[3]")),
        (whole({"pk": 1, "fields": {}}), ("format", "missing-model", 4, "$[3]")),
        (whole({**entry(), "extra": 1}), ("format", "unknown-field", 4, "$[3].extra")),
        (whole(entry(surprise=1)), ("format", "unknown-field", 4, "$[3].fields.surprise")),
        (whole({"model": "rostering_app.company", "pk": 2}), ("format", "missing-field", 4, "$[3].fields")),
        (whole(entry("1")), ("format", "int-type", 4, "$[3].pk")),
        (whole(entry(1.0)), ("format", "int-type", 4, "$[3].pk")),
        (whole(entry(True)), ("format", "int-type", 4, "$[3].pk")),
        (whole(entry(employee="1")), ("format", "int-type", 4, "$[3].fields.employee")),
        (whole(entry(employee=["Ann"])), ("format", "int-type", 4, "$[3].fields.employee")),
        (whole(entry(date="2025-02-30")), ("format", "bad-date", 4, "$[3].fields.date")),
        (whole(entry(date="20250303")), ("format", "bad-date", 4, "$[3].fields.date")),
        (whole(entry(date=20250303)), ("format", "bad-date", 4, "$[3].fields.date")),
        (whole(entry(date="2025-03-03T00:00:00")), ("format", "bad-date", 4, "$[3].fields.date")),
        (whole(entry(algorithm="x" * 65)), ("format", "string-too-long", 4, "$[3].fields.algorithm")),
        (whole(shift(2, name="X", start="25:00:00")), ("format", "bad-time", 4, "$[3].fields.start")),
        (whole(shift(2, name="X", start="6")), ("format", "bad-time", 4, "$[3].fields.start")),
        (whole(shift(2, name="X", min_staff=-1)), ("constraint", "greater-than-equal", 4, "$[3].fields.min_staff")),
        (whole(shift(2, name="X", min_staff=3)), ("constraint", "min-above-max", 4, "$[3].fields")),
        (whole(shift(2, name="X", max_staff=10**30)), ("constraint", "less-than-equal", 4, "$[3].fields.max_staff")),
        (whole(shift(2, name="X" * 21)), ("format", "string-too-long", 4, "$[3].fields.name")),
        (whole(employee(2, max_hours_per_week=0)), ("constraint", "greater-than", 4, "$[3].fields.max_hours_per_week")),
        (whole(employee(2, name="")), ("format", "string-too-short", 4, "$[3].fields.name")),
        (whole(employee(2, name="a\0b")), ("format", "bad-text", 4, "$[3].fields.name")),
        (whole(employee(2, absences="2025-01-01")), ("format", "list-type", 4, "$[3].fields.absences")),
        (whole(employee(2, absences=["x"])), ("format", "bad-date", 4, "$[3].fields.absences.0")),
        (whole(company(2, name="B", sunday_is_workday=1)), ("format", "bool-type", 4, "$[3].fields.sunday_is_workday")),
        (whole(shift(2, name="X", company=7)), ("constraint", "broken-reference", 4, "$[3].fields.company")),
        (whole(employee(2, company=7)), ("constraint", "broken-reference", 4, "$[3].fields.company")),
        (whole(entry(employee=7)), ("constraint", "broken-reference", 4, "$[3].fields.employee")),
        (whole(entry(shift=7)), ("constraint", "broken-reference", 4, "$[3].fields.shift")),
        (whole(entry(company=7)), ("constraint", "broken-reference", 4, "$[3].fields.company")),
        (whole(company(2)), ("constraint", "duplicate", 4, "$[3].fields.name")),
        (whole(company(1, name="B")), ("constraint", "duplicate", 4, "$[3].pk")),
        (whole(shift(2)), ("constraint", "duplicate", 4, "$[3].fields.name")),
        (whole(employee(1, name="B")), ("constraint", "duplicate", 4, "$[3].pk")),
        (whole(entry(), entry(2)), ("constraint", "duplicate", 5, "$[4].fields")),
    ],
)  # fmt: skip
def test_refused(rows: list[Row], expected: tuple[str, str, int | None, str | None]) -> None:
    assert only(rows) == expected


@pytest.mark.parametrize("element", [1, "x", None, [], [{}], True])
def test_rows_that_are_no_objects(element: object) -> None:
    (problem,) = refused([*whole(), element])
    assert problem.category == "format"
    assert problem.row == 4


def test_cross_company_entries() -> None:
    others = [company(2, name="Other"), shift(2, company=2), employee(2, company=2)]
    assert only(whole(*others, entry(shift=2)))[1:3] == ("cross-company", 7)
    assert only(whole(*others, entry(company=2)))[1:] == ("cross-company", 7, "$[6].fields.company")


def test_everything_is_listed_at_once_in_order() -> None:
    problems = refused(
        whole(entry(date="x", shift="y"), shift(2), employee(2, company=9), row("user", 1, {}))
    )
    assert [(problem.row, problem.code) for problem in problems] == [
        (4, "bad-date"),
        (4, "int-type"),
        (5, "duplicate"),
        (6, "broken-reference"),
        (7, "unknown-model"),
    ]


def test_unknown_models_are_told_which_there_are() -> None:
    (problem,) = refused(whole({"model": "auth.user", "pk": 1, "fields": {"username": "root"}}))
    assert problem.remedy is not None
    assert "rostering_app.scheduleentry" in problem.remedy


def test_a_dump_without_companies() -> None:
    assert only([employee()])[1] == "broken-reference"


ENTRY = '{"employee": 1, "date": "2025-03-03", "shift": 1, "company": 1, "algorithm": ""}'
DOUBLES = [
    f'{{"model": "rostering_app.scheduleentry", "pk": 1, "pk": 2, "fields": {ENTRY}}}',
    f'{{"model": "rostering_app.scheduleentry", "pk": 1, "fields": {ENTRY[:-1]}, "date": "2025-03-04"}}}}',
    f'{{"model": "rostering_app.scheduleentry", "pk": 1, "fields": {ENTRY[:-1]}, "d\\u0061te": "2025-03-04"}}}}',
    f'{{"model": "rostering_app.scheduleentry", "fields": {ENTRY.replace("algorithm", "company")}, "pk": 1}}',
]


@pytest.mark.parametrize("double", DOUBLES)
@pytest.mark.parametrize("companion", [0, 3])
def test_double_members_are_found_on_the_fast_road_too(double: str, companion: int) -> None:
    plain = [
        entry(number, date=f"2025-04-{number + 10}", company=1, algorithm="") for number in range(companion)
    ]
    rows = (
        as_bytes(whole(*plain))[:-1]
        + b","
        + double.encode()
        + b","
        + as_bytes([entry(99, date="2025-05-05", algorithm="", company=1)])[1:]
    )
    with pytest.raises(InvalidInput) as error:
        read_rows([rows])
    assert error.value.problems[0].code == "double-member"


def test_a_value_that_equals_a_member_name_is_no_double() -> None:
    dump = read(whole(*[entry(n, date=f"2025-04-{n + 10}", company=1, algorithm="date") for n in range(5)]))
    assert dump.entries == 5


def test_fast_and_slow_roads_read_the_same() -> None:
    rows = whole(*[entry(n, date=f"2025-04-{n + 10}", company=1, algorithm="A") for n in range(15)])
    fast, slow = read(rows), read(rows, size=20)
    assert fast.companies[0].rosters[0].date.tolist() == slow.companies[0].rosters[0].date.tolist()


def test_too_many_algorithms() -> None:
    assert only(whole(*[entry(n, algorithm=f"a{n}") for n in range(1001)]))[1] == "too-many-algorithms"


def _repeat(before: list[Row], wrong: Row, count: int) -> Iterator[bytes]:
    yield as_bytes(before)[:-1]
    block = b"," + as_bytes(wrong)
    for _ in range(count // 100):
        yield block * 100
    yield b"]"


@pytest.mark.parametrize(
    "wrong", [entry(employee=9), entry(), {"model": "auth.user", "pk": 1, "fields": {}}, entry(date="x")]
)
def test_errors_without_end_are_counted_in_little_memory(wrong: dict[str, Any]) -> None:
    tracemalloc.start()
    with pytest.raises(InvalidInput) as error:
        read_rows(_repeat(whole(), wrong, 20_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(error.value.problems) == KEPT + 1
    assert error.value.problems[-1].code == "more-problems"
    assert "more problems are not listed" in error.value.problems[-1].message
    assert peak < 20 * 2**20
