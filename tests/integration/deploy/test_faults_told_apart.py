"""Thirteen faults, one after the other: metrics show the signs of each and of no other, and a log line tells the rest.

One gateway, exporter, importer and benchmarks service, each with a broker, database and storage behind a wire that
can be cut.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pytest
from pymongo import MongoClient

from libs.common.database.collections import EXPERIMENT_HOSTING
from libs.common.hosting import HostingState
from libs.common.migrations.schema import COLLECTION, FIRST_VERSION
from libs.common.migrations.steps import STEPS
from tests.e2e.road import EXAMPLES, KINDS, answered, pack, upload
from tests.integration.deploy import signs as known
from tests.integration.deploy.signs import Fault, Seen, look, signs
from tests.servers.binaries import ServerMissing, free_port
from tests.servers.cluster import Cluster, Shared, cluster, shared
from tests.servers.debian_packages import unpacked
from tests.servers.entrepot import service
from tests.servers.rabbitmq import RabbitmqNode
from tests.servers.s3 import S3Server
from tests.servers.wire import Wire, wire

TELL_SECONDS = 120.0
WAITING_LIMIT = 60
SLOW_SECONDS = 3.0
SKEW = "+60s"

pytestmark = [pytest.mark.soak, pytest.mark.xdist_group("replicas"), pytest.mark.timeout(600)]


@dataclass(frozen=True)
class Site:
    """What runs, what can be broken, and what was seen while all was well."""

    cluster: Cluster
    parts: Shared
    bus: Wire
    database: Wire
    storage: Wire
    node: RabbitmqNode
    mongo_uri: str

    @contextmanager
    def tells(self, fault: Fault) -> Iterator[None]:
        """Enter, break something, leave: the fault must be told, and by nothing that tells of another one."""
        before = look(self.cluster)
        assert signs(before, before) == set(), "something was wrong before"
        yield
        self._must_tell(fault, before)

    def _must_tell(self, fault: Fault, before: Seen) -> None:
        process = self.cluster.processes[f"{fault.service}-0"]
        deadline, told = time.monotonic() + TELL_SECONDS, set[str]()
        while told != fault.signs or not fault.is_logged(process):
            told = signs(before, look(self.cluster))
            assert time.monotonic() < deadline, f"{sorted(told)}\n{process.tail()}"

    def recover(self) -> None:
        """Wait until all is well again."""
        deadline = time.monotonic() + TELL_SECONDS
        while told := signs(now := look(self.cluster), now):
            assert time.monotonic() < deadline, told

    def ask(self, count: int) -> list[int]:
        """Statuses of so many exports, none waited for."""
        wanted = [(kind, slug) for kind in KINDS for slug in EXAMPLES]

        def one(number: int) -> int:
            kind, slug = wanted[number % len(wanted)]
            with self.cluster.client(Prefer="respond-async") as http:
                return http.get(f"/api/package-{kind}/{slug}").status_code

        with ThreadPoolExecutor(8) as pool:
            return list(pool.map(one, range(count)))


@pytest.fixture(scope="module")
def running(
    rabbitmq_node: RabbitmqNode, mongo_uri: str, s3_server: S3Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    parts = shared(rabbitmq_node, mongo_uri, s3_server)
    with ExitStack() as stack:
        bus, database, storage = (
            stack.enter_context(wire(urlsplit(url).port or 0))
            for url in (parts.amqp_url, mongo_uri, s3_server.b2_endpoint_url)
        )
        wired = Shared(
            _through(bus, parts.amqp_url),
            _through(database, mongo_uri),
            parts.db_name,
            replace(s3_server, b2_endpoint_url=_through(storage, s3_server.b2_endpoint_url)),
        )
        settings = {
            "LOG_FORMAT": "json",
            "WORKERS": 1,
            "JOB_LEASE_SECONDS": 3,
            "IDLE_POLL_SECONDS": 1,
            "WAITING_JOBS_LIMIT": WAITING_LIMIT,
        }
        folder = tmp_path_factory.mktemp("faults")
        made = stack.enter_context(cluster(folder, wired, replicas=1, **settings))
        yield Site(made, wired, bus, database, storage, rabbitmq_node, mongo_uri)


@pytest.fixture
def site(running: Site) -> Iterator[Site]:
    """Well before a test, and again after it."""
    running.recover()
    yield running
    for each in (running.bus, running.database, running.storage):
        each.mend()


def _through(way: Wire, url: str) -> str:
    return url.replace(f":{urlsplit(url).port}", f":{way.port}")


def test_the_broker_is_away(site: Site) -> None:
    with site.tells(known.BROKER):
        site.bus.cut()
        assert site.ask(1) == [202]


def test_the_database_is_away(site: Site) -> None:
    with site.tells(known.DATABASE):
        site.database.cut()


def test_the_storage_is_away(site: Site) -> None:
    with site.tells(known.STORAGE):
        site.storage.cut()
        site.ask(1)


def test_no_exporter_runs(site: Site) -> None:
    with site.tells(known.NO_EXPORTER):
        site.cluster.processes["exporter-0"].kill()
        site.ask(1)
    site.cluster.processes["exporter-0"].start()


def test_too_few_workers(site: Site) -> None:
    with site.tells(known.BUSY):
        assert set(site.ask(WAITING_LIMIT)) <= {200, 202}


def test_one_caller_asks_for_too_much(site: Site) -> None:
    with site.tells(known.GREEDY):
        assert 429 in site.ask(4 * WAITING_LIMIT)


def test_a_message_that_nobody_can_read(site: Site) -> None:
    host = quote(site.parts.db_name)
    with site.tells(known.POISON):
        body = {"properties": {}, "routing_key": "exporter.export.request", "payload": "?"}
        site.node.management.call(
            "POST", f"/exchanges/{host}/amq.default/publish", body | {"payload_encoding": "string"}
        )
    site.node.management.call("DELETE", f"/queues/{host}/exporter.export.request.dead/contents")


def test_tokens_are_refused(site: Site) -> None:
    with site.tells(known.TOKENS), site.cluster.client(Authorization="Bearer entrepot_guessed") as http:
        assert http.get("/api/jobs").status_code == httpx.codes.UNAUTHORIZED


def test_uploads_are_broken(site: Site) -> None:
    with site.tells(known.UPLOADS), site.cluster.client() as http:
        answered(upload(http, pack({"manifest.json": b"{"}), slug_id="click"), 422)


def test_an_experiment_is_slow(site: Site) -> None:
    with (
        site.tells(known.SLOW),
        slow_host() as address,
        MongoClient[dict[str, object]](site.mongo_uri) as client,
        site.cluster.client() as http,
    ):
        hostings = client[site.parts.db_name][EXPERIMENT_HOSTING]
        record = {"state": HostingState.RUNNING, "address": address, "token": "of-the-host", "revision": 1}
        hostings.update_one({"_id": "click"}, {"$set": record}, upsert=True)
        answered(http.get("/experiments/click/anything"))


def test_a_disk_is_full(site: Site) -> None:
    if os.geteuid() != 0:
        raise ServerMissing("Run this suite as root, so that it can make a small disk.")
    home = Path(site.cluster.processes["exporter-0"].environment["ENTREPOT_HOME"])
    home.mkdir(exist_ok=True)
    with site.tells(known.DISK):
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", home], check=True)
    subprocess.run(["umount", home], check=True)


def test_a_clock_is_wrong(site: Site, tmp_path: Path) -> None:
    """Of one more exporter, which thinks that it is a minute later."""
    health = free_port()
    known_here = site.cluster.processes["exporter-0"].environment
    preloaded = next((unpacked("libfaketime") / "usr" / "lib").glob("*-linux-gnu/faketime/libfaketime.so.1"))
    own = {"ENTREPOT_HOME": tmp_path / "late", "HEALTH_PORT": health, "PORT": free_port()}
    faked = {"LD_PRELOAD": preloaded, "FAKETIME": SKEW, "FAKETIME_DONT_FAKE_MONOTONIC": 1}
    late = service("exporter", tmp_path / "late.log", **{**known_here, **own, **faked})
    try:
        with site.tells(known.CLOCK):
            late.start()
            site.cluster.scrapes["late"] = f"127.0.0.1:{health}"
    finally:
        site.cluster.scrapes.pop("late", None)
        late.kill()


def test_a_service_is_too_old_for_the_data(site: Site) -> None:
    exporter = site.cluster.processes["exporter-0"]
    with MongoClient[dict[str, object]](site.mongo_uri) as client:
        stored = client[site.parts.db_name][COLLECTION]
        with site.tells(known.OLD):
            ahead = {"$set": {"version": FIRST_VERSION + len(STEPS) + 2}}
            stored.update_one({"_id": COLLECTION}, ahead, upsert=True)
            assert exporter.stop() == 0
            exporter.launch()
        stored.delete_one({"_id": COLLECTION})
    assert exporter.process.wait(timeout=TELL_SECONDS) == 1
    exporter.start()


@contextmanager
def slow_host() -> Iterator[str]:
    """The address of a host of experiments that thinks for a while."""

    class Think(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            threading.Event().wait(SLOW_SECONDS)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Think)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)
