"""Jobs: look, wait, cancel, try again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final
from uuid import uuid4

from entrepot_client.configuration import Configuration
from entrepot_client.errors import Refused, StillRunning, Unreachable
from entrepot_client.models.jobs import Job, JobPage, JobState, Progress
from entrepot_client.transport import Transport, understood

FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 2.0
"""What the platform asks for by `Retry-After`."""
AWAY: Final = frozenset({502, 503, 504})
"""What a proxy, or a platform that lacks a part, says meanwhile."""

Tell = Callable[[Progress], None]


class Jobs:
    def __init__(self, transport: Transport, configuration: Configuration) -> None:
        self._transport = transport
        self._configuration = configuration

    async def page(
        self,
        *,
        slug: str | None = None,
        state: JobState | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> JobPage:
        """The newest first; viewers see their own."""
        wanted = {"slug": slug, "state": state, "before": before, "limit": limit}
        return await self._transport.get("/api/jobs", JobPage, wanted)

    async def get(self, job_id: str) -> Job:
        """Raises: Refused (404)."""
        return await self._transport.get(f"/api/jobs/{job_id}", Job)

    async def cancel(self, job_id: str) -> Job:
        """As it is then; a running one ends soon after. Raises: Refused (403, 404, 409)."""
        return understood(await self._transport.send("DELETE", f"/api/jobs/{job_id}"), Job)

    async def retry(self, job_id: str) -> str:
        """The id of the new job. Raises: Refused (404, 409)."""
        headers = {"Idempotency-Key": str(uuid4()), "Prefer": "respond-async"}
        answer = await self._transport.send("POST", f"/api/jobs/{job_id}/retry", headers=headers)
        content: dict[str, Any] = answer.json()
        return str(content.get("job_id") or content["id"])

    async def ended(self, job_id: str, tell: Tell | None = None) -> Job:
        """The job at its end, however it has ended; `tell` hears how far it is.

        A platform that is away meanwhile is waited for. Raises: Refused, Unreachable, StillRunning.
        """
        now = asyncio.get_running_loop().time
        ends_at, pause = now() + self._configuration.work_seconds, FIRST_PAUSE
        while not (job := await self._patiently(job_id)).ended:
            if now() > ends_at:
                raise StillRunning(job)
            if tell is not None and job.progress is not None:
                tell(job.progress)
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)
        return job

    async def _patiently(self, job_id: str) -> Job:
        now = asyncio.get_running_loop().time
        ends_at = now() + self._configuration.patience_seconds
        while True:
            try:
                return await self.get(job_id)
            except (Unreachable, Refused) as error:
                is_away = isinstance(error, Unreachable) or error.status in AWAY
                if not is_away or now() > ends_at:
                    raise
            await asyncio.sleep(LONGEST_PAUSE)
