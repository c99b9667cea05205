"""Puts the client together."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from os import environ
from types import TracebackType
from typing import Self

import httpx

from entrepot_client.benchmarks import Benchmarks
from entrepot_client.configuration import Configuration
from entrepot_client.downloads import Downloads
from entrepot_client.events import Events
from entrepot_client.experiments import Experiments
from entrepot_client.exports import Exports
from entrepot_client.imports import Imports
from entrepot_client.jobs import Jobs
from entrepot_client.transport import open_transport
from entrepot_client.work import Work


class Client:
    """One platform, while entered. Every call raises EntrepotClientError, and nothing else for what the platform does.

    `wire` stands in for the network.
    """

    exports: Exports
    imports: Imports
    experiments: Experiments
    jobs: Jobs
    events: Events
    benchmarks: Benchmarks

    def __init__(
        self, configuration: Configuration | None = None, *, wire: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._configuration = configuration or Configuration()
        self._wire = wire
        self._stack = AsyncExitStack()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = environ) -> Self:
        """Of `ENTREPOT_URL` and `ENTREPOT_TOKEN`. Raises: Misconfigured."""
        return cls(Configuration.from_environment(environment))

    async def __aenter__(self) -> Self:
        transport = await self._stack.enter_async_context(
            open_transport(self._configuration, wire=self._wire)
        )
        downloads = Downloads(wire=self._wire)
        self.jobs = Jobs(transport, self._configuration)
        work = Work(transport, self.jobs)
        self.exports = Exports(work, downloads)
        self.imports = Imports(work)
        self.experiments = Experiments(transport, work)
        self.events = Events(transport, self._configuration)
        self.benchmarks = Benchmarks(transport, work, downloads)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()
