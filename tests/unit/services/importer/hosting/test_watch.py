"""What the watch makes of Ray's table and of a host's answers; the hosts are stand-ins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from libs.common.hosting import Hosting, HostingState
from libs.common.limits import Limits
from services.importer.hosting.board import Board
from services.importer.hosting.cluster import ActorRow, Cluster, Host, HostGone
from services.importer.hosting.probe import Activity, Prober
from services.importer.hosting.watch import HANGING_PROBES, INITIALIZE_TRIES, MAX_RESTARTS, Finding, Watch

HOST = "host:click:1:abc"
SERVING = Hosting(
    slug="click",
    since=datetime(2030, 1, 1, tzinfo=UTC),
    state=HostingState.RUNNING,
    address="http://127.0.0.1:1",
    token="token",
    host=HOST,
)


class OneHost:
    """Cluster, board and prober around one host."""

    def __init__(self) -> None:
        self.limits = Limits()
        self.activity: Activity | None = Activity(busy=0, idle_seconds=0)
        self.moved_to = SERVING.address
        self.initialize_lines: list[str] = []
        self.initialized = 0
        self.killed: list[bool] = []
        self.written: dict[str, Any] = {}

    async def probe(self, address: str, token: str) -> Activity | None:
        return self.activity

    async def find_host(self, name: str) -> Host:
        if self.moved_to is None:
            raise HostGone(["gone"])
        return cast(Host, self)

    async def address(self, *, seconds: float) -> str | None:
        return self.moved_to

    async def initialize(self, *, seconds: float) -> Sequence[str]:
        self.initialized += 1
        return self.initialize_lines

    async def kill_host(self, name: str, *, restart: bool) -> None:
        self.killed.append(restart)

    async def write(self, slug: str, **fields: Any) -> None:
        self.written |= fields


@pytest.fixture
def one() -> OneHost:
    return OneHost()


@pytest.fixture
def watch(one: OneHost) -> Watch:
    return Watch(cast(Cluster, one), cast(Board, one), cast(Prober, one))


def rows(
    *, host: int = 0, actor: int = 0, state: str = "ALIVE", actor_state: str = "ALIVE"
) -> dict[str, ActorRow]:
    return {
        HOST: ActorRow("1", HOST, state, host),
        "click-actor": ActorRow("2", "click-actor", actor_state, actor),
    }


async def test_who_answers_is_well(watch: Watch, one: OneHost) -> None:
    assert await watch.look(SERVING, rows()) is Finding.WELL
    assert (one.killed, one.written, one.initialized) == ([], {}, 0)


async def test_idle_is_who_has_nothing_under_way_for_long(watch: Watch, one: OneHost) -> None:
    one.activity = Activity(busy=0, idle_seconds=one.limits.host_idle_seconds + 1)
    assert await watch.look(SERVING, rows()) is Finding.IDLE
    one.activity = Activity(busy=1, idle_seconds=one.limits.host_idle_seconds + 1)
    assert await watch.look(SERVING, rows()) is Finding.WELL


async def test_a_host_that_hangs_is_killed_for_a_new_one(watch: Watch, one: OneHost) -> None:
    one.activity = None
    for _ in range(HANGING_PROBES - 1):
        await watch.look(SERVING, rows())
        assert one.killed == []
    await watch.look(SERVING, rows())
    assert one.killed == [True]


async def test_a_host_that_moved_is_followed(watch: Watch, one: OneHost) -> None:
    one.activity, one.moved_to = None, "http://127.0.0.1:2"
    for _ in range(HANGING_PROBES + 1):
        await watch.look(SERVING, rows(host=1))
    assert one.written == {"address": "http://127.0.0.1:2"}
    assert one.killed == []


async def test_a_host_out_of_reach_is_left_to_the_next_look(watch: Watch, one: OneHost) -> None:
    one.activity, one.moved_to = None, None
    for _ in range(HANGING_PROBES + 1):
        assert await watch.look(SERVING, rows()) is Finding.WELL
    assert one.killed == []


async def test_a_dead_host_is_told(watch: Watch) -> None:
    assert await watch.look(SERVING, {}) is Finding.DIED
    assert await watch.look(SERVING, rows(state="DEAD")) is Finding.DIED


async def test_a_host_that_died_again_and_again_is_crashing(watch: Watch) -> None:
    await watch.look(SERVING, rows())
    assert await watch.look(SERVING, rows(host=3, state="DEAD")) is Finding.CRASHING


async def test_a_restarted_actor_is_initialized_once_it_lives(watch: Watch, one: OneHost) -> None:
    await watch.look(SERVING, rows())
    await watch.look(SERVING, rows(actor=1, actor_state="RESTARTING"))
    assert one.initialized == 0
    await watch.look(SERVING, rows(actor=1))
    await watch.look(SERVING, rows(actor=1))
    assert one.initialized == 1


async def test_an_actor_that_restarted_before_the_first_look_is_initialized_too(
    watch: Watch, one: OneHost
) -> None:
    await watch.look(SERVING, rows(actor=1))
    assert one.initialized == 1


async def test_initialize_is_not_tried_for_ever(watch: Watch, one: OneHost) -> None:
    one.initialize_lines = ["no such model"]
    for _ in range(2 * INITIALIZE_TRIES):
        await watch.look(SERVING, rows(actor=1))
    assert one.initialized == INITIALIZE_TRIES


async def test_an_actor_that_restarts_too_often_is_crashing(watch: Watch) -> None:
    findings = [await watch.look(SERVING, rows(actor=count)) for count in range(MAX_RESTARTS + 2)]
    assert findings == [Finding.WELL] * (MAX_RESTARTS + 1) + [Finding.CRASHING]


async def test_what_does_not_serve_is_not_looked_at(watch: Watch) -> None:
    assert await watch.look(Hosting(slug="click"), {}) is Finding.WELL
