"""Readers of every event, on a broker or in a platform's event log, who hold each against the documents (AsyncAPI)."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import quote

from jsonschema import Draft202012Validator

from libs.common.bus.topology import EVENTS_EXCHANGE
from libs.common.events.catalogue import EVENTS
from libs.common.events.envelope import TYPE_PREFIX
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


def check_log(base_url: str) -> None:
    """Every event that the platform's log has must be as it is described. Raises: AssertionError, ValidationError."""
    count = 0
    for event in _logged(base_url):
        data, key = event.pop("data", None), event["type"].removeprefix(TYPE_PREFIX)
        del event["datacontenttype"]  # a property of the message in binary mode
        headers = {f"ce-{name}": value for name, value in event.items()}
        check_event(key, headers, "" if data is None else json.dumps(data))
        count += 1
    assert count, "no event was logged at all"


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


def _logged(base_url: str) -> Iterator[dict[str, Any]]:
    """From the oldest to where the stream says that it has caught up."""
    with urllib.request.urlopen(f"{base_url}/api/events?after=0", timeout=30) as stream:
        for line in stream:
            if line.startswith(b":"):
                return
            if line.startswith(b"data: "):
                yield json.loads(line.removeprefix(b"data: "))
