"""Collects everything that is wrong with a dump; a hostile one has a million faults, so only the first are kept."""

from __future__ import annotations

from collections import Counter

from libs.common.errors import Category, InvalidInput, Problem

KEPT = 1000
"""Problems kept with row and path; a person mends the first few and reads again."""


class Findings:
    """Counts all problems by category and code; keeps the first in full."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self.counts: Counter[tuple[Category, str]] = Counter()

    @property
    def total(self) -> int:
        return self.counts.total()

    @property
    def full(self) -> bool:
        """Further problems are only counted; whoever asks may spare the words."""
        return len(self.problems) >= self._kept

    def add(
        self,
        category: Category,
        code: str,
        message: str,
        *,
        row: int | None = None,
        path: str | None = None,
        remedy: str | None = None,
    ) -> None:
        """Row counts from 1, path is `$[row - 1].fields.name`."""
        self.counts[category, code] += 1
        if not self.full:
            self.problems.append(
                Problem(category=category, code=code, message=message, row=row, path=path, remedy=remedy)
            )

    def count(self, category: Category, code: str, number: int) -> None:
        """More problems of a kind, without words."""
        self.counts[category, code] += number

    def warn(self, code: str, message: str, row: int) -> None:
        """Something odd that is accepted."""
        if len(self.warnings) < self._kept:
            path = f"$[{row - 1}]"
            self.warnings.append(Problem(category="import", code=code, message=message, row=row, path=path))

    def refuse(self) -> None:
        """InvalidInput with everything found, if anything was."""
        if not self.total:
            return
        problems = sorted(self.problems, key=lambda problem: problem.row or 0)
        if self.total > len(problems):
            kinds = ", ".join(f"{number} {code}" for (_, code), number in self.counts.most_common())
            hidden = self.total - len(problems)
            message = f"{hidden} more problems are not listed; all in all there are {kinds}."
            problems.append(Problem(category="import", code="more-problems", message=message))
        raise InvalidInput(f"The dump has {self.total} problems; nothing was changed.", problems=problems)
