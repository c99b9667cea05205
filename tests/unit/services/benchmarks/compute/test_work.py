"""Solving one piece of work: what comes back, and what algorithms of others may not get away with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import numpy as np
import pytest

from services.benchmarks.algorithms import registry
from services.benchmarks.algorithms.port import Effort, Solution, Watch
from services.benchmarks.compute.messages import Advanced, Message, last_message, outcome
from services.benchmarks.compute.work import AlgorithmFailed, Solved, Work, solve
from services.benchmarks.problem.arrays import RosterArray
from services.benchmarks.problem.model import RosterProblem
from tests.unit.services.benchmarks.workplaces import shop

Make = Callable[[RosterProblem], RosterArray]
Add = Callable[[Make], None]
WORK = Work(shop(), 2025, "reference", "Theirs", seed=1, budget=2, time_limit=60.0)


class Theirs:
    """An algorithm of somebody else, which makes rosters in its own way."""

    name = "Theirs"
    key = "Theirs"

    def __init__(self, make: Make) -> None:
        self._make = make

    def solve(self, problem: RosterProblem, effort: Effort) -> Solution:
        watch = Watch(effort, effort.budget or 1)
        roster = self._make(problem)
        while not (stop := watch.stop()):
            watch.step(0.0)
        return watch.solution(problem, roster, stop)


@pytest.fixture
def theirs(monkeypatch: pytest.MonkeyPatch) -> Add:
    def add(make: Make) -> None:
        monkeypatch.setattr(registry, "algorithm_named", lambda _text: Theirs(make))

    return add


def everybody_every_day(problem: RosterProblem) -> RosterArray:
    return np.zeros((problem.employees, problem.days), np.int16)


def of_another_year(_problem: RosterProblem) -> RosterArray:
    return np.zeros((1, 400), np.int16)


def test_a_roster_with_its_figures(theirs: Add) -> None:
    theirs(RosterProblem.empty_roster)
    solved = solve(WORK, lambda _done, _objective: None, lambda: False)
    assert (solved.iterations, solved.truncated, solved.kpis.entries) == (2, False, 0)


def test_broken_rules_are_a_failure_that_names_them(theirs: Add) -> None:
    theirs(everybody_every_day)
    with pytest.raises(AlgorithmFailed, match=r"Theirs.*weekly_hours \d+.*non_working \d+"):
        solve(WORK, lambda _done, _objective: None, lambda: False)


def test_a_roster_of_another_shape_is_a_failure(theirs: Add) -> None:
    theirs(of_another_year)
    assert isinstance(last_message(WORK, lambda _message: None), AlgorithmFailed)


async def test_messages_become_progress_and_a_result(theirs: Add) -> None:
    theirs(RosterProblem.empty_roster)
    sent: list[Advanced] = []
    last = last_message(WORK, sent.append)
    assert isinstance(last, Solved)
    assert sent[0].done == 0.5
    told: list[float] = []

    def tell(done: float, _objective: float) -> None:
        told.append(done)

    async def messages() -> AsyncIterator[Message]:
        everything: list[Message] = [*sent, last]
        for message in everything:
            yield message

    assert await outcome(messages(), tell) is last
    assert told == [advanced.done for advanced in sent]


async def test_an_error_that_was_sent_is_raised() -> None:
    async def messages() -> AsyncIterator[Message]:
        yield AlgorithmFailed("no luck")

    def tell(_done: float, _objective: float) -> None:
        raise AssertionError("nothing to tell")

    with pytest.raises(AlgorithmFailed, match="no luck"):
        await outcome(messages(), tell)
