from __future__ import annotations

from datetime import UTC, datetime

import pytest

from libs.common.benchmarks.model import CompanyDocument
from libs.common.benchmarks.reading import CompanyNotFound
from libs.common.errors import NotFound
from services.benchmarks.runs.selection import select_algorithms, select_companies


def company(number: int, name: str) -> CompanyDocument:
    return CompanyDocument(
        id=number,
        name=name,
        size="small",
        master="g",
        shifts=0,
        employees=0,
        revision="r",
        updated_at=datetime(2025, 1, 1, tzinfo=UTC),
    )


COMPANIES = [
    company(1, "Kleines Unternehmen"),
    company(2, "Großes Unternehmen"),
    company(3, "Sehr kleines Büro"),
]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ([], [1, 2, 3]),
        (["small_company"], [1]),
        (["klein"], [1, 3]),
        (["GROSSES"], [2]),
        (["büro", "large_company"], [2, 3]),
    ],
)
def test_companies_by_test_case_or_part_of_the_name(wanted: list[str], found: list[int]) -> None:
    assert [one.id for one in select_companies(COMPANIES, wanted)] == found


@pytest.mark.parametrize("wanted", [["medium_company"], ["klein", "nobody"]])
def test_each_wish_must_mean_some_company(wanted: list[str]) -> None:
    with pytest.raises(CompanyNotFound, match=wanted[-1]):
        select_companies(COMPANIES, wanted)


def test_without_companies_there_is_nothing_to_select() -> None:
    with pytest.raises(CompanyNotFound, match="load-fixtures"):
        select_companies([], [])


def test_algorithms_by_key_or_name_each_once() -> None:
    chosen = select_algorithms(["nsga2", "Genetic Algorithm", "geneticalgorithm"])
    assert [algorithm.key for algorithm in chosen] == ["NSGA2", "GeneticAlgorithm"]


def test_an_unknown_algorithm_is_told_with_those_there_are() -> None:
    with pytest.raises(NotFound, match="NSGA2"):
        select_algorithms(["Quantum"])
