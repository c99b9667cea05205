"""What tests do with hosted experiments: import them, wait for them, and call them as the gateway does."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from libs.common.events.envelope import Message
from libs.common.events.imports import ExperimentAction
from libs.common.hosting import TOKEN_HEADER, USER_HEADER, Hosting, Hostings, HostingState, sign_user
from libs.common.jobs.model import Job, JobState
from tests.integration.services.importer.bench import Bench

EXAMPLES = Path(__file__).resolve().parents[5] / "experiments"
DEADLINE = 150.0
"""Several times what a start takes on a busy machine."""


@dataclass
class Stage:
    bench: Bench
    session: aiohttp.ClientSession
    heard: list[Message] = field(default_factory=list)

    @property
    def hostings(self) -> Hostings:
        return Hostings(self.bench.parts.database)

    async def put(self, slug: str, files: Mapping[str, str | bytes], **fields: Any) -> Job:
        job = await self.bench.run(zipped(files), slug=slug, **fields)
        assert job.state is JobState.SUCCEEDED, job.error
        return job

    async def ask(self, slug: str, action: ExperimentAction, **fields: Any) -> Job:
        return await self.bench.ask(slug, action, **fields)

    async def running(self, slug: str, revision: int) -> Hosting:
        """Once this revision serves."""
        return await self._until(
            slug, lambda one: one.state is HostingState.RUNNING and one.serves and one.revision == revision
        )

    async def failed(self, slug: str, revision: int) -> Hosting:
        return await self._until(slug, lambda one: one.state is HostingState.FAILED and one.tried == revision)

    async def stopped(self, slug: str) -> Hosting:
        return await self._until(slug, lambda one: one.is_at_rest)

    async def _until(self, slug: str, condition: Any) -> Hosting:
        hosting = None
        try:
            async with asyncio.timeout(DEADLINE):
                while True:
                    hosting = await self.hostings.get(slug)
                    if hosting is not None and condition(hosting):
                        return hosting
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"not within {DEADLINE:.0f} s; it is {hosting}") from None

    async def get(
        self,
        slug: str,
        path: str = "/",
        *,
        user: dict[str, str] | None = None,
        method: str = "GET",
        **fields: Any,
    ) -> tuple[int, bytes]:
        """Status and body of one request to the host."""
        hosting = await self.hostings.get(slug)
        assert hosting is not None
        assert hosting.address is not None
        assert hosting.token is not None
        headers = {TOKEN_HEADER: hosting.token}
        if user is not None:
            headers[USER_HEADER] = sign_user(user, hosting.token)
        url = f"{hosting.address}/experiments/{slug}{path}"
        async with self.session.request(
            method, url, headers=headers, allow_redirects=False, **fields
        ) as answer:
            return answer.status, await answer.read()

    async def told(self, slug: str, key: str, revision: int | None = None) -> Message:
        """An event of this experiment, once it has come."""
        try:
            async with asyncio.timeout(DEADLINE):
                while True:
                    for event in self.heard:
                        is_it = event.subject == slug and event.routing_key == key
                        if is_it and revision in {None, event.data.get("revision")}:
                            return event
                    await asyncio.sleep(0.05)
        except TimeoutError:
            keys = [event.routing_key for event in self.heard]
            raise AssertionError(f"no {key} of {slug}; heard {keys}") from None

    async def settle(self) -> None:
        """Wait until nothing is being started."""
        async with asyncio.timeout(DEADLINE):
            while any(one.state is HostingState.STARTING for one in await self.hostings.all()):
                await asyncio.sleep(0.05)


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def example(slug: str) -> dict[str, bytes]:
    """The files of one of our examples."""
    folder = EXAMPLES / slug
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
