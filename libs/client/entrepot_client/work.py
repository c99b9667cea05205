"""From a request for work to its outcome: answered at once where it is quick, else waited for as a job."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import uuid4

import httpx
from pydantic import BaseModel, ValidationError

from entrepot_client.errors import NotUnderstood, Refused
from entrepot_client.jobs import Jobs, Tell
from entrepot_client.models.jobs import Accepted, Job, Progress
from entrepot_client.models.problems import ProblemDetails
from entrepot_client.transport import Transport, understood

QUICK_SECONDS: Final = 2
"""How long the first answer is waited for; from there on there is progress to tell."""
ACCEPTED: Final = 202

M = TypeVar("M", bound=BaseModel)


class Work:
    def __init__(self, transport: Transport, jobs: Jobs) -> None:
        self._transport = transport
        self._jobs = jobs

    async def read(
        self, path: str, model: type[M], *, params: Mapping[str, Any] | None = None, tell: Tell | None = None
    ) -> M:
        """What is computed to be read; asked for again at its end, by the key that finds the same job.

        Raises: Refused, Unreachable, StillRunning, NotUnderstood.
        """
        headers = _preferences()
        while True:
            answer = await self._transport.send("GET", path, params=params, headers=headers)
            if answer.status_code != ACCEPTED:
                return understood(answer, model)
            await self._jobs.ended(understood(answer, Accepted).job_id, tell)

    async def change(
        self,
        method: str,
        path: str,
        model: type[M],
        *,
        body: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        tell: Tell | None = None,
    ) -> M:
        """What changes something; asked for once. Raises: as `read`."""
        given = {name: value for name, value in (body or {}).items() if value is not None}
        content = {"json": given} if body is not None else {}
        answer = await self._transport.send(method, path, params=params, headers=_preferences(), **content)
        return await self._outcome(answer, model, tell)

    async def upload(
        self, path: str, file: Path, model: type[M], *, fields: Mapping[str, str], tell: Tell | None = None
    ) -> M:
        """A ZIP with the fields of its form, read from disk as it is sent. Raises: as `read`; OSError."""
        with _Counted(file, tell) as content:
            answer = await self._transport.send(
                "POST",
                path,
                headers=_preferences(),
                data=dict(fields),
                files={"file": (file.name, content, "application/zip")},
            )
        return await self._outcome(answer, model, tell)

    async def _outcome(self, answer: httpx.Response, model: type[M], tell: Tell | None) -> M:
        if answer.status_code != ACCEPTED:
            return understood(answer, model)
        job = await self._jobs.ended(understood(answer, Accepted).job_id, tell)
        return outcome_of(job, model)


def outcome_of(job: Job, model: type[M]) -> M:
    """A job's result as its request would have answered it. Raises: Refused, NotUnderstood."""
    if job.result is None:
        raise Refused(ProblemDetails.of(job))
    try:
        return model.model_validate({**job.result, "job_id": job.id})
    except ValidationError as error:
        raise NotUnderstood(f"The result of the job {job.id} is not what was asked for.") from error


def _preferences() -> dict[str, str]:
    """The key makes the same request, sent again, the same job."""
    return {"Idempotency-Key": str(uuid4()), "Prefer": f"wait={QUICK_SECONDS}"}


class _Counted(io.FileIO):
    """A file that tells how much of it was read."""

    def __init__(self, path: Path, tell: Callable[[Progress], None] | None) -> None:
        super().__init__(path)
        self._tell_progress = tell
        self._size = path.stat().st_size

    def read(self, size: int | None = -1, /) -> bytes:
        chunk = super().read(-1 if size is None else size)
        if self._tell_progress is not None:
            self._tell_progress(Progress(stage="uploading", done=self.tell(), total=self._size, unit="bytes"))
        return chunk or b""
