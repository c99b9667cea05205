"""Own companies from CSV."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from pathlib import Path

import pytest

from libs.common.errors import InvalidInput, Problem
from services.benchmarks.tables.read import Tables, read_tables

COMPANIES = "name,size,sunday_is_workday\nBäckerei,small,yes\nCafé,medium,\n"
SHIFTS = (
    "company,name,start,end,min_staff,max_staff\nBäckerei,Früh,04:00,12:00,1,2\nCafé,Tag,10:00,18:30,1,1\n"
)
EMPLOYEES = (
    "company,name,max_hours_per_week,absences,preferred_shifts\n"
    "Bäckerei,Ann,40,2025-07-01..2025-07-03; 2025-12-24,Früh\n"
    "Bäckerei,Ann,20,,\n"
    "Café,Bo,32\n"
)


def tables(
    folder: Path,
    companies: str = COMPANIES,
    shifts: str = SHIFTS,
    employees: str = EMPLOYEES,
    absences: str | None = None,
) -> Tables:
    found = Tables(folder / "companies.csv", folder / "shifts.csv", folder / "employees.csv")
    found.companies.write_text(companies, encoding="utf-8")
    found.shifts.write_text(shifts, encoding="utf-8")
    found.employees.write_text(employees, encoding="utf-8")
    if absences is None:
        return found
    (folder / "absences.csv").write_text(absences, encoding="utf-8")
    return replace(found, absences=folder / "absences.csv")


def refused(files: Tables) -> list[Problem]:
    with pytest.raises(InvalidInput) as error:
        read_tables(files)
    return error.value.problems


def test_companies_with_shifts_and_people(tmp_path: Path) -> None:
    bakery, cafe = read_tables(tables(tmp_path))
    assert bakery.company.sunday_is_workday
    assert not cafe.company.sunday_is_workday
    assert (bakery.shifts[0].start, bakery.shifts[0].minutes) == (time(4), 480)
    assert [person.max_hours_per_week for person in bakery.employees] == [40, 20]
    assert bakery.employees[0].preferred_shifts == ("Früh",)
    assert bakery.employees[0].absences == (
        date(2025, 7, 1),
        date(2025, 7, 2),
        date(2025, 7, 3),
        date(2025, 12, 24),
    )
    assert cafe.employees[0].name == "Bo"


def test_absences_of_a_file_of_their_own_come_on_top(tmp_path: Path) -> None:
    employees = "company,name,max_hours_per_week,absences\nCafé,Bo,32,2025-01-07\n"
    absences = "employee,company,first,last\nBo,Café,2025-01-07,2025-01-08\nBo,Café,2025-03-03,\n"
    (_, cafe) = read_tables(tables(tmp_path, employees=employees, absences=absences))
    assert cafe.employees[0].absences == (date(2025, 1, 7), date(2025, 1, 8), date(2025, 3, 3))


def test_absences_name_one_employee_and_go_forward(tmp_path: Path) -> None:
    absences = (
        "company,employee,first,last\n"
        "Bäckerei,Ann,2025-01-07,\n"
        "Café,Cy,2025-01-07,\n"
        "Café,Bo,2025-01-07,2025-01-06\n"
    )
    problems = refused(tables(tmp_path, absences=absences))
    assert [(problem.line, problem.message) for problem in problems] == [
        (4, "The last day lies before the first one, or too far after it."),
        (2, "'Bäckerei' has 2 employees called 'Ann'."),
        (3, "'Café' has no employees called 'Cy'."),
    ]


def test_spreadsheets_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    assert len(read_tables(tables(tmp_path, companies="\ufeff" + COMPANIES))) == 2


def test_everything_wrong_is_listed_with_its_line(tmp_path: Path) -> None:
    shifts = SHIFTS + "Café,Nacht,25:00,06:00,3,1\nCafé,Abend,18:00,23:00,3,1\nNirgends,X,08:00,09:00,0,1\n"
    employees = EMPLOYEES + "Café,,0,2025-02-30,\n"
    problems = refused(tables(tmp_path, shifts=shifts, employees=employees))
    assert [(problem.path, problem.line) for problem in problems] == [
        ("shifts.csv:4:start", 4),
        ("shifts.csv:5:-", 5),
        ("employees.csv:5:name", 5),
        ("employees.csv:5:max_hours_per_week", 5),
        ("employees.csv:5:absences", 5),
        ("shifts.csv:6:company", 6),
    ]


def test_columns_that_nobody_knows_are_told_once(tmp_path: Path) -> None:
    employees = EMPLOYEES.replace("absences", "absence")
    (problem,) = refused(tables(tmp_path, employees=employees))
    assert problem.path == "employees.csv:1:absence"
    assert problem.remedy is not None
    assert "absences" in problem.remedy


@pytest.mark.parametrize("absences", ["2025-07-03..2025-07-01", "2025-01-01..2099-01-01", "soon"])
def test_spans_that_are_none(tmp_path: Path, absences: str) -> None:
    employees = f"company,name,max_hours_per_week,absences\nCafé,Bo,32,{absences}\n"
    (problem,) = refused(tables(tmp_path, employees=employees))
    assert problem.path == "employees.csv:2:absences"


def test_wishes_for_shifts_that_there_are_not(tmp_path: Path) -> None:
    (problem,) = refused(tables(tmp_path, employees=EMPLOYEES.replace(",Früh", ",Tag")))
    assert (problem.path, problem.message) == (
        "employees.csv:2:preferred_shifts",
        "'Bäckerei' has no shift 'Tag'.",
    )


def test_names_that_no_dump_could_hold(tmp_path: Path) -> None:
    shifts = SHIFTS + f"Café,{'x' * 21},10:00,18:00,1,1\n"
    (problem,) = refused(tables(tmp_path, shifts=shifts))
    assert problem.path == "shifts.csv:4:name"


def test_doubles(tmp_path: Path) -> None:
    shifts = SHIFTS + "Café,Tag,11:00,12:00,1,1\n"
    problems = refused(tables(tmp_path, companies=COMPANIES + "Café,small,no\n", shifts=shifts))
    assert [problem.path for problem in problems] == ["companies.csv:4:name", "shifts.csv:4:name"]


@pytest.mark.parametrize(("column", "value"), [("size", ""), ("sunday_is_workday", "maybe")])
def test_flags_and_defaults(tmp_path: Path, column: str, value: str) -> None:
    files = tables(tmp_path, companies=f"name,{column}\nBäckerei,{value}\nCafé,{value}\n")
    if value:
        assert {problem.path for problem in refused(files)} >= {f"companies.csv:2:{column}"}
    else:
        assert [work.company.size for work in read_tables(files)] == ["small", "small"]


def test_files_of_another_encoding(tmp_path: Path) -> None:
    files = tables(tmp_path)
    files.employees.write_bytes(EMPLOYEES.encode("latin-1"))
    assert {problem.code for problem in refused(files)} == {"bad-csv"}
    files.companies.write_bytes(COMPANIES.encode("latin-1"))
    assert refused(files)[0].path == "companies.csv"
