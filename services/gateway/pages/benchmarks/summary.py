"""What one algorithm came to in one company: means over the seeds of a run, and its best roster.

Results of a dump say what somebody wrote into them, so what no roster can have is left out here: numbers that are none,
years of another length than twelve months, contracts that are no hours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field
from math import isfinite
from typing import Any, Final, Self, TypeGuard

from libs.common.benchmarks.model import PublishedRoster
from libs.common.database.client import Document
from services.gateway.pages.benchmarks.estimates import Estimate
from services.gateway.pages.benchmarks.figures import FIGURES

MONTHS_OF_YEAR: Final = 12
SHOWN_FRONT: Final = 200
"""Points of a front; NSGA-II has a population of 100."""

Identity = tuple[str, tuple[tuple[str, str], ...]]
"""Algorithm and facts of the machine."""


@dataclass(frozen=True)
class Coverage:
    """Of one shift: mean staff in per cent of its minimum; None where that is 0."""

    shift: str
    percent_of_minimum: float | None


@dataclass(frozen=True)
class FrontPoint:
    """Points that a roster of a Pareto front loses by each goal; less is better."""

    coverage: float
    fairness: float
    preferences: float


@dataclass(frozen=True)
class Summary:
    """`machine` is unknown for a roster that came without results; times are compared only where it is equal."""

    algorithm: str
    machine: tuple[tuple[str, str], ...]
    estimates: Mapping[str, Estimate]
    """By key of the figure."""
    coverage: tuple[Coverage, ...] = ()
    monthly_hours: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """Mean hours per month, January first, by contract hours per week."""
    front: tuple[FrontPoint, ...] = ()
    is_optimal: bool = False
    is_truncated: bool = False

    @property
    def identity(self) -> Identity:
        """Equal for what may be compared over time."""
        return self.algorithm, self.machine

    @property
    def machine_words(self) -> str:
        facts = dict(self.machine)
        known = (facts.get("processor"), f"{facts.get('cores')} cores", f"{facts.get('memory_gib')} GiB")
        return ", ".join(str(fact) for fact in known) if facts else ""

    @classmethod
    def of_results(cls, document: Document) -> Self:
        """From a group of results (`reading`)."""
        best, counts = document["best"], document["counts"]
        means, deviations = document["means"], document["deviations"]
        return cls(
            algorithm=document["_id"]["algorithm"],
            machine=tuple(sorted((name, str(fact)) for name, fact in document["_id"]["machine"].items())),
            estimates={
                key: Estimate.of(counts[key], mean, deviations[key])
                for key, mean in means.items()
                if _is_number(mean)
            },
            front=_front(best.get("front") or ()),
            is_optimal=bool(best.get("optimal")),
            is_truncated=bool(best.get("truncated")),
            **_of_roster(best.get("kpis") or {}),
        )

    @classmethod
    def of_published(cls, roster: PublishedRoster) -> Self:
        """From the one roster there is, where no run is known."""
        values = {figure.key: figure.of(roster.runtime_seconds, roster.kpis) for figure in FIGURES}
        return cls(
            algorithm=roster.algorithm,
            machine=(),
            estimates={key: Estimate(1, value) for key, value in values.items() if _is_number(value)},
            **_of_roster(roster.kpis),
        )


def _front(points: Sequence[Mapping[str, float]]) -> tuple[FrontPoint, ...]:
    found = (
        FrontPoint(point["coverage"], point["fairness"], point["preferences"])
        for point in points[:SHOWN_FRONT]
    )
    return tuple(point for point in found if all(map(_is_number, astuple(point))))


def _of_roster(kpis: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "coverage": tuple(
            Coverage(each["shift"], percent)
            for each in kpis.get("coverage", ())
            for percent in (each["percent_of_minimum"],)
            if percent is None or _is_number(percent)
        ),
        "monthly_hours": {
            contract: tuple(hours)
            for contract, hours in kpis.get("monthly_hours", {}).items()
            if contract.isascii() and contract.isdecimal()
            if len(hours) == MONTHS_OF_YEAR and all(map(_is_number, hours))
        },
    }


def _is_number(value: float | None) -> TypeGuard[float]:
    return value is not None and isfinite(value)
