"""The witness of all events takes what is as it is described, and nothing else."""

from __future__ import annotations

import pytest
from jsonschema import ValidationError

from libs.common.events.envelope import Message, message
from libs.common.events.examples import EXPORT_COMPLETED, STARTED
from libs.common.events.jobs import Payload
from tests.servers.witness import check_event

KEY = "export.completed"


def told(payload: Payload = EXPORT_COMPLETED) -> Message:
    return message(KEY, payload, source="exporter", correlation_id="job", subject="click")


def check(sent: Message, *, key: str = KEY, **headers: str) -> None:
    raw = sent.to_rabbitmq()
    check_event(key, {**raw.headers, **headers}, raw.body.decode())


def test_what_is_described_passes() -> None:
    check(told())


def test_an_event_that_only_refers_to_its_data_passes() -> None:
    check(told().model_copy(update={"dataref": "/api/jobs/job#/result", "data": {}}))


@pytest.mark.parametrize(
    ("sent", "key", "headers"),
    [
        (told(), "export.exploded", {}),
        (told(STARTED), KEY, {}),
        (told(), KEY, {"ce-type": "io.entrepot.export.failed"}),
        (told(), KEY, {"ce-sequence": "first"}),
        (told(), KEY, {"ce-dataref": "/api/jobs/job#/result"}),
    ],
    ids=["unknown type", "other payload", "other type", "no number", "data and a reference"],
)
def test_all_else_is_told(sent: Message, key: str, headers: dict[str, str]) -> None:
    with pytest.raises((AssertionError, ValidationError)):
        check(sent, key=key, **headers)
