"""Runs side by side: per company and algorithm, over seeds, on one kind of machine at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.benchmarks.results.document import Result
from services.benchmarks.results.figures import FIGURES, Figure
from services.benchmarks.results.statistics import Estimate, differ, estimate


@dataclass(frozen=True, slots=True, order=True)
class Group:
    """Results that may be averaged: everything but the seed is the same."""

    machine: str
    """Fingerprint."""
    company: str
    algorithm: str
    run: str


@dataclass(frozen=True, slots=True)
class Line:
    """One group's estimates by figure; `failed` counts results without a roster."""

    group: Group
    estimates: Mapping[str, Estimate]
    failed: int


@dataclass(frozen=True, slots=True)
class Winner:
    """The best mean of a figure in one company, run and machine; several if they are equal."""

    machine: str
    company: str
    run: str
    figure: str
    algorithms: tuple[str, ...]
    value: float


@dataclass(frozen=True, slots=True)
class Change:
    """A figure that differs between two runs beyond chance."""

    machine: str
    company: str
    algorithm: str
    figure: str
    before: float
    after: float
    worse: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """What there is to say about some runs."""

    lines: tuple[Line, ...]
    winners: tuple[Winner, ...]
    changes: tuple[Change, ...]

    @property
    def regressions(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.worse)


def compare(results: Iterable[Result], runs: tuple[str, ...] = ()) -> Comparison:
    """Compare runs, each with the one before it; without `runs`, all of them in the order in which they ended."""
    known = [result for result in results if not runs or result.run in runs]
    groups = _grouped(known)
    order = runs or _by_end(known)
    lines = tuple(_line(group, members) for group, members in sorted(groups.items()))
    return Comparison(lines, tuple(_winners(lines)), tuple(_changes(groups, order)))


def _grouped(results: Iterable[Result]) -> dict[Group, list[Result]]:
    groups: dict[Group, list[Result]] = defaultdict(list)
    for result in results:
        groups[Group(result.machine.fingerprint, result.company, result.algorithm, result.run)].append(result)
    return groups


def _by_end(results: Iterable[Result]) -> tuple[str, ...]:
    ended = {
        result.run: result.finished_at for result in sorted(results, key=lambda result: result.finished_at)
    }
    return tuple(sorted(ended, key=lambda run: ended[run]))


def _values(figure: Figure, results: Iterable[Result]) -> list[float]:
    values = (figure.of(result) for result in results if result.status == "completed")
    return [value for value in values if value is not None]


def _line(group: Group, results: list[Result]) -> Line:
    estimates = {figure.key: estimate(values) for figure in FIGURES if (values := _values(figure, results))}
    return Line(group, estimates, sum(result.status == "failed" for result in results))


def _winners(lines: tuple[Line, ...]) -> Iterable[Winner]:
    contests: dict[tuple[str, str, str], list[Line]] = defaultdict(list)
    for line in lines:
        contests[line.group.machine, line.group.company, line.group.run].append(line)
    for (machine, company, run), contestants in contests.items():
        for figure in FIGURES:
            means = {
                line.group.algorithm: line.estimates[figure.key].mean
                for line in contestants
                if figure.key in line.estimates
            }
            if len(means) > 1:
                best = max(means.values()) if figure.higher_is_better else min(means.values())
                algorithms = tuple(algorithm for algorithm, mean in means.items() if mean == best)
                yield Winner(machine, company, run, figure.key, algorithms, best)


def _changes(groups: dict[Group, list[Result]], runs: tuple[str, ...]) -> Iterable[Change]:
    """Each run against the last earlier one that has the same machine, company and algorithm."""
    latest: dict[tuple[str, str, str], list[Result]] = {}
    for run in runs:
        for group in sorted(group for group in groups if group.run == run):
            place = (group.machine, group.company, group.algorithm)
            if place in latest:
                yield from _figure_changes(group, latest[place], groups[group])
            latest[place] = groups[group]


def _figure_changes(group: Group, before: list[Result], after: list[Result]) -> Iterable[Change]:
    for figure in FIGURES:
        old, new = _values(figure, before), _values(figure, after)
        if not old or not new or not differ(old, new):
            continue
        was, now = estimate(old).mean, estimate(new).mean
        if abs(now - was) <= figure.tolerance * abs(was):
            continue
        worse = now < was if figure.higher_is_better else now > was
        yield Change(group.machine, group.company, group.algorithm, figure.key, was, now, worse)
