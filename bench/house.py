"""The services as processes of their own on real RabbitMQ and MongoDB, for measurements under load."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import psutil
from pymongo import MongoClient

from libs.common.database.collections import EXPERIMENTS_CONFIG
from libs.common.registry import Bundle, Platform, Registered
from tests.servers.binaries import accepts_connections, free_port, wait_until
from tests.servers.entrepot import Process, service, started
from tests.servers.mongod import mongod
from tests.servers.rabbitmq import rabbitmq

ADMIN_TOKEN: Final = "entrepot_bench-0123456789abcdef0123456789abcdef"
DATABASE: Final = "bench"
DIGEST: Final = "0" * 64


@dataclass
class House:
    """Broker and database that run, and services that were started on them."""

    folder: Path
    mongo_uri: str
    amqp_url: str
    port: int = field(default_factory=free_port)
    """Of the gateway."""

    @property
    def authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {ADMIN_TOKEN}"}

    @contextmanager
    def serving(self, *names: str, **settings: object) -> Iterator[list[Process]]:
        """A process for each name, in this order; a name may stand twice."""
        shared = {
            "AMQP_URL": self.amqp_url,
            "MONGO_URI": self.mongo_uri,
            "DB_NAME": DATABASE,
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
            yield client[DATABASE]

    def register(self, slugs: Sequence[str]) -> None:
        """Active experiments, as an import would leave them."""
        with self.database() as database:
            database[EXPERIMENTS_CONFIG].insert_many([_registered(slug).as_document() for slug in slugs])


@contextmanager
def broker(folder: Path) -> Iterator[str]:
    """The address of a broker of its own, which takes connections."""
    with rabbitmq(folder) as node:
        port = urlsplit(node.amqp_url).port or 5672
        # The node calls its virtual hosts healthy a moment before it listens.
        wait_until(lambda: accepts_connections(port), seconds=30, what="the broker listens")
        yield node.amqp_url


@contextmanager
def open_house(folder: Path) -> Iterator[House]:
    for name in ("mongod", "rabbitmq", "home", "storage"):
        (folder / name).mkdir()
    with mongod(folder / "mongod") as mongo_uri, broker(folder / "rabbitmq") as amqp_url:
        yield House(folder, mongo_uri, amqp_url)


def server_of(program: str, folder: Path) -> psutil.Process:
    """The process of a server that works below a folder, such as `mongod` or the broker's `beam.smp`."""
    for process in psutil.process_iter(["name", "cmdline"]):
        named = process.info["name"] == program
        if named and any(str(folder) in argument for argument in process.info["cmdline"] or ()):
            return process
    raise LookupError(f"No {program} works below {folder}.")


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
