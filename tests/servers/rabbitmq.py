"""A real RabbitMQ for tests: the one that `AMQP_URL` names, a container, or a private node on free ports."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, urlsplit
from uuid import uuid4

import pytest

from libs.common.tether import tethered
from tests.servers.binaries import GIVEN, free_port, wait_until
from tests.servers.containers import image_is_local
from tests.servers.rabbitmq_management import Management
from tests.servers.rabbitmq_package import RabbitmqPackage, ensure_rabbitmq

IMAGE = GIVEN.get("RABBITMQ_IMAGE", "rabbitmq:4-management")
START_SECONDS = 150
"""A node is ready in 6 to 9 s on an idle machine."""


class RabbitmqNode(Protocol):
    """One broker. `kill` and `launch` are the crash and the return of its process."""

    amqp_url: str
    """Without a virtual host."""
    management: Management
    is_ours: bool
    """Whether tests may crash it."""
    launches: int
    """How often its process was started."""

    def launch(self) -> None:
        """Start the process without waiting; on the main thread, whose child it stays."""

    def kill(self) -> None:
        """SIGKILL: what is not on disk is lost."""

    def ctl(self, *command: str) -> None:
        """`rabbitmqctl` on the node itself."""

    def close(self) -> None: ...


class GivenBroker:
    """The broker of `AMQP_URL`, with its management interface at `AMQP_MANAGEMENT_URL`."""

    is_ours = False
    launches = 1

    def __init__(self, amqp_url: str, management_url: str | None) -> None:
        parts = urlsplit(amqp_url)
        user, password = parts.username or "guest", parts.password or "guest"
        self.amqp_url = f"{parts.scheme}://{parts.netloc}"
        self.management = Management(management_url or f"http://{parts.hostname}:15672", user, password)

    def launch(self) -> None: ...

    def kill(self) -> None:
        raise AssertionError("a given broker is not ours to kill")

    def ctl(self, *command: str) -> None:
        raise AssertionError("a given broker is not ours to change")

    def close(self) -> None: ...


class ContainerNode:
    """A container on fixed ports, so that it comes back at the same address."""

    is_ours = True

    def __init__(self) -> None:
        from testcontainers.core.container import DockerContainer

        port, management_port = free_port(), free_port()
        self.amqp_url = f"amqp://guest:guest@127.0.0.1:{port}"
        self.management = Management(f"http://127.0.0.1:{management_port}", "guest", "guest")
        self._container = (
            DockerContainer(IMAGE).with_bind_ports(5672, port).with_bind_ports(15672, management_port)
        )
        self.launches = 0

    def launch(self) -> None:
        if self.launches:
            self._container.get_wrapped_container().start()
        else:
            self._container.start()
        self.launches += 1

    def kill(self) -> None:
        self._container.get_wrapped_container().kill()

    def ctl(self, *command: str) -> None:
        done = self._container.exec(["rabbitmqctl", *command])
        assert done.exit_code == 0, done.output

    def close(self) -> None:
        self._container.stop()


class LocalNode:
    """A private node below `folder`, with an epmd of its own, listening on 127.0.0.1 only."""

    is_ours = True

    def __init__(self, package: RabbitmqPackage, folder: Path) -> None:
        self._package = package
        self._folder = folder
        self._port, self._dist_port, self._epmd_port, management_port = (free_port() for _ in range(4))
        self._node: subprocess.Popen[bytes] | None = None
        self._epmd: subprocess.Popen[bytes] | None = None
        self.launches = 0
        self.amqp_url = f"amqp://guest:guest@127.0.0.1:{self._port}"
        self.management = Management(f"http://127.0.0.1:{management_port}", "guest", "guest")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "enabled_plugins").write_text("[rabbitmq_management].\n", encoding="utf-8")
        (folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.local = 127.0.0.1:{self._port}\n"
            f"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {management_port}\n"
            "disk_free_limit.absolute = 50MB\nlog.console = false\n",
            encoding="utf-8",
        )

    def launch(self) -> None:
        if self._epmd is None:
            # Started by us rather than by the node, whose epmd would outlive it.
            self._epmd = self._spawn(self._package.epmd)
        self._node = self._spawn(self._package.server)
        self.launches += 1

    def kill(self) -> None:
        if self._node is not None:
            self._node.kill()
            self._node.wait(timeout=10)

    def ctl(self, *command: str) -> None:
        subprocess.run(
            [self._package.server.with_name("rabbitmqctl"), *command],
            env=self._environment(),
            check=True,
            capture_output=True,
            timeout=60,
        )

    def close(self) -> None:
        self.kill()
        if self._epmd is not None:
            self._epmd.kill()
            self._epmd.wait(timeout=10)

    def _spawn(self, program: Path) -> subprocess.Popen[bytes]:
        with (self._folder / "console.log").open("ab") as log:
            return subprocess.Popen(
                tethered([str(program)]),
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def _environment(self) -> dict[str, str]:
        folder = self._folder
        return self._package.environment() | {
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "RABBITMQ_NODENAME": f"entrepot-{self._port}@localhost",
            "RABBITMQ_NODE_PORT": str(self._port),
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            "RABBITMQ_MNESIA_BASE": f"{folder}/data",
            "RABBITMQ_LOG_BASE": f"{folder}/log",
            "RABBITMQ_PID_FILE": f"{folder}/pid",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/enabled_plugins",
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq.conf",
            "RABBITMQ_ADVANCED_CONFIG_FILE": f"{folder}/advanced.config",
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_GENERATED_CONFIG_DIR": f"{folder}/generated",
            "RABBITMQ_FEATURE_FLAGS_FILE": f"{folder}/feature_flags",
            "RABBITMQ_SCHEMA_DIR": f"{folder}/schema",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._epmd_port),
            # Makes the script replace itself by the Erlang machine, so that our child is the node.
            "RUNNING_UNDER_SYSTEMD": "true",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                "+sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}"
            ),
        }


def wait_until_ready(node: RabbitmqNode) -> None:
    wait_until(node.management.is_ready, seconds=START_SECONDS, what=f"{node.amqp_url} is ready")


async def start_again(node: RabbitmqNode) -> None:
    """Bring a killed node back while the test's event loop goes on."""
    node.launch()
    await asyncio.to_thread(wait_until_ready, node)


def _choose(folder: Path) -> RabbitmqNode:
    given = GIVEN.get("AMQP_URL")
    if given:
        return GivenBroker(given, GIVEN.get("AMQP_MANAGEMENT_URL"))
    if image_is_local(IMAGE):
        return ContainerNode()
    return LocalNode(ensure_rabbitmq(), folder)


@contextmanager
def rabbitmq(folder: Path) -> Iterator[RabbitmqNode]:
    """One broker, ready; gone at the end, if it is ours."""
    node = _choose(folder)
    try:
        node.launch()
        wait_until_ready(node)
        yield node
    finally:
        node.close()


@pytest.fixture(scope="session")
def rabbitmq_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitmqNode]:
    """One broker for the session. A test that kills it starts it again."""
    with rabbitmq(tmp_path_factory.mktemp("rabbitmq")) as node:
        yield node


@pytest.fixture
def amqp_url(rabbitmq_node: RabbitmqNode) -> Iterator[str]:
    """The address of an empty virtual host of the test's own."""
    name = f"test-{uuid4().hex}"
    path = f"/vhosts/{quote(name)}"
    launches = rabbitmq_node.launches
    rabbitmq_node.management.call("PUT", path, {})
    yield f"{rabbitmq_node.amqp_url}/{name}"
    # RabbitMQ 3.10 takes no more quorum queues after some were deleted while it was recovering them.
    if rabbitmq_node.launches == launches:
        rabbitmq_node.management.call("DELETE", path)
