from __future__ import annotations

import csv
import io
import json

from services.gateway.pages.benchmarks.plots import COLOURS, Kind, Plot, Point, plots_of
from services.gateway.pages.benchmarks.reading import Timing
from services.gateway.pages.benchmarks.summary import Summary

from .summaries import LAPTOP, summary

GA = summary("GA", runtime_seconds=1.5, gini=0.02, violations=0)
SA = summary("SA", runtime_seconds=3.0, gini=0.04, violations=2)
TIMINGS = (Timing("GA", "Big", 9.0), Timing("GA", "Small", 1.5), Timing("SA", "Gone", 1.0))


def plots(*summaries: Summary) -> dict[str, Plot]:
    made = plots_of(summaries, TIMINGS, {"Small": 10, "Big": 100}, ["GA", "SA"])
    return {plot.name: plot for plot in made}


def test_every_plot_that_has_numbers_is_there() -> None:
    assert list(plots(GA, SA)) == [
        *("runtime", "fairness", "coverage", "violations"),
        *("monthly-hours-40", "scalability", "pareto"),
    ]


def test_what_has_no_numbers_is_not_drawn() -> None:
    assert plots_of([Summary("GA", LAPTOP, {})], (), {}, ["GA"]) == []


def test_bars_have_one_point_per_algorithm_with_its_unit() -> None:
    runtime = plots(GA, SA)["runtime"]
    assert [(series.name, series.points) for series in runtime.series] == [
        ("GA", (Point(0, 1.5, "1.5 s"),)),
        ("SA", (Point(0, 3.0, "3.0 s"),)),
    ]
    assert runtime.y == "seconds"


def test_coverage_is_the_mean_over_shifts() -> None:
    assert plots(GA)["coverage"].series[0].points == (Point(0, 100.0, "100 %"),)


def test_an_algorithm_has_one_colour_in_all_plots() -> None:
    colours = {(series.name, series.colour) for plot in plots(GA, SA).values() for series in plot.series}
    assert colours == {("GA", 0), ("SA", 1)}


def test_colours_come_again_where_there_are_too_few() -> None:
    names = [f"A{place}" for place in range(COLOURS + 1)]
    made = plots_of([summary(name, gini=0.1) for name in names], (), {}, names)
    assert [series.colour for series in made[0].series][-1] == 0


def test_scalability_goes_by_employees_of_companies_that_exist() -> None:
    (series,) = plots(GA, SA)["scalability"].series
    assert [(point.x, point.y) for point in series.points] == [(10, 1.5), (100, 9.0)]


def test_a_front_goes_from_fair_to_unfair() -> None:
    pareto = plots(GA)["pareto"]
    assert pareto.kind is Kind.POINTS
    assert [(point.x, point.y) for point in pareto.series[0].points] == [(10, 20), (20, 10)]


def test_the_data_is_a_table() -> None:
    rows = list(csv.reader(io.StringIO(plots(GA)["monthly-hours-40"].as_csv())))
    assert rows[0] == ["algorithm", "month", "hours"]
    assert rows[1] == ["GA", "Jan", "150.0"]
    assert len(rows) == 13
    assert list(csv.reader(io.StringIO(plots(GA)["runtime"].as_csv())))[1] == ["GA", "1.5"]


def test_a_name_that_a_spreadsheet_would_compute_is_quoted() -> None:
    hostile = summary("=1+1", gini=0.1)
    (fairness,) = [plot for plot in plots_of([hostile], (), {}, ["=1+1"]) if plot.name == "fairness"]
    assert list(csv.reader(io.StringIO(fairness.as_csv())))[1][0] == "'=1+1"


def test_the_data_is_json() -> None:
    told = json.loads(plots(GA)["runtime"].as_json())
    assert told["series"][0]["points"] == [{"x": 0, "y": 1.5, "label": "1.5 s"}]
