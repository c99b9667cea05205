from __future__ import annotations

from datetime import date, time

import numpy as np

from libs.common.benchmarks.packing import unpack
from services.benchmarks.dump.content import DumpedRoster, Keys
from services.benchmarks.problem.workplace import Company, Employee, Shift, Workplace
from services.benchmarks.store.figures import main_year
from services.benchmarks.store.rosters import rows_of

WORKPLACE = Workplace(
    Company("Acme", "small"),
    (Shift("Early", time(6), time(14), 1, 2), Shift("Night", time(22), time(6, 30), 1, 2)),
    (Employee("Ada", 40, (), ("Early",)), Employee("Bo", 40), Employee("Cy", 40, (), ("Gone",))),
)
KEYS = Keys(1, (11, 12), (21, 22, 23))


def roster(*cells: tuple[int, date, int]) -> DumpedRoster:
    columns = np.array([(person, day.toordinal(), shift) for person, day, shift in cells], np.int32).reshape(
        -1, 3
    )
    return DumpedRoster("GA", columns[:, 0], columns[:, 1], columns[:, 2])


def test_one_document_per_employee_who_works_by_date() -> None:
    mixed = roster((1, date(2025, 2, 1), 1), (0, date(2025, 1, 31), 1), (1, date(2025, 1, 5), 0))
    rows = rows_of(mixed, WORKPLACE, KEYS)
    assert [row["employee"] for row in rows] == [21, 22]
    assert unpack(rows[1]["dates"]).tolist() == [date(2025, 1, 5).toordinal(), date(2025, 2, 1).toordinal()]
    assert unpack(rows[1]["shifts"]).tolist() == [11, 12]


def test_hours_count_in_the_month_in_which_a_night_begins() -> None:
    rows = rows_of(roster((0, date(2024, 12, 31), 1), (0, date(2025, 1, 1), 0)), WORKPLACE, KEYS)
    assert rows[0]["months"] == {"2024-12": 8.5, "2025-01": 8.0}


def test_who_prefers_nothing_that_exists_prefers_everything() -> None:
    day = date(2025, 1, 1)
    rows = rows_of(roster(*((person, day, 1) for person in range(3))), WORKPLACE, KEYS)
    assert [row["preferred"] for row in rows] == [0, 1, 1]


def test_no_entries_are_no_documents() -> None:
    assert rows_of(roster(), WORKPLACE, KEYS) == []


def test_the_main_year_has_the_most_entries() -> None:
    assert (
        main_year(roster((0, date(2023, 5, 1), 0), (0, date(2024, 5, 1), 0), (0, date(2024, 5, 2), 0)))
        == 2024
    )
    assert main_year(roster((0, date(1, 1, 1), 0))) == 1
    assert main_year(roster((0, date(9999, 12, 31), 0))) == 9999
