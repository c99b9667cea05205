"""Five hundred callers with mixed work, as a process of their own: `python -m bench.load_clients URL CLIENTS SECONDS`.

Each sends its next request when the last was answered, after a short pause, and minds `Retry-After`.
"""

from __future__ import annotations

import asyncio
import io
import json
import random
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

import aiohttp

PAUSE_SECONDS: Final = (0.0, 1.0)
COME_AGAIN: Final = frozenset({429, 503})
KINDS: Final = ("standalone", "upload-ready", "docker")
SLUGS: Final = ("click", "click_tracker", "event_board", "store-front")
EXPERIMENT: Final = {
    "manifest.json": '{"name": "Load", "status": "active"}',
    "actor.py": "import ray\n\n\n@ray.remote\nclass ExperimentActor:\n    pass\n",
    "__init__.py": "from fastapi import APIRouter\n\nbp = APIRouter()\n",
}


@dataclass
class Seen:
    """Answers by status and by kind of request, what was no answer at all, and latencies in seconds."""

    statuses: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)


class Caller:
    """One client with one connection."""

    def __init__(self, http: aiohttp.ClientSession, seen: Seen, lot: random.Random) -> None:
        self._http = http
        self._seen = seen
        self._lot = lot
        self._job = ""
        self._upload = _zip()

    async def work(self, seconds: float) -> None:
        kinds: list[tuple[int, Callable[[], Awaitable[float]]]] = [
            (4, self._look_at_job),
            (3, self._list),
            (2, self._open_page),
            (2, self._export),
            (1, self._wait_for_export),
            (1, self._plan_upload),
        ]
        weights, actions = zip(*kinds, strict=True)
        deadline = time.monotonic() + seconds
        await asyncio.sleep(self._lot.uniform(*PAUSE_SECONDS))
        while (left := deadline - time.monotonic()) > 0:
            again_in = await self._lot.choices(actions, weights)[0]()
            await asyncio.sleep(min(left, again_in + self._lot.uniform(*PAUSE_SECONDS)))

    async def _look_at_job(self) -> float:
        return await self._ask("GET", f"/api/jobs/{self._job}" if self._job else "/api/jobs?limit=10")

    async def _list(self) -> float:
        return await self._ask(
            "GET", self._lot.choice(["/api/experiments", "/api/exports", "/api/companies/"])
        )

    async def _open_page(self) -> float:
        return await self._ask("GET", self._lot.choice(["/", "/jobs", "/benchmarks"]), page=True)

    async def _export(self) -> float:
        return await self._ask("GET", self._package(), Prefer="respond-async")

    async def _wait_for_export(self) -> float:
        return await self._ask("GET", self._package(), Prefer="wait=5")

    async def _plan_upload(self) -> float:
        form = aiohttp.FormData({"slug_id": "load", "dry_run": "true"})
        form.add_field("file", self._upload, filename="load_upload.zip", content_type="application/zip")
        return await self._ask("POST", "/api/upload-experiment", form=form, Prefer="respond-async")

    def _package(self) -> str:
        return f"/api/package-{self._lot.choice(KINDS)}/{self._lot.choice(SLUGS)}"

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        page: bool = False,
        form: aiohttp.FormData | None = None,
        **headers: str,
    ) -> float:
        """Seconds after which the gateway wants to be asked again."""
        began = time.perf_counter()
        accept = {"Accept": "text/html"} if page else {}
        try:
            async with self._http.request(method, path, data=form, headers=accept | headers) as response:
                body = await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            self._seen.errors[f"{method} {path}: {type(error).__name__}"] += 1
            return 0.0
        self._seen.latencies.append(time.perf_counter() - began)
        self._seen.statuses[str(response.status)] += 1
        if response.status in COME_AGAIN:
            if response.status == 503 or "Retry-After" not in response.headers:
                self._seen.errors[f"{method} {path}: {response.status}"] += 1
            return float(response.headers.get("Retry-After", 1))
        if response.status >= 400:
            self._seen.errors[f"{method} {path}: {response.status} {body[:200].decode()}"] += 1
        elif response.status == 202:
            self._job = json.loads(body)["job_id"]
        return 0.0


async def main(base_url: str, clients: int, seconds: float) -> None:
    seen = Seen()
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(base_url, connector=connector, timeout=timeout) as http:
        callers = [Caller(http, seen, random.Random(number)) for number in range(clients)]
        await asyncio.gather(*(caller.work(seconds) for caller in callers))
    print(json.dumps(vars(seen)))


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in EXPERIMENT.items():
            archive.writestr(name, content)
    return buffer.getvalue()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
