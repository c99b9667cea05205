"""Why a request does not get through to an experiment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from libs.common.errors import DeadlineExceeded, EntrepotError, Unavailable

START_RETRY_SECONDS: Final = 2
"""A start takes one to three seconds where the requirements are met."""
FAILED_RETRY_SECONDS: Final = 30
"""A version that did not start needs somebody to look at it."""


class NotServing(Unavailable):
    """The experiment does not serve just now."""

    code = "experiment-not-serving"
    retry_seconds: ClassVar[int | None] = START_RETRY_SECONDS
    """How soon to ask again; None where that alone changes nothing."""


class ExperimentStarting(NotServing):
    """The experiment is starting."""

    code = "experiment-starting"


class ExperimentStopped(NotServing):
    """An operator has stopped the experiment."""

    code = "experiment-stopped"
    retry_seconds = None


class ExperimentFailed(NotServing):
    """The experiment could not be started."""

    code = "experiment-failed"
    retry_seconds = FAILED_RETRY_SECONDS

    def __init__(self, detail: str, *, lines: Sequence[str]) -> None:
        super().__init__(detail)
        self.lines = lines
        """The end of the error; for those only who may import."""


class ExperimentUnreachable(EntrepotError):
    """The experiment broke off before it answered."""

    code = "experiment-unreachable"
    status = 502


class ExperimentTooSlow(DeadlineExceeded):
    """The experiment did not answer in time."""

    code = "experiment-too-slow"
