"""Events as a stream tells them: CloudEvents 1.0 in JSON."""

from __future__ import annotations

from typing import Any, Final

from pydantic import AwareDatetime, Field

from entrepot_client.models.resource import Resource

TYPE_PREFIX: Final = "io.entrepot."


class Event(Resource):
    """`number` counts the event log without gaps: a stream goes on after it. Within a job, order by `sequence`."""

    number: int
    id: str
    type: str
    source: str
    subject: str | None = None
    time: AwareDatetime
    correlationid: str
    """Id of the job."""
    sequence: int = 0
    data: dict[str, Any] = Field(default_factory=dict)
    dataref: str | None = None
    """Where the data are, if they are too large for an event."""

    @property
    def routing_key(self) -> str:
        """`export.completed` for the type `io.entrepot.export.completed`."""
        return self.type.removeprefix(TYPE_PREFIX)
