from __future__ import annotations

import pytest

from services.benchmarks.kpis.model import Kpis, ViolationCounts
from services.gateway.pages.benchmarks.figures import FIGURES, VIOLATIONS

from .summaries import kpis

BY_KEY = {figure.key: figure for figure in FIGURES}


def test_every_figure_is_one_that_the_benchmarks_service_stores() -> None:
    computed = BY_KEY.keys() - {"runtime_seconds", "violations"}
    assert computed <= Kpis.model_fields.keys()
    assert set(VIOLATIONS) == ViolationCounts.model_fields.keys()


@pytest.mark.parametrize(
    ("key", "value"),
    [("runtime_seconds", 1.5), ("violations", 3.0), ("gini", 0.02), ("understaffed_slots", 0.0)],
)
def test_figures_are_read_from_key_figures(key: str, value: float) -> None:
    assert BY_KEY[key].of(1.5, kpis()) == value


@pytest.mark.parametrize("key", ["runtime_seconds", "violations", "objective"])
def test_what_is_not_there_is_none(key: str) -> None:
    assert BY_KEY[key].of(None, {"objective": None}) is None


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("runtime_seconds", 74.2, "1 min 14 s"),
        ("objective", 850.6, "850.6"),
        ("objective", 33850.6, "33,851"),
        ("objective", 33850.0, "33,850"),
        ("gini", 0.01234, "0.0123"),
        ("preference_percent", 99.94, "99.9 %"),
        ("std_hours", 1234.5, "1,234.5 h"),
    ],
)
def test_figures_are_written_with_their_unit(key: str, value: float, text: str) -> None:
    assert BY_KEY[key].write(value) == text
