"""What the handlers of the benchmarks service work with, made once by `app`."""

from __future__ import annotations

from dataclasses import dataclass

from libs.common.benchmarks.reading import BenchmarkReader
from libs.common.parts import Parts
from services.benchmarks.compute import Compute
from services.benchmarks.store.results import Results
from services.benchmarks.store.runs import Runs


@dataclass(frozen=True)
class Benchmarks:
    """The service's parts, and where it computes."""

    parts: Parts
    compute: Compute

    @property
    def reader(self) -> BenchmarkReader:
        return BenchmarkReader(self.parts.database)

    @property
    def results(self) -> Results:
        return Results(self.parts.database)

    @property
    def runs(self) -> Runs:
        return Runs(self.parts.database)
