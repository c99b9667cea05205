"""What the plots of a comparison show: numbers and names, which a chart, a CSV and a JSON file are made of."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from statistics import fmean
from typing import Final

import orjson

from libs.common.benchmarks.roster_csv import FORMULA_STARTS
from services.gateway.pages.benchmarks.figures import GINI, RUNTIME, VIOLATED, Figure
from services.gateway.pages.benchmarks.reading import Timing
from services.gateway.pages.benchmarks.summary import Summary

MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
COLOURS: Final = 6
"""That `chart.css` has; with more algorithms they come again."""


class Kind(StrEnum):
    """How it is drawn."""

    BARS = "bars"
    MONTHS = "months"
    LINES = "lines"
    POINTS = "points"


@dataclass(frozen=True)
class Point:
    """`label` is what is written of it; in bars and months `x` is only its place."""

    x: float
    y: float
    label: str


@dataclass(frozen=True)
class Series:
    """Of one algorithm; `colour` is the same in all plots."""

    name: str
    colour: int
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Plot:
    """`name` is its part of an address; `x` and `y` say what is measured, with the unit."""

    name: str
    title: str
    note: str
    kind: Kind
    x: str
    y: str
    series: tuple[Series, ...]

    def as_csv(self) -> str:
        """One line per point; a name that a spreadsheet would compute is quoted (OWASP, CSV injection)."""
        out = io.StringIO(newline="")
        writer = csv.writer(out)
        has_x = self.kind is not Kind.BARS
        writer.writerow(("algorithm", *((self.x,) if has_x else ()), self.y))
        for series in self.series:
            name = f"'{series.name}" if series.name.startswith(FORMULA_STARTS) else series.name
            for point in series.points:
                x = MONTHS[int(point.x)] if self.kind is Kind.MONTHS else point.x
                writer.writerow((name, *((x,) if has_x else ()), point.y))
        return out.getvalue()

    def as_json(self) -> bytes:
        return orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2)


def plots_of(
    summaries: Sequence[Summary],
    timings: Iterable[Timing],
    people: Mapping[str, int],
    algorithms: Sequence[str],
) -> list[Plot]:
    """All of which there are numbers. `people` are employees by company; `algorithms` decide the colours."""
    colours = {algorithm: place % COLOURS for place, algorithm in enumerate(algorithms)}
    made = [
        _bars("runtime", RUNTIME, summaries, colours, title="Runtime", note="Less is better"),
        _bars("fairness", GINI, summaries, colours, title="Gini of yearly hours", note="Less is fairer"),
        _coverage(summaries, colours),
        _bars(
            "violations",
            VIOLATED,
            summaries,
            colours,
            title="Violations",
            note="Of hard constraints; 0 is right",
        ),
        *_monthly_hours(summaries, colours),
        _scalability(timings, people, colours),
        _pareto(summaries, colours),
    ]
    return [plot for plot in made if any(series.points for series in plot.series)]


def _bars(
    name: str,
    figure: Figure,
    summaries: Sequence[Summary],
    colours: Mapping[str, int],
    *,
    title: str,
    note: str,
) -> Plot:
    series = tuple(
        Series(summary.algorithm, colours[summary.algorithm], (Point(0, mean, figure.write(mean)),))
        for summary in summaries
        if (found := summary.estimates.get(figure.key)) is not None
        for mean in (found.mean,)
    )
    unit = "seconds" if figure is RUNTIME else figure.title
    return Plot(name, title, note, Kind.BARS, "", unit, series)


def _coverage(summaries: Sequence[Summary], colours: Mapping[str, int]) -> Plot:
    series = []
    for summary in summaries:
        percents = [
            each.percent_of_minimum for each in summary.coverage if each.percent_of_minimum is not None
        ]
        if percents:
            mean = fmean(percents)
            point = Point(0, mean, f"{mean:.0f} %")
            series.append(Series(summary.algorithm, colours[summary.algorithm], (point,)))
    note = "Staff in per cent of the minimum, mean over shifts; below 100 somebody is missing"
    return Plot("coverage", "Coverage", note, Kind.BARS, "", "% of minimum", tuple(series))


def _monthly_hours(summaries: Sequence[Summary], colours: Mapping[str, int]) -> list[Plot]:
    """One plot per contract, so that lines can be told apart."""
    contracts = sorted({contract for summary in summaries for contract in summary.monthly_hours}, key=float)
    return [
        Plot(
            name=f"monthly-hours-{contract}",
            title=f"Hours per month, contract of {contract} h",
            note="Mean of the people with this contract; best roster of each algorithm",
            kind=Kind.MONTHS,
            x="month",
            y="hours",
            series=tuple(
                Series(
                    summary.algorithm,
                    colours[summary.algorithm],
                    tuple(Point(month, value, f"{value:.0f} h") for month, value in enumerate(hours)),
                )
                for summary in summaries
                if (hours := summary.monthly_hours.get(contract))
            ),
        )
        for contract in contracts
    ]


def _scalability(timings: Iterable[Timing], people: Mapping[str, int], colours: Mapping[str, int]) -> Plot:
    points: dict[str, list[Point]] = {}
    for timing in timings:
        if timing.company in people and timing.algorithm in colours:
            label = f"{timing.company}: {RUNTIME.write(timing.seconds)}"
            point = Point(people[timing.company], timing.seconds, label)
            points.setdefault(timing.algorithm, []).append(point)
    series = tuple(
        Series(algorithm, colours[algorithm], tuple(sorted(found, key=lambda point: point.x)))
        for algorithm, found in points.items()
    )
    note = "All companies of the run"
    return Plot("scalability", "Runtime by employees", note, Kind.LINES, "employees", "seconds", series)


def _pareto(summaries: Sequence[Summary], colours: Mapping[str, int]) -> Plot:
    series = tuple(
        Series(
            summary.algorithm,
            colours[summary.algorithm],
            tuple(
                Point(each.fairness, each.preferences, f"{each.coverage:,.0f} points of coverage")
                for each in sorted(summary.front, key=lambda each: each.fairness)
            ),
        )
        for summary in summaries
        if summary.front
    )
    note = "Rosters of which none is better in every goal; coverage stands at each point"
    title = "Pareto front"
    return Plot(
        "pareto", title, note, Kind.POINTS, "points lost by fairness", "points lost by preferences", series
    )
