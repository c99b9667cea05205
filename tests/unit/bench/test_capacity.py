"""The model of what nodes carry, against what queueing theory says in closed form."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.capacity import BUSY, CORES, NODES_PER_CELL, Autoscaler, Cluster, Demand, Station, drain


@given(seconds=st.floats(0.001, 1.0), load=st.floats(0.05, 0.95))
def test_one_server_waits_as_an_m_m_1_queue(seconds: float, load: float) -> None:
    station = Station("any", seconds, servers=1)

    assert station.wait(load / seconds) == pytest.approx(load * seconds / (1 - load))


def test_two_servers_wait_as_the_tables_of_erlang_say() -> None:
    """C(2, 1) is 1/3: of two servers with one Erlang offered, a third of the callers wait."""
    assert Station("any", 1.0, servers=2).wait(1.0) == pytest.approx(1 / 3)


def test_a_thousand_servers_overflow_nothing() -> None:
    assert 0 <= Station("any", 1.0, servers=4_000).wait(3_900) < 1


def test_beyond_its_servers_a_queue_never_ends() -> None:
    assert math.isinf(Station("any", 0.5, servers=2).wait(4.0))


def test_a_station_is_used_up_to_a_bound() -> None:
    assert Station("any", 0.01, servers=4).limit == pytest.approx(BUSY * 400)


@given(st.sampled_from([10, 30, 100, 300]))
def test_more_nodes_carry_more_until_a_leader_is_full(nodes: int) -> None:
    demand = Demand()
    few, many = Cluster.of(nodes, demand), Cluster.of(nodes * 3, demand)

    assert many.bottleneck.limit >= few.bottleneck.limit
    leader = next(station for station in many.stations if station.name == "database")
    assert leader.servers == CORES


def test_a_cell_is_full_of_workers_and_database_at_once() -> None:
    demand = Demand()
    fewer, more = Cluster.of(NODES_PER_CELL - 2, demand), Cluster.of(NODES_PER_CELL + 2, demand)

    assert fewer.bottleneck.name == "exporter"
    assert more.bottleneck.name == "database"


def test_a_burst_that_one_replica_clears_before_the_first_look_starts_no_other() -> None:
    done = drain(4, 0.5, Autoscaler(jobs_per_replica=5))

    assert (done.seconds, done.replica_seconds) == (2, 2)


def test_replicas_come_after_their_start_and_are_paid_for_from_the_decision() -> None:
    scaler = Autoscaler(jobs_per_replica=10, most=4, polling=10, start=15)

    done = drain(100, 1.0, scaler)

    # 15 s alone leave 85 jobs, which four replicas clear in 22 s; all four are paid for from the first look on.
    assert (done.seconds, done.replica_seconds) == (37, 4 * 37)


@given(jobs=st.integers(1, 2_000), per_replica=st.integers(1, 50))
def test_a_higher_bound_is_never_slower(jobs: int, per_replica: int) -> None:
    few = drain(jobs, 0.2, Autoscaler(per_replica, most=5))
    many = drain(jobs, 0.2, Autoscaler(per_replica, most=50))

    assert many.seconds <= few.seconds
