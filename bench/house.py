"""The services as processes of their own on real RabbitMQ and MongoDB, for measurements under load."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

import psutil
from pymongo import MongoClient

from libs.common.database.collections import EXPERIMENTS_CONFIG
from libs.common.registry import Bundle, Platform, Registered
from tests.servers.binaries import accepts_connections, free_port, wait_until
from tests.servers.entrepot import Process, service, started
from tests.servers.mongod import mongod
from tests.servers.rabbitmq import RabbitmqNode, rabbitmq

ADMIN_TOKEN: Final = "entrepot_bench-0123456789abcdef0123456789abcdef"
DIGEST: Final = "0" * 64


class Servers:
    """A database and a broker for all entries of a run, each started when one first asks for it."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self._stack = stack

    @cached_property
    def mongo_uri(self) -> str:
        return self._stack.enter_context(mongod(self._made("mongod")))

    @cached_property
    def _broker(self) -> RabbitmqNode:
        node = self._stack.enter_context(rabbitmq(self._made("rabbitmq")))
        port = urlsplit(node.amqp_url).port or 5672
        # The node calls its virtual hosts healthy a moment before it listens.
        wait_until(lambda: accepts_connections(port), seconds=30, what="the broker listens")
        return node

    @contextmanager
    def virtual_host(self) -> Iterator[str]:
        """The address of an empty one."""
        name, management = f"bench-{uuid4().hex}", self._broker.management
        management.call("PUT", f"/vhosts/{name}", {})
        yield f"{self._broker.amqp_url}/{name}"
        management.call("DELETE", f"/vhosts/{name}")

    def process_of(self, program: str) -> psutil.Process:
        """Of a server, such as `mongod` or the broker's `beam.smp`."""
        for process in psutil.process_iter(["name", "cmdline"]):
            arguments = process.info["cmdline"] or ()
            if process.info["name"] == program and any(str(self._folder) in each for each in arguments):
                return process
        raise LookupError(f"No {program} works below {self._folder}.")

    def _made(self, name: str) -> Path:
        folder = self._folder / name
        folder.mkdir()
        return folder


@dataclass(frozen=True)
class Site:
    """Where an entry is measured: a folder of its own, and servers for all."""

    folder: Path
    servers: Servers


@dataclass
class House:
    """A database and a broker of an entry's own, as it were, and services that were started on them."""

    folder: Path
    servers: Servers
    amqp_url: str
    database_name: str
    port: int = field(default_factory=free_port)
    """Of the gateway."""

    @property
    def mongo_uri(self) -> str:
        return self.servers.mongo_uri

    @property
    def authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {ADMIN_TOKEN}"}

    @contextmanager
    def serving(self, *names: str, **settings: object) -> Iterator[list[Process]]:
        """A process for each name, in this order; a name may stand twice."""
        shared = {
            "AMQP_URL": self.amqp_url,
            "MONGO_URI": self.mongo_uri,
            "DB_NAME": self.database_name,
            "ENTREPOT_HOME": self.folder / "home",
            "SHARED_STORAGE_DIR": self.folder / "storage",
            "ENTREPOT_ADMIN_TOKEN": ADMIN_TOKEN,
            "PORT": self.port,
            "LOG_FORMAT": "json",  # as in containers
        }
        processes = [
            service(name, self.folder / f"{name}-{number}.log", **{**shared, **settings})
            for number, name in enumerate(names)
        ]
        with started(processes):
            yield processes

    @contextmanager
    def database(self) -> Iterator[Any]:
        """The services' own, for what is to stand in it beforehand."""
        with MongoClient[dict[str, Any]](self.mongo_uri, tz_aware=True) as client:
            yield client[self.database_name]

    def register(self, slugs: Sequence[str]) -> None:
        """Active experiments, as an import would leave them."""
        with self.database() as database:
            database[EXPERIMENTS_CONFIG].insert_many([_registered(slug).as_document() for slug in slugs])


@contextmanager
def open_house(site: Site) -> Iterator[House]:
    for name in ("home", "storage"):
        (site.folder / name).mkdir()
    with site.servers.virtual_host() as amqp_url:
        house = House(site.folder, site.servers, amqp_url, database_name=f"bench-{uuid4().hex}")
        yield house
        with MongoClient[dict[str, Any]](house.mongo_uri) as client:
            client.drop_database(house.database_name)


def _registered(slug: str) -> Registered:
    bundle = Bundle(key=f"{slug}/runtime-1.zip", sha256=DIGEST, size=1)
    platform = Platform(
        revision=1, digest=DIGEST, bundle=bundle, author="bench@localhost", updated_at=datetime.now(UTC)
    )
    return Registered(
        slug=slug,
        manifest={"name": slug, "status": "active"},
        platform=platform,
        runtime_s3_uri=f"file:///{bundle.key}",
    )
