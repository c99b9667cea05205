"""Which companies and algorithms are meant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from libs.common.benchmarks.model import CompanyDocument
from libs.common.benchmarks.reading import CompanyNotFound
from services.benchmarks.fixtures.profiles import PROFILES

if TYPE_CHECKING:
    from services.benchmarks.algorithms.port import Algorithm


def select_companies(companies: Sequence[CompanyDocument], wanted: Sequence[str]) -> list[CompanyDocument]:
    """By test case, or by a part of the name in upper or lower case; nothing wanted means all.

    Raises: CompanyNotFound, also where there are no companies at all.
    """
    for text in wanted:
        if not any(is_meant(company.name, text) for company in companies):
            names = ", ".join(company.name for company in companies) or "none; begin with --load-fixtures"
            raise CompanyNotFound(f"No company is called {text!r}. There are: {names}.")
    if not companies:
        raise CompanyNotFound("There are no companies yet; begin with --load-fixtures or import a dump.")
    return [
        company for company in companies if not wanted or any(is_meant(company.name, text) for text in wanted)
    ]


def is_meant(name: str, text: str) -> bool:
    """A test case means its company and no other."""
    for profile in PROFILES:
        if text == profile.test_case:
            return name == profile.company.name
    return text.casefold() in name.casefold()


def select_algorithms(wanted: Sequence[str]) -> list[Algorithm]:
    """By key or name; nothing wanted means all. Raises: NotFound."""
    from services.benchmarks.algorithms.registry import (  # noqa: PLC0415  (loads all solvers)
        algorithm_named,
        algorithms,
    )

    if not wanted:
        return list(algorithms().values())
    return list({(chosen := algorithm_named(text)).key: chosen for text in wanted}.values())
