"""The envelope of every command and event: CloudEvents 1.0 by the official SDK (DESIGN §3).

In RabbitMQ it travels in binary mode with `ce-` headers; where a message is kept in a database document it is the
JSON format of CloudEvents as a mapping.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
from cloudevents.core.bindings.rabbitmq import RabbitMQMessage, from_rabbitmq_event, to_binary_event
from cloudevents.core.v1.event import CloudEvent
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from uuid_utils.compat import uuid7

from libs.common.errors import InvalidInput

TYPE_PREFIX = "io.entrepot."
SCHEMA_VERSION = "1"
COMMAND_KEY = re.compile(r"[a-z_]+\.request")
AMQP_PREFIXES = ("cloudEvents_", "cloudEvents:")
EXTENSIONS = ("correlationid", "causationid", "dataref", "schemaversion", "sequence", "traceparent")
DATA_LIMIT = 48 * 1024
"""Bytes of data in an event. Whoever passes CloudEvents on may refuse those of more than 64 KiB, with attributes and
however the JSON is spaced (CloudEvents 1.0, Size Limits)."""


class MalformedMessage(InvalidInput):
    """The message is no CloudEvent that Entrepot understands."""

    code = "malformed-message"


def new_id() -> str:
    """A UUIDv7: unique, and in order of time (RFC 9562)."""
    return str(uuid7())


class Message(BaseModel):
    """One command or event. `correlation_id` is the job's id, `subject` the slug or run id.

    `sequence` rises within a job, with gaps: consumers order by it.
    """

    model_config = ConfigDict(frozen=True)

    id: str = Field(default_factory=new_id)
    type: str = Field(pattern=r"^io\.entrepot\.[a-z_]+\.[a-z_]+$")
    source: str
    subject: str | None = None
    time: AwareDatetime = Field(default_factory=lambda: datetime.now(UTC))
    correlation_id: str
    causation_id: str | None = None
    sequence: int = 0
    schema_version: str = SCHEMA_VERSION
    traceparent: str | None = None
    dataref: str | None = None
    """Where the data are that are too large for an event, relative to the platform's address; `data` is empty then."""
    data: dict[str, Any]

    @property
    def routing_key(self) -> str:
        """`export.completed` for the type `io.entrepot.export.completed`."""
        return self.type.removeprefix(TYPE_PREFIX)

    @property
    def is_command(self) -> bool:
        return COMMAND_KEY.fullmatch(self.routing_key) is not None

    def to_cloudevent(self) -> CloudEvent:
        extensions = {
            "correlationid": self.correlation_id,
            "causationid": self.causation_id,
            "dataref": self.dataref,
            "schemaversion": self.schema_version,
            "sequence": str(self.sequence),
            "traceparent": self.traceparent,
            "subject": self.subject,
        }
        attributes: dict[str, Any] = {
            "specversion": "1.0",
            "id": self.id,
            "type": self.type,
            "source": self.source,
            "time": self.time,
            "datacontenttype": "application/json",
        }
        attributes |= {name: value for name, value in extensions.items() if value is not None}
        return CloudEvent(attributes, self.data if self.dataref is None else None)

    def to_rabbitmq(self) -> RabbitMQMessage:
        """Headers, content type and body in CloudEvents' binary mode for RabbitMQ."""
        return to_binary_event(self.to_cloudevent())


def message(
    routing_key: str,
    payload: BaseModel,
    *,
    source: str,
    correlation_id: str,
    subject: str | None = None,
    causation_id: str | None = None,
    sequence: int = 0,
    traceparent: str | None = None,
) -> Message:
    """A new message with a payload model as its data; `source` is the service's name.

    An event whose data are too large is that of a job's outcome, which its document keeps: it only says where.
    """
    data = payload.model_dump(mode="json", exclude_none=True)
    dataref = _claim_check(routing_key, correlation_id, data)
    return Message(
        type=TYPE_PREFIX + routing_key,
        source=f"/entrepot/{source}",
        subject=subject,
        correlation_id=correlation_id,
        causation_id=causation_id,
        sequence=sequence,
        traceparent=traceparent,
        dataref=dataref,
        data=data if dataref is None else {},
    )


def _claim_check(routing_key: str, job_id: str, data: dict[str, Any]) -> str | None:
    """The place of an outcome that is not sent (CloudEvents' extension `dataref`); commands are always sent whole."""
    if COMMAND_KEY.fullmatch(routing_key) or len(orjson.dumps(data)) <= DATA_LIMIT:
        return None
    job = f"/api/jobs/{job_id}"
    return job if "error" in data else f"{job}#/result"


def from_rabbitmq(headers: Mapping[str, Any], content_type: str | None, body: bytes) -> Message:
    """Read a message in binary or structured mode, with any of the header prefixes in use.

    Raises: MalformedMessage, saying what is wrong.
    """
    renamed = {_ce_name(name): str(value) for name, value in headers.items()}
    try:
        event = from_rabbitmq_event(RabbitMQMessage(renamed, content_type or "application/json", body))
        return _from_cloudevent(event)
    except Exception as error:  # whatever a hostile body makes parsers raise, it must not end who consumes it
        raise MalformedMessage(f"The message is no CloudEvent that Entrepot understands: {error}") from error


def _ce_name(header: str) -> str:
    """RabbitMQ's binding says `ce-`; AMQP's says `cloudEvents_` or `cloudEvents:`."""
    return f"ce-{header[len(AMQP_PREFIXES[0]) :]}" if header.startswith(AMQP_PREFIXES) else header


def _from_cloudevent(event: CloudEvent) -> Message:
    attributes = event.get_attributes()
    extra = {name: attributes[name] for name in EXTENSIONS if name in attributes}
    return Message(
        id=event.get_id(),
        type=event.get_type(),
        source=event.get_source(),
        subject=event.get_subject(),
        time=event.get_time() or datetime.now(UTC),
        correlation_id=extra.get("correlationid") or event.get_id(),
        causation_id=extra.get("causationid"),
        sequence=int(extra.get("sequence", 0)),
        schema_version=str(extra.get("schemaversion", SCHEMA_VERSION)),
        traceparent=extra.get("traceparent"),
        dataref=extra.get("dataref"),
        data=_data(event, referred="dataref" in extra),
    )


def _data(event: CloudEvent, *, referred: bool) -> Any:
    """Nothing at all is right only where the event says where its data are."""
    data = event.get_data()
    return {} if data is None and referred else data
