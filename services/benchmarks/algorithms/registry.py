"""All algorithms by name: those shipped and those that other distributions add."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import entry_points

from libs.common.errors import Misconfigured, NotFound
from services.benchmarks.algorithms.annealing import SimulatedAnnealing
from services.benchmarks.algorithms.constraint import ConstraintProgramming
from services.benchmarks.algorithms.genetic import GeneticAlgorithm
from services.benchmarks.algorithms.linear import LinearProgramming
from services.benchmarks.algorithms.nsga2 import NSGA2
from services.benchmarks.algorithms.port import Algorithm

ENTRY_POINT_GROUP = "entrepot.algorithms"


@lru_cache(maxsize=1)
def algorithms() -> dict[str, Algorithm]:
    """Algorithms by key, shipped ones first; Misconfigured if two share a key or a name."""
    shipped: list[Algorithm] = [
        LinearProgramming(),
        GeneticAlgorithm(),
        SimulatedAnnealing(),
        NSGA2(),
        ConstraintProgramming(),
    ]
    found: dict[str, Algorithm] = {}
    for algorithm in [*shipped, *_added()]:
        taken = {item.key.casefold() for item in found.values()} | {
            item.name.casefold() for item in found.values()
        }
        if not taken.isdisjoint({algorithm.key.casefold(), algorithm.name.casefold()}):
            raise Misconfigured(f"Two algorithms are called {algorithm.key!r} or {algorithm.name!r}.")
        found[algorithm.key] = algorithm
    return found


def algorithm_named(text: str) -> Algorithm:
    """The algorithm of a key or full name, upper or lower case; NotFound names what there is."""
    for algorithm in algorithms().values():
        if text.casefold() in {algorithm.key.casefold(), algorithm.name.casefold()}:
            return algorithm
    raise NotFound(f"There is no algorithm {text!r}; there are {', '.join(algorithms())}.")


def _added() -> list[Algorithm]:
    """Instances from entry points, which name an instance or a class without arguments."""
    added = []
    for point in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda point: point.name):
        loaded = point.load()
        added.append(loaded() if isinstance(loaded, type) else loaded)
    return added
