"""What goes wrong between a client and its platform."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from entrepot_client.models.jobs import Job, Problem
from entrepot_client.models.problems import ProblemDetails


class EntrepotClientError(Exception):
    """Something went wrong; the message is for people."""


class Unreachable(EntrepotClientError):
    """The platform does not answer."""


class NotUnderstood(EntrepotClientError):
    """The answer is not one of an Entrepot that this client knows."""


class DownloadDamaged(EntrepotClientError):
    """What was downloaded is not what the platform stored; nothing was kept."""


class StillRunning(EntrepotClientError):
    """The work takes longer than it was waited for, and goes on; `job` is its latest state."""

    def __init__(self, job: Job) -> None:
        self.job = job
        super().__init__(f"The job {job.id} is {job.state} and goes on without us.")


class Refused(EntrepotClientError):
    """The platform says no, or the work has failed: `details` says why (RFC 9457)."""

    def __init__(self, details: ProblemDetails) -> None:
        self.details = details
        super().__init__(details.detail)

    @property
    def status(self) -> int:
        """As HTTP has it; of failed work, too."""
        return self.details.status

    @property
    def code(self) -> str:
        """Stable: the last part of `type`."""
        return self.details.type.rpartition(":")[2]

    @property
    def problems(self) -> Sequence[Problem]:
        """All that is wrong with the input, each with its place."""
        return self.details.errors

    @property
    def extensions(self) -> dict[str, Any]:
        """What else this error says, such as the new plan of an import whose plan has changed."""
        return self.details.model_extra or {}
