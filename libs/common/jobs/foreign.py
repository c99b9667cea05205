"""Commands that other systems publish themselves: each becomes a job, as if it had been asked for by HTTP.

Who may write to the exchange of commands is the broker's decision (docs/events.md). Whether the payload fits is found
out where the job is worked on, and told as the job's failure.
"""

from __future__ import annotations

import re
from typing import Final

from libs.common.events.envelope import MalformedMessage, Message
from libs.common.jobs.model import NewJob, Requester, Role
from libs.common.jobs.store import JobStore

ADOPTED: Final = frozenset(
    {
        "benchmark_dump.request",
        "benchmark_import.request",
        "benchmark_run.request",
        "experiment.request",
        "export.request",
        "import.request",
    }
)
"""All documented commands. The catalogue has them with their examples, which no service needs."""
OUR_SOURCES: Final = "/entrepot/"
"""Our own wake-ups: their jobs are there already."""
JOB_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")
SUBJECTS: Final = ("slug", "run_id")
"""Members of payloads that name what a command is about, where it does not say so itself."""


async def adopt(jobs: JobStore, command: Message) -> None:
    """Make the job of another system's command, once. Its id is the correlation id, or else the command's own.

    Raises: MalformedMessage.
    """
    if command.source.startswith(OUR_SOURCES) or command.routing_key not in ADOPTED:
        return
    if not JOB_ID.fullmatch(command.correlation_id):
        raise MalformedMessage(
            "The correlation id, or else the id, must be 1 to 100 letters, digits, dots and dashes"
        )
    named = (command.data.get(name) for name in SUBJECTS)
    subject = command.subject or next((name for name in named if isinstance(name, str)), None)
    request = NewJob(
        kind=command.routing_key,
        subject=subject,
        requester=Requester(email=command.source, role=Role.ADMIN),
        input=command.data,
        traceparent=command.traceparent,
    )
    await jobs.adopt(command.correlation_id, request)
