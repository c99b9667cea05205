"""AsyncAPI 3.0 of commands and events on the broker, from the catalogue of messages."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import Any, Final

from libs.common.bus.topology import COMMANDS_EXCHANGE, EVENTS_EXCHANGE
from libs.common.events.catalogue import COMMANDS, EVENTS, MessageType
from libs.common.events.envelope import SCHEMA_VERSION
from services.gateway.documents.operation import JSON
from services.gateway.documents.schemas import SENT, TAKEN, Mode, Schema, one_schema, schemas_of

REF: Final = "#/components/schemas/{model}"
TEXT: Final[Schema] = {"type": "string", "minLength": 1}
BINDING_VERSION: Final = "0.3.0"


def payload_schema(routing_key: str) -> Schema | None:
    """The JSON Schema of a payload as a document of its own; None for what is no routing key."""
    if routing_key in COMMANDS:
        return one_schema(COMMANDS[routing_key].payloads, TAKEN)
    if routing_key in EVENTS:
        return one_schema(EVENTS[routing_key].payloads, SENT)
    return None


def asyncapi() -> dict[str, Any]:
    payloads, components = _payloads()
    every = [*EVENTS.values(), *COMMANDS.values()]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Entrepot",
            "version": SCHEMA_VERSION,
            "description": "CloudEvents 1.0 in binary mode on RabbitMQ.",
            "license": {"name": "MIT"},
        },
        "defaultContentType": JSON,
        "servers": {
            "broker": {"host": "broker.example.org:5672", "protocol": "amqp", "protocolVersion": "0.9.1"}
        },
        "channels": {
            **{key: _channel(key, EVENTS_EXCHANGE) for key in EVENTS},
            **{key: _channel(key, COMMANDS_EXCHANGE) for key in COMMANDS},
        },
        "operations": {
            **{f"tell {key}": _operation("send", each) for key, each in EVENTS.items()},
            **{f"take {key}": _operation("receive", each) for key, each in COMMANDS.items()},
        },
        "components": {
            "messages": {each.routing_key: _message(each, payloads[each.routing_key]) for each in every},
            "schemas": components,
        },
    }


def headers_schema(message: MessageType) -> Schema:
    """CloudEvents' attributes as headers (RabbitMQ binding); all their values are text."""
    fixed = {"ce-specversion": "1.0", "ce-type": message.type, "ce-schemaversion": SCHEMA_VERSION}
    properties: dict[str, Schema] = {
        **{name: {"const": value} for name, value in fixed.items()},
        "ce-id": TEXT | {"description": "Unique; what is delivered again has the same one."},
        "ce-source": {"type": "string", "pattern": "^/"},
        "ce-time": {"type": "string", "format": "date-time"},
        "ce-correlationid": TEXT | {"description": "The job's id."},
        "ce-causationid": TEXT,
        "ce-subject": {"type": "string", "description": "Slug or run id."},
        "ce-sequence": {
            "type": "string",
            "pattern": "^[0-9]+$",
            "description": "Rises within a job, with gaps; order by it as a number.",
        },
        "ce-traceparent": TEXT,
        "ce-dataref": {
            "type": "string",
            "format": "uri-reference",
            "description": "Where the payload is that is too large to be sent; the message has none then.",
        },
    }
    required = ["ce-id", "ce-source", "ce-specversion", "ce-type"]
    return {"type": "object", "properties": properties, "required": required}


def _payloads() -> tuple[Mapping[str, Schema], Schema]:
    """By routing key, and the definitions that they share."""
    modes: list[tuple[Mapping[str, MessageType], Mode]] = [(EVENTS, SENT), (COMMANDS, TAKEN)]
    wanted = {
        each.routing_key: (reduce(or_, each.payloads), mode)
        for types, mode in modes
        for each in types.values()
    }
    schemas, components = schemas_of(wanted.values(), ref_template=REF)
    return dict(zip(wanted, schemas, strict=True)), components


def _channel(routing_key: str, exchange: str) -> dict[str, Any]:
    return {
        "address": routing_key,
        "messages": {"message": {"$ref": f"#/components/messages/{routing_key}"}},
        "bindings": {
            "amqp": {
                "is": "routingKey",
                "exchange": {"name": exchange, "type": "topic", "durable": True, "autoDelete": False},
                "bindingVersion": BINDING_VERSION,
            }
        },
    }


def _operation(action: str, message: MessageType) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{message.routing_key}"},
        "summary": message.summary,
    }


def _message(message: MessageType, payload: Schema) -> dict[str, Any]:
    return {
        "name": message.type,
        "title": message.routing_key,
        "summary": message.summary,
        "contentType": JSON,
        "headers": headers_schema(message),
        "payload": payload,
        "correlationId": {"location": "$message.header#/ce-correlationid"},
        "examples": [
            {"name": "example", "payload": message.example.model_dump(mode="json", exclude_none=True)}
        ],
    }
