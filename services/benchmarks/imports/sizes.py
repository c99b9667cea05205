"""Sizes that one import may have, so that neither the switch nor a single document outgrows the database."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import bson
import numpy as np

from libs.common.benchmarks.model import CompanyDocument
from libs.common.errors import InvalidInput, Problem
from services.benchmarks.dump.content import DumpedCompany
from services.benchmarks.results.document import ResultsDocument

COMPANY_LIMIT = 1_000
"""Companies of one dump; the switch is one transaction with a write for each."""
ROSTER_LIMIT = 100
"""Algorithms of one company; the company's document holds the key figures of each."""
PEOPLE_LIMIT = 20_000
"""Employees of one company; key figures are computed on arrays of employees by days."""
SHIFT_LIMIT = 100
"""Shifts of one company; a day has no room for more."""
ENTRY_LIMIT = 100_000
"""Entries of one employee and algorithm, which are one document; 270 years of one shift a day."""
RESULT_LIMIT = 5_000
"""Results of one dump; they are written in the switch."""
DOCUMENT_LIMIT = 8 * 2**20
"""Bytes of a company's document, half of what the database takes."""
LISTED = 1_000

REMEDY = "Split the dump with `--company`, and import the parts."


def require_sizes(companies: tuple[DumpedCompany, ...], results: ResultsDocument) -> None:
    """Raises: InvalidInput, with everything that is too large."""
    problems = list(islice(_problems(companies, results), LISTED))
    if problems:
        raise InvalidInput("The dump is too large; nothing was changed.", problems=problems)


def require_document_size(company: CompanyDocument) -> None:
    """Key figures grow with shifts and contracts. Raises: InvalidInput."""
    if len(bson.encode(company.as_document())) > DOCUMENT_LIMIT:
        message = "The key figures of all rosters of the company take too much room."
        problem = _problem("company-too-large", company.name, message)
        raise InvalidInput("The dump is too large; nothing was changed.", problems=[problem])


def _problems(companies: tuple[DumpedCompany, ...], results: ResultsDocument) -> Iterator[Problem]:
    if len(companies) > COMPANY_LIMIT:
        message = f"The dump has {len(companies)} companies; {COMPANY_LIMIT} are taken at once."
        yield _problem("too-many-companies", None, message)
    if len(results.results) > RESULT_LIMIT:
        message = f"The dump has {len(results.results)} results; {RESULT_LIMIT} are taken at once."
        yield _problem("too-many-results", "benchmark_results.json", message)
    for company in companies:
        yield from _company_problems(company)


def _company_problems(company: DumpedCompany) -> Iterator[Problem]:
    workplace = company.workplace
    counted = {
        "employees": (len(workplace.employees), PEOPLE_LIMIT),
        "shifts": (len(workplace.shifts), SHIFT_LIMIT),
        "algorithms": (len(company.rosters), ROSTER_LIMIT),
    }
    for what, (count, limit) in counted.items():
        if count > limit:
            message = f"{workplace.company.name} has {count} {what}; at most {limit} are taken."
            yield _problem(f"too-many-{what}", workplace.company.name, message)
    for roster in company.rosters:
        most = int(np.bincount(roster.employee).max(initial=0))
        if most > ENTRY_LIMIT:
            message = (
                f"An employee has {most} entries of {roster.algorithm!r}; at most {ENTRY_LIMIT} are taken."
            )
            yield _problem("too-many-entries", workplace.company.name, message)


def _problem(code: str, path: str | None, message: str) -> Problem:
    return Problem(category="constraint", code=code, path=path, message=message, remedy=REMEDY)
