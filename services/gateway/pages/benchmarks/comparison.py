"""Algorithms side by side: rows of figures, columns of algorithms, the best marked, the change since a run before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.gateway.pages.benchmarks.estimates import Estimate
from services.gateway.pages.benchmarks.figures import FIGURES, RUNTIME, Figure
from services.gateway.pages.benchmarks.summary import Identity, Summary

NOISE = 0.1
"""Relative change of a runtime that says nothing; everything else follows from the seed."""


@dataclass(frozen=True)
class Change:
    """Against the run before on the same machine. `is_better` is None where neither direction is."""

    percent: float | None
    """None where it was 0 before."""
    before: str
    is_rise: bool
    is_better: bool | None
    is_certain: bool
    """Beyond chance, as far as the seeds can tell."""

    @property
    def verdict(self) -> str:
        """In one word; a colour alone would not do."""
        if self.is_better is None:
            return "changed"
        words = "better" if self.is_better else "worse"
        return words if self.is_certain else f"{words}, perhaps by chance"


@dataclass(frozen=True)
class Cell:
    """A figure of an algorithm; `exact` is for who wants all digits."""

    text: str
    exact: str
    interval: str | None = None
    is_best: bool = False
    change: Change | None = None


@dataclass(frozen=True)
class Row:
    """`cells` has None where an algorithm does not have the figure."""

    figure: Figure
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True)
class Comparison:
    """`names_machines`: there is more than one, so that columns must say which."""

    columns: tuple[Summary, ...]
    rows: tuple[Row, ...]
    names_machines: bool

    @property
    def seeds(self) -> int:
        """The most that a mean is of."""
        return max((each.count for column in self.columns for each in column.estimates.values()), default=0)


def compare(summaries: Sequence[Summary], before: Sequence[Summary] = ()) -> Comparison:
    """`before` are those of the earlier run."""
    earlier = {summary.identity: summary for summary in before}
    rows = (_row(figure, summaries, earlier) for figure in FIGURES)
    return Comparison(
        columns=tuple(summaries),
        rows=tuple(row for row in rows if any(row.cells)),
        names_machines=len({summary.machine for summary in summaries}) > 1,
    )


def _row(figure: Figure, summaries: Sequence[Summary], earlier: Mapping[Identity, Summary]) -> Row:
    best = _best(figure, summaries)
    cells = []
    for summary in summaries:
        estimate = summary.estimates.get(figure.key)
        was = earlier.get(summary.identity)
        old = was.estimates.get(figure.key) if was else None
        cells.append(_cell(figure, estimate, best, old) if estimate else None)
    return Row(figure, tuple(cells))


def _best(figure: Figure, summaries: Sequence[Summary]) -> str | None:
    """As it is written: what reads the same is equally good. None if there is nothing to choose between."""
    means = [found.mean for summary in summaries if (found := summary.estimates.get(figure.key))]
    if figure.higher_is_better is None or len({figure.write(mean) for mean in means}) < 2:  # noqa: PLR2004
        return None
    return figure.write(max(means) if figure.higher_is_better else min(means))


def _cell(figure: Figure, estimate: Estimate, best: str | None, old: Estimate | None) -> Cell:
    return Cell(
        text=figure.write(estimate.mean),
        exact=f"{estimate.mean!r}, mean of {estimate.count}" if estimate.count > 1 else repr(estimate.mean),
        interval=_interval(figure, estimate),
        is_best=figure.write(estimate.mean) == best,
        change=_change(figure, estimate, old) if old else None,
    )


def _interval(figure: Figure, estimate: Estimate) -> str | None:
    """None where both ends read the same."""
    if estimate.spread is None:
        return None
    low, high = (figure.write(end) for end in estimate.spread)
    return f"{low} to {high}" if low != high else None


def _change(figure: Figure, now: Estimate, before: Estimate) -> Change | None:
    """None where it reads the same, or is noise."""
    if figure.write(now.mean) == figure.write(before.mean):
        return None
    if figure is RUNTIME and abs(now.mean - before.mean) <= NOISE * abs(before.mean):
        return None
    is_rise = now.mean > before.mean
    better = None if figure.higher_is_better is None else is_rise == figure.higher_is_better
    return Change(
        percent=100 * abs(now.mean - before.mean) / abs(before.mean) if before.mean else None,
        before=figure.write(before.mean),
        is_rise=is_rise,
        is_better=better,
        is_certain=now.differs_from(before),
    )
