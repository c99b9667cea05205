"""A reader of every event on a broker, which holds each against the documents (AsyncAPI)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import quote

from jsonschema import Draft202012Validator

from libs.common.bus.topology import EVENTS_EXCHANGE
from libs.common.events.catalogue import EVENTS
from services.gateway.documents.asyncapi import headers_schema, payload_schema
from tests.servers.rabbitmq_management import Management

QUEUE = "witness"
BATCH = 500


@contextmanager
def witness(management: Management, amqp_url: str) -> Iterator[None]:
    """At the end, every event that was published meanwhile must be as it is described."""
    vhost = quote(amqp_url.rpartition("/")[2], safe="")
    management.call("PUT", f"/exchanges/{vhost}/{EVENTS_EXCHANGE}", {"type": "topic", "durable": True})
    management.call("PUT", f"/queues/{vhost}/{QUEUE}", {"durable": True})
    management.call("POST", f"/bindings/{vhost}/e/{EVENTS_EXCHANGE}/q/{QUEUE}", {"routing_key": "#"})
    yield
    count = 0
    for event in _heard(management, vhost):
        check_event(event["routing_key"], event["properties"]["headers"], event["payload"])
        count += 1
    assert count, "no event was published at all"


def check_event(routing_key: str, headers: dict[str, Any], payload: str) -> None:
    """Raises: AssertionError, ValidationError."""
    assert routing_key in EVENTS, f"{routing_key} stands in no document"
    for_headers, for_payload = _validators(routing_key)
    for_headers.validate(headers)
    if "ce-dataref" in headers:
        assert payload == "", f"{routing_key} has data and a reference to them"
    else:
        for_payload.validate(json.loads(payload))


@cache
def _validators(routing_key: str) -> tuple[Draft202012Validator, Draft202012Validator]:
    schema = payload_schema(routing_key)
    assert schema is not None
    return Draft202012Validator(headers_schema(EVENTS[routing_key])), Draft202012Validator(schema)


def _heard(management: Management, vhost: str) -> Iterator[dict[str, Any]]:
    wanted = {"count": BATCH, "ackmode": "ack_requeue_false", "encoding": "auto"}
    while batch := management.call("POST", f"/queues/{vhost}/{QUEUE}/get", wanted):
        yield from batch
