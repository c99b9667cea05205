from __future__ import annotations

from datetime import time

import numpy as np
import pytest

from libs.common.errors import InvalidInput
from services.benchmarks.dump.content import DumpedCompany, DumpedRoster
from services.benchmarks.imports import sizes
from services.benchmarks.problem.workplace import Company, Employee, Shift, Workplace
from services.benchmarks.results.document import ResultsDocument

NOTHING = ResultsDocument()


def company(*, people: int = 1, shifts: int = 1, rosters: int = 0, entries: int = 0) -> DumpedCompany:
    work = Workplace(
        Company("Acme", "small"),
        tuple(Shift(f"S{number}", time(6), time(14), 1, 2) for number in range(shifts)),
        tuple(Employee(f"P{number}", 40) for number in range(people)),
    )
    column = np.zeros(entries, np.int32)
    return DumpedCompany(
        work, tuple(DumpedRoster(f"A{number}", column, column, column) for number in range(rosters))
    )


def test_what_fits_is_let_through() -> None:
    sizes.require_sizes((company(people=sizes.PEOPLE_LIMIT, shifts=sizes.SHIFT_LIMIT),), NOTHING)


def test_everything_that_is_too_large_is_listed_at_once() -> None:
    large = company(
        people=sizes.PEOPLE_LIMIT + 1,
        shifts=sizes.SHIFT_LIMIT + 1,
        rosters=sizes.ROSTER_LIMIT + 1,
    )
    crowded = company(rosters=1, entries=sizes.ENTRY_LIMIT + 1)
    with pytest.raises(InvalidInput) as refused:
        sizes.require_sizes((large, crowded), NOTHING)
    assert [problem.code for problem in refused.value.problems] == [
        "too-many-employees",
        "too-many-shifts",
        "too-many-algorithms",
        "too-many-entries",
    ]
    assert all(problem.remedy for problem in refused.value.problems)


def test_too_many_companies() -> None:
    with pytest.raises(InvalidInput) as refused:
        sizes.require_sizes((company(),) * (sizes.COMPANY_LIMIT + 1), NOTHING)
    assert [problem.code for problem in refused.value.problems] == ["too-many-companies"]
