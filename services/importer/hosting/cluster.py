"""Ray, as the supervisor needs it: connect, start and find hosts, see and kill actors.

`ray` is imported when it is first needed: it costs a second and 60 MB. The handle of an experiment's own actor is
never asked for here, as Ray would then load its class, and with it the experiment's code, into this process; such
actors are seen in Ray's table and ended by a task.
"""

from __future__ import annotations

import asyncio
import importlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from libs.common.errors import Unavailable
from libs.common.threads import in_thread
from services.importer.hosting import shell

EXPERIMENTS: Final = "modular_labs"
"""Namespace of the experiments' own actors (CONTRACT, Hosting)."""
HOSTS: Final = "entrepot"
"""Namespace of hosts, which experiments have no reason to look into."""
HOST_RESTARTS: Final = 3
"""A host that dies so often by itself is started anew by the supervisor, which then also counts."""
HOST_THREADS: Final = 4
"""Calls that a host takes at the same time: a slow `initialize()` keeps none of the others waiting."""
GONE_SECONDS: Final = 20.0
"""A killed actor's name is free within a moment; starting the task that kills it may take seconds."""
REACH_SECONDS: Final = 5.0
RAY_SETTINGS: Final = {
    "RAY_DISABLE_FAILURE_SIGNAL_HANDLER": "1",  # SIGTERM is an ordinary end here
    "RAY_gcs_server_request_timeout_seconds": "10",  # of 60, in which a round of the supervisor would stand still
    "RAY_gcs_rpc_server_reconnect_timeout_s": "600",  # of 60: then Ray ends the process that was connected
}
ASK_SECONDS: Final = 5.0
"""For Ray's table of actors."""
HOOK: Final = "experiment_worker.prepare"
FOR_EXPERIMENTS: Final = {"entrepot": "!service"}
"""Selects nodes by label: not those that services and the head are on, beside whose secrets no upload may run."""


class RayUnreachable(Unavailable):
    """Ray cannot be reached just now."""

    code = "ray-unreachable"


class HostGone(Exception):
    """The host's process has ended, or does not answer; `lines` are the last ones of the reason."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = list(lines)
        super().__init__(lines[-1] if lines else "")


@dataclass(frozen=True)
class Environment:
    """What the workers of a version have on their disk, and what is installed for them."""

    bundle_uri: str
    packages: Sequence[str] = ()
    variables: Mapping[str, str] | None = None

    def as_runtime_env(self) -> dict[str, Any]:
        environment: dict[str, Any] = {
            "working_dir": self.bundle_uri,
            "env_vars": dict(self.variables or {}),
        }
        if self.packages:
            environment["pip"] = {"packages": list(self.packages), "pip_check": False}
        return environment


@dataclass(frozen=True)
class ActorRow:
    """An actor in Ray's table."""

    id: str
    name: str
    state: str
    restarts: int

    @property
    def is_alive(self) -> bool:
        return self.state == "ALIVE"

    @property
    def is_gone(self) -> bool:
        return self.state == "DEAD"


class Host:
    """A host by its handle."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle

    async def address(self, *, seconds: float) -> str:
        """Raises: HostGone, also where the experiment could not be loaded."""
        address, lines = await self._call("address", seconds=seconds)
        if address is None:
            raise HostGone(_strings(lines))
        return str(address)

    async def routes(self, *, seconds: float) -> list[str]:
        """What it serves, as `GET /experiments/click/`. Raises: HostGone."""
        return _strings(await self._call("routes", seconds=seconds))

    async def start_actor(self, *, seconds: float) -> list[str]:
        """The last lines of the error, none if all is well. Raises: HostGone."""
        return _strings(await self._call("start_actor", seconds=seconds))

    async def initialize(self, *, seconds: float) -> list[str]:
        return _strings(await self._call("initialize", seconds=seconds))

    async def follow_indexes(
        self, managed: Mapping[str, Any], before: Mapping[str, Any], *, seconds: float
    ) -> tuple[dict[str, str], dict[str, list[str]]]:
        """What became of each index, and their names by collection. Raises: HostGone."""
        outcomes, names = await self._call("follow_indexes", dict(managed), dict(before), seconds=seconds)
        return (
            {str(name): str(outcome) for name, outcome in outcomes.items()},
            {str(collection): _strings(indexes) for collection, indexes in names.items()},
        )

    async def drain(self, *, seconds: float) -> None:
        await self._call("drain", seconds=seconds)

    async def _call(self, method: str, *args: Any, seconds: float) -> Any:
        return await _answer(getattr(self._handle, method).remote(*args), seconds)


class Cluster:
    """One connection at a time; `connect` may be called again when it is lost."""

    def __init__(self) -> None:
        self.address: str | None = None

    @property
    def is_connected(self) -> bool:
        return self.address is not None

    async def connect(self, address: str, *, token: str | None, base_uri: str) -> None:
        """Raises: RayUnreachable. `base_uri` is the bundle without any experiment."""
        await self.close()
        await _reach(address)
        try:
            await in_thread(_connect, address, token, base_uri)
        except (OSError, RuntimeError, ValueError) as error:
            raise RayUnreachable(f"Ray at {address} cannot be reached: {error}") from error
        self.address = address

    async def close(self) -> None:
        """Detached actors live on."""
        if self.address is not None:
            self.address = None
            await in_thread(_ray().shutdown)

    async def unmet(
        self, requirements: Sequence[str], provided: Sequence[str]
    ) -> tuple[list[str], list[str]]:
        """As `shell.unmet`, on a node of the cluster. Raises: HostGone."""
        task = _ray().remote(num_cpus=0, label_selector=FOR_EXPERIMENTS)(shell.unmet)
        missing, pins = await _answer(task.remote(list(requirements), list(provided)), seconds=60)
        return _strings(missing), _strings(pins)

    async def build(self, environment: Environment, *, seconds: float) -> None:
        """Have the environment built on a node. Raises: HostGone with the last lines of what pip said."""
        task = _ray().remote(
            num_cpus=0,
            max_retries=0,
            label_selector=FOR_EXPERIMENTS,
            runtime_env=environment.as_runtime_env(),
        )(shell.nothing)
        await _answer(task.remote(), seconds)

    async def start_host(self, name: str, plan: Mapping[str, Any], environment: Environment) -> Host:
        actor = _ray().remote(shell.HostShell)
        options = {
            "name": name,
            "namespace": HOSTS,
            "lifetime": "detached",
            "num_cpus": 0,
            "label_selector": FOR_EXPERIMENTS,
            "max_restarts": HOST_RESTARTS,
            "max_concurrency": HOST_THREADS,
            "runtime_env": environment.as_runtime_env(),
        }
        return Host(await in_thread(actor.options(**options).remote, dict(plan)))

    async def find_host(self, name: str) -> Host:
        """Raises: HostGone."""
        try:
            return Host(await in_thread(_ray().get_actor, name, HOSTS))
        except ValueError as error:
            raise HostGone(["The host is gone."]) from error

    async def actors(self) -> dict[str, ActorRow]:
        """Named actors by name; where several had the name, the one that lives, if one does. Raises: RayUnreachable.

        `ray.util.state` needs the dashboard, and `ray._private.state` waits for a Ray that has died until it is back.
        """
        client = importlib.import_module("ray._private.worker").global_worker.gcs_client
        try:
            async with asyncio.timeout(2 * ASK_SECONDS):
                table = await client.async_get_all_actor_info(timeout=ASK_SECONDS)
        except (TimeoutError, _ray().exceptions.RayError) as error:
            raise RayUnreachable(f"Ray at {self.address} does not answer.") from error
        rows = (
            ActorRow(actor_id.hex(), row.name, row.ActorState.Name(row.state), row.num_restarts)
            for actor_id, row in table.items()
            if row.name
        )
        return {row.name: row for row in sorted(rows, key=lambda row: not row.is_gone)}

    async def kill_host(self, name: str, *, restart: bool = False) -> None:
        """End a host's process at once, if it runs; with `restart` Ray starts another in its place."""
        await in_thread(_kill, name, restart=restart)

    async def end_actor(self, slug: str) -> None:
        """Kill an experiment's own actor, if there is one. Raises: HostGone where that cannot be done."""
        task = _ray().remote(num_cpus=0, label_selector=FOR_EXPERIMENTS)(shell.end_actor)
        if not await _answer(task.remote(f"{slug}-actor", EXPERIMENTS, GONE_SECONDS), 3 * GONE_SECONDS):
            raise HostGone([f"The actor {slug}-actor does not end."])


def _ray() -> Any:
    return importlib.import_module("ray")


async def _reach(address: str) -> None:
    """Ray itself tries for minutes before it says so. Raises: RayUnreachable."""
    host, _, port = address.rpartition(":")
    try:
        async with asyncio.timeout(REACH_SECONDS):
            _, writer = await asyncio.open_connection(host.strip("[]"), int(port))
    except (OSError, ValueError) as error:
        raise RayUnreachable(f"Nothing answers at {address}, where Ray should be.") from error
    writer.close()


def _connect(address: str, token: str | None, base_uri: str) -> None:
    for name, value in RAY_SETTINGS.items():  # read when Ray is loaded, and when it connects
        os.environ.setdefault(name, value)
    if token is not None:
        os.environ["RAY_AUTH_MODE"] = "token"
        os.environ["RAY_AUTH_TOKEN"] = token
    ray = _ray()
    ray.cloudpickle.register_pickle_by_value(shell)
    ray.init(
        address=address,
        namespace=EXPERIMENTS,
        log_to_driver=False,
        configure_logging=False,
        # A working directory of the job's own keeps this process's folder, the checkout, off the workers' path.
        runtime_env={"working_dir": base_uri, "worker_process_setup_hook": HOOK},
    )


def _kill(name: str, *, restart: bool) -> None:
    ray = _ray()
    try:
        ray.kill(ray.get_actor(name, HOSTS), no_restart=not restart)
    except ValueError:  # there is none
        return


async def _answer(reference: Any, seconds: float) -> Any:
    """What a call to Ray returns. Raises: HostGone, whatever went wrong."""
    try:
        async with asyncio.timeout(seconds):
            return await asyncio.wrap_future(reference.future())
    except TimeoutError:
        raise HostGone([f"There was no answer within {seconds:.0f} s."]) from None
    except _ray().exceptions.RayError as error:
        raise HostGone(_lines(str(error))) from error


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def _strings(values: Any) -> list[str]:
    return [str(value) for value in values]
