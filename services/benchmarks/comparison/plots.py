"""Plots of compared runs as PNG files (seed: the results that people look at side by side)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import fmean

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from services.benchmarks.comparison.compared import Compared
from services.benchmarks.results.document import Result

INCHES = (10.0, 6.0)
DPI = 120
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SHORT_RUN = 8

mpl.use("Agg")  # files only: there need not be a display

Number = Callable[[Result], float | None]


def write_plots(compared: Compared, folder: Path) -> list[Path]:
    """One file per subject; existing ones are replaced. Raises: OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    done = [result for result in compared.results if result.kpis is not None]
    bars: dict[str, tuple[str, Number]] = {
        "runtime": ("Runtime (s)", lambda result: result.runtime_seconds),
        "fairness": ("Gini of yearly hours (lower is fairer)", _gini),
        "coverage": ("Staff in % of the minimum, mean over shifts", _coverage),
        "violations": ("Violations of hard constraints", _violations),
    }
    written = [
        _save(folder / f"{name}.png", title, _bars(done, number)) for name, (title, number) in bars.items()
    ]
    written.append(_save(folder / "monthly_hours.png", "Hours per employee and month", _months(done)))
    written.append(_save(folder / "scalability.png", "Runtime by employees", _scaling(done, compared.people)))
    return written


def _save(path: Path, title: str, draw: Callable[[Axes], None]) -> Path:
    figure = Figure(figsize=INCHES, dpi=DPI, layout="constrained")
    axes = figure.subplots()
    draw(axes)
    axes.set_title(title)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize="small")
    figure.savefig(path)
    return path


def _bars(results: Sequence[Result], number: Number) -> Callable[[Axes], None]:
    """Groups of companies, a bar per algorithm and run."""

    def draw(axes: Axes) -> None:
        companies = sorted({result.company for result in results})
        series = _series(results, number)
        width = 0.8 / max(len(series), 1)
        for index, (label, means) in enumerate(sorted(series.items())):
            places = [place + index * width for place, company in enumerate(companies) if company in means]
            axes.bar(
                places, [means[company] for company in companies if company in means], width, label=label
            )
        axes.set_xticks([place + 0.4 - width / 2 for place in range(len(companies))], companies)

    return draw


def _months(results: Sequence[Result]) -> Callable[[Axes], None]:
    """A line per company, algorithm, run and contract."""

    def draw(axes: Axes) -> None:
        lines: dict[str, list[tuple[float, ...]]] = defaultdict(list)
        for result in results:
            for contract, hours in result.kpis.monthly_hours.items() if result.kpis else ():
                lines[f"{result.company}, {_label(result)}, {contract} h"].append(hours)
        for label, years in sorted(lines.items()):
            axes.plot(MONTHS, [fmean(month) for month in zip(*years, strict=True)], marker=".", label=label)
        axes.set_ylabel("hours")

    return draw


def _scaling(results: Sequence[Result], people: dict[str, int]) -> Callable[[Axes], None]:
    def draw(axes: Axes) -> None:
        known = [result for result in results if result.company in people]
        for label, means in sorted(_series(known, lambda result: result.runtime_seconds).items()):
            points = sorted((people[company], seconds) for company, seconds in means.items())
            axes.plot(
                [count for count, _ in points], [seconds for _, seconds in points], marker="o", label=label
            )
        axes.set_xlabel("employees")
        axes.set_ylabel("seconds")

    return draw


def _series(results: Iterable[Result], number: Number) -> dict[str, dict[str, float]]:
    """Mean by company, by algorithm and run."""
    values: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for result in results:
        if (value := number(result)) is not None:
            values[_label(result)][result.company].append(value)
    return {
        label: {company: fmean(seeds) for company, seeds in by_company.items()}
        for label, by_company in values.items()
    }


def _label(result: Result) -> str:
    return f"{result.algorithm} (…{result.run[-SHORT_RUN:]})"


def _gini(result: Result) -> float | None:
    return result.kpis.gini if result.kpis else None


def _coverage(result: Result) -> float | None:
    shifts = result.kpis.coverage if result.kpis else ()
    percents = [shift.percent_of_minimum for shift in shifts if shift.percent_of_minimum is not None]
    return fmean(percents) if percents else None


def _violations(result: Result) -> float | None:
    return sum(result.kpis.violations.model_dump().values()) if result.kpis else None
