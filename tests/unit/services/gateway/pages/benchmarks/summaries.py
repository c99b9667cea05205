"""Summaries and key figures for tests of what pages make of them."""

from __future__ import annotations

from typing import Any

from services.gateway.pages.benchmarks.estimates import Estimate
from services.gateway.pages.benchmarks.summary import Coverage, FrontPoint, Summary

LAPTOP = (("cores", "2"), ("memory_gib", "8"), ("processor", "Laptop"))
SERVER = (("cores", "64"), ("memory_gib", "256"), ("processor", "Server"))


def kpis(**figures: Any) -> dict[str, Any]:
    """As the benchmarks service stores them, as far as pages read them."""
    usual = {
        "objective": 100.0,
        "gini": 0.02,
        "jain": 0.99,
        "std_hours": 10.0,
        "mean_hours": 1700.0,
        "preference_percent": 90.0,
        "utilisation_percent": 98.0,
        "understaffed_slots": 0,
        "violations": {
            "double_shifts": 0,
            "rest": 1,
            "weekly_hours": 2,
            "absence": 0,
            "non_working": 0,
            "overstaffed": 0,
        },
        "coverage": [
            {"shift": "EarlyShift", "percent_of_minimum": 100.0},
            {"shift": "SupportShift", "percent_of_minimum": None},
            {"shift": "LateShift", "percent_of_minimum": 110.0},
        ],
        "monthly_hours": {"40": [160.0] * 12, "32": [128.0] * 12},
    }
    return usual | figures


def summary(
    algorithm: str = "GA", machine: tuple[tuple[str, str], ...] = LAPTOP, /, **means: float | Estimate
) -> Summary:
    """With the given means, of one seed where no estimate is given."""
    estimates = {
        key: mean if isinstance(mean, Estimate) else Estimate(1, mean) for key, mean in means.items()
    }
    return Summary(
        algorithm=algorithm,
        machine=machine,
        estimates=estimates,
        coverage=(Coverage("EarlyShift", 90.0), Coverage("LateShift", 110.0)),
        monthly_hours={"40": tuple(float(month) for month in range(150, 162))},
        front=(FrontPoint(0, 20, 10), FrontPoint(5, 10, 20)),
    )
