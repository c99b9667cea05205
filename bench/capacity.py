"""What a number of nodes carries, computed from what one replica was measured to take (docs/scaling.md).

Every job visits each station for so long; a station with one leader, as broker and database have, does not grow with
the nodes, the others do. Waiting follows from M/M/c (Erlang's C formula), and a burst is stepped through second by
second with the autoscaler that `deploy/kubernetes/components/autoscaling` configures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from typing import Final

from bench.house import Site
from bench.report import Figure

NODES: Final = (10, 100, 1_000)
NODES_PER_CELL: Final = 9
"""With more, a cell's database is full before its workers are."""
CORES: Final = 4
"""Of a node."""
LEADERS: Final = 6
"""Nodes that three members each of broker and database have to themselves."""
BUSY: Final = 0.7
"""Load up to which a station is used; beyond, waiting grows faster than work."""


@dataclass(frozen=True)
class Demand:
    """Milliseconds of one core that a job takes of each part: an export of 3,000 new documents, 2.5 MB.

    From `python -m bench gateway growth`, rounded; both say what the parts took while others kept the machine busy, so
    that they are rather too high.
    """

    gateway: float = 2.6
    exporter: float = 150.0
    database: float = 65.0
    """Mostly for reading the documents; accepting the job takes 1.6 of it."""
    broker: float = 1.5
    storage_megabytes: float = 1.0
    """Written to the object storage."""


@dataclass(frozen=True)
class Station:
    """`seconds` of one server that a job takes; `servers` work side by side."""

    name: str
    seconds: float
    servers: int

    @property
    def limit(self) -> float:
        """Jobs a second."""
        return BUSY * self.servers / self.seconds

    def wait(self, rate: float) -> float:
        """Mean seconds in line at so many jobs a second (Erlang C); infinite beyond what it can do."""
        offered = rate * self.seconds
        if offered >= self.servers:
            return math.inf
        blocked = 1.0  # Erlang B, by its recursion, which no factorial can overflow
        for server in range(1, self.servers + 1):
            blocked = offered * blocked / (server + offered * blocked)
        busy = blocked / (1 - offered / self.servers * (1 - blocked))
        return busy * self.seconds / (self.servers - offered)


@dataclass(frozen=True)
class Cluster:
    """Stations of so many nodes; broker, database and storage are there once."""

    stations: tuple[Station, ...]

    @classmethod
    def of(cls, nodes: int, demand: Demand, *, storage_megabytes: float = 1_000.0) -> Cluster:
        """Gateways and exporters share the other nodes as their demands are to each other."""
        cores = max(nodes - LEADERS, 2) * CORES
        share = demand.gateway / (demand.gateway + demand.exporter)
        gateways = max(2, round(cores * share))
        return cls(
            (
                Station("gateway", demand.gateway / 1000, gateways),
                Station("exporter", demand.exporter / 1000, max(cores - gateways, 1)),
                Station("database", demand.database / 1000, CORES),
                Station("broker", demand.broker / 1000, CORES),
                Station("storage", demand.storage_megabytes / storage_megabytes, 1),
            )
        )

    @property
    def bottleneck(self) -> Station:
        return min(self.stations, key=lambda station: station.limit)

    def wait(self, rate: float) -> float:
        """Seconds that a job waits, all stations together."""
        return sum(station.wait(rate) for station in self.stations)


@dataclass(frozen=True)
class Autoscaler:
    """KEDA's queue trigger: one replica per `jobs_per_replica` that wait, looked at every `polling` seconds."""

    jobs_per_replica: int = 5
    most: int = 10
    polling: int = 10
    start: int = 15
    """Seconds from the decision to a replica that works: a pod is scheduled, its image is there, the service starts."""


@dataclass(frozen=True)
class Drained:
    seconds: int
    replica_seconds: int
    """What was paid for: replicas times the time that they were there."""


def drain(jobs: int, seconds_per_job: float, scaler: Autoscaler) -> Drained:
    """How long a burst takes that meets one replica; a replica is one process, so one core, however many its slots."""
    left, second, paid, ready, ordered = float(jobs), 0, 0, 1, [(0, 1)]
    while left > 0:
        if second % scaler.polling == 0:
            wanted = min(max(math.ceil(left / scaler.jobs_per_replica), ready), scaler.most)
            if wanted > ordered[-1][1]:
                ordered.append((second + scaler.start, wanted))
        ready = max(count for due, count in ordered if due <= second)
        left -= ready / seconds_per_job
        paid += ordered[-1][1]
        second += 1
    return Drained(second, paid)


def measure(_: Site) -> list[Figure]:
    """As one cluster, and as cells that share nothing, each for some of the slugs."""
    demand, figures = Demand(), []
    for nodes in NODES:
        for cells in dict.fromkeys((1, max(1, nodes // NODES_PER_CELL))):
            cell = Cluster.of(nodes // cells, demand)
            first = cell.bottleneck
            work = f"{nodes:,} nodes" if cells == 1 else f"{nodes:,} nodes in {cells} cells"
            figures += [
                Figure(work, f"carried; first the {first.name} is full", cells * first.limit, "jobs/s"),
                Figure(work, "mean wait at that", 1000 * cell.wait(first.limit), "ms"),
            ]
    return figures + _bursts(demand)


def _bursts(demand: Demand) -> list[Figure]:
    figures = []
    for jobs, per_replica, most in product((50, 1_000), (5, 20), (10, 50)):
        drained = drain(jobs, demand.exporter / 1000, Autoscaler(per_replica, most))
        work = f"burst of {jobs:,} exports, {per_replica} a replica, at most {most}"
        figures += [
            Figure(work, "drained after", drained.seconds, "s"),
            Figure(work, "paid", drained.replica_seconds / 60, "replica minutes"),
        ]
    return figures
