from __future__ import annotations

from typing import Final

from services.gateway.documents.operation import Media, Operation
from services.gateway.resources.benchmarks import (
    AlgorithmQuery,
    Analytics,
    CompanyList,
    CompanyResource,
    Day,
    EmployeeList,
    EmployeeYear,
    MonthQuery,
    RosterList,
    RosterQuery,
    Schedule,
    ShiftList,
    SpanQuery,
    StatisticsList,
)

COMPANY: Final = "/api/companies/{company_id}"
EMPLOYEE: Final = COMPANY + "/employees/{employee_id}"
_FILE: Final = Media(("text/csv", "text/calendar"), "A published roster.")

OPERATIONS: Final = {
    "GET /api/companies": Operation("All companies", CompanyList),
    f"GET {COMPANY}": Operation("One company", CompanyResource),
    f"GET {COMPANY}/algorithms": Operation("Its published rosters, with key figures", RosterList),
    f"GET {COMPANY}/shifts": Operation("Its shifts", ShiftList),
    f"GET {COMPANY}/employees": Operation("Its employees", EmployeeList),
    f"GET {COMPANY}/schedule": Operation("A month of everybody", Schedule, query=MonthQuery),
    f"GET {COMPANY}/day/{{date}}": Operation("A day of everybody, by shift", Day, query=AlgorithmQuery),
    f"GET {COMPANY}/employee-statistics": Operation(
        "Hours, shifts and wishes of everybody", StatisticsList, query=AlgorithmQuery
    ),
    f"GET {COMPANY}/analytics": Operation("All key figures", Analytics, query=AlgorithmQuery),
    f"GET {COMPANY}/roster.{{suffix}}": Operation("A roster as a file", _FILE, query=RosterQuery),
    f"GET {EMPLOYEE}/schedule": Operation("A person's year, or a month of it", Schedule, query=SpanQuery),
    f"GET {EMPLOYEE}/yearly": Operation("A person's year in figures", EmployeeYear, query=SpanQuery),
    f"GET {EMPLOYEE}/roster.{{suffix}}": Operation("A person's roster as a file", _FILE, query=RosterQuery),
}
