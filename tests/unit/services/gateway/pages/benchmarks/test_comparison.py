from __future__ import annotations

import pytest

from services.gateway.pages.benchmarks.comparison import Cell, Change, compare
from services.gateway.pages.benchmarks.estimates import Estimate
from services.gateway.pages.benchmarks.summary import Summary

from .summaries import SERVER, summary


def cells(key: str, now: list[Summary], before: list[Summary] | None = None) -> tuple[Cell | None, ...]:
    (row,) = (row for row in compare(now, before or []).rows if row.figure.key == key)
    return row.cells


def change(key: str, now: float | Estimate, before: float | Estimate) -> Change | None:
    (cell,) = cells(key, [summary(**{key: now})], [summary(**{key: before})])
    assert cell is not None
    return cell.change


def best(key: str, *means: float) -> list[bool]:
    found = cells(key, [summary(f"A{place}", **{key: mean}) for place, mean in enumerate(means)])
    return [cell is not None and cell.is_best for cell in found]


def test_less_is_better_or_more_is() -> None:
    assert best("gini", 0.1, 0.2) == [True, False]
    assert best("jain", 0.1, 0.2) == [False, True]


def test_what_reads_the_same_is_equally_good() -> None:
    assert best("gini", 0.10001, 0.10002, 0.2) == [True, True, False]


def test_nobody_wins_where_there_is_nothing_to_choose() -> None:
    assert best("gini", 0.1) == [False]
    assert best("gini", 0.1, 0.1) == [False, False]
    assert best("mean_hours", 10, 20) == [False, False]


def test_rows_have_a_place_for_every_algorithm() -> None:
    compared = compare([summary("GA", gini=0.1), summary("SA", gini=0.2, objective=5)])
    assert [row.figure.key for row in compared.rows] == ["objective", "gini"]
    assert compared.rows[0].cells[0] is None


def test_a_cell_has_its_interval_and_all_digits() -> None:
    (cell,) = cells("objective", [summary(objective=Estimate(3, 100.26, 90, 110.5))])
    assert cell is not None
    assert (cell.text, cell.interval, cell.exact) == ("100.3", "90 to 110.5", "100.26, mean of 3")


def test_an_interval_that_nobody_could_read_is_left_out() -> None:
    (cell,) = cells("gini", [summary(gini=Estimate(3, 0.02, 0.02, 0.020001))])
    assert cell is not None
    assert cell.interval is None


def test_a_change_says_how_much_and_whether_it_is_good() -> None:
    worse = change("objective", 110, 100)
    assert worse == Change(10.0, "100", is_rise=True, is_better=False, is_certain=True)
    assert worse.verdict == "worse"
    better = change("jain", 0.9, 0.8)
    assert better is not None
    assert (better.is_better, better.verdict) == (True, "better")


def test_a_change_within_chance_says_so() -> None:
    found = change("objective", Estimate(3, 105, 95, 115), Estimate(3, 100, 90, 110))
    assert found is not None
    assert found.verdict == "worse, perhaps by chance"


def test_from_nothing_there_are_no_per_cent() -> None:
    found = change("violations", 3, 0)
    assert found is not None
    assert found.percent is None


def test_neither_better_nor_worse() -> None:
    found = change("mean_hours", 110, 100)
    assert found is not None
    assert found.verdict == "changed"


@pytest.mark.parametrize(
    ("key", "now", "before"), [("gini", 0.10001, 0.10002), ("runtime_seconds", 1.05, 1.0)]
)
def test_noise_is_no_change(key: str, now: float, before: float) -> None:
    assert change(key, now, before) is None


def test_times_of_another_machine_are_not_compared() -> None:
    compared = compare([summary(runtime_seconds=1)], [summary("GA", SERVER, runtime_seconds=9)])
    assert compared.rows[0].cells[0] is not None
    assert compared.rows[0].cells[0].change is None


def test_columns_name_machines_only_where_there_are_several() -> None:
    assert not compare([summary("GA"), summary("SA")]).names_machines
    assert compare([summary("GA"), summary("GA", SERVER)]).names_machines


def test_seeds_are_the_most_that_a_mean_is_of() -> None:
    assert compare([]).seeds == 0
    assert compare([summary(gini=Estimate(3, 1.0), jain=Estimate(2, 1.0))]).seeds == 3
