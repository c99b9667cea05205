"""Commands and events are CloudEvents, whichever of the usual ways they travel."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cloudevents.core.formats.json import JSONFormat
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from libs.common.errors import Problem
from libs.common.events.envelope import DATA_LIMIT, MalformedMessage, Message, from_rabbitmq, message, new_id
from libs.common.events.exports import ExportKind, ExportRequest
from libs.common.events.imports import ImportCompleted, ImportPlan
from libs.common.events.jobs import ErrorInfo, JobFailed

KEYS = st.from_regex(r"[a-z_]{1,12}\.[a-z_]{1,12}", fullmatch=True)
TEXT = st.text(st.characters(min_codepoint=32, exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(codec="utf-8")),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(TEXT, children, max_size=3),
    max_leaves=8,
)
TIMES = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))


@st.composite
def messages(draw: st.DrawFn) -> Message:
    return Message(
        type="io.entrepot." + draw(KEYS),
        source="/entrepot/exporter",
        subject=draw(st.none() | TEXT),
        time=draw(TIMES),
        correlation_id=draw(TEXT),
        causation_id=draw(st.none() | TEXT),
        sequence=draw(st.integers(0, 10**9)),
        data=draw(st.dictionaries(TEXT, JSON, min_size=1, max_size=4)),
    )


def command() -> Message:
    payload = ExportRequest(slug="click", kind=ExportKind.DOCKER)
    return message("export.request", payload, source="gateway", correlation_id="job-1", subject="click")


@given(messages())
def test_binary_mode_keeps_everything(sent: Message) -> None:
    raw = sent.to_rabbitmq()

    assert from_rabbitmq(raw.headers, raw.content_type, raw.body) == sent


@pytest.mark.parametrize("prefix", ["ce-", "cloudEvents_", "cloudEvents:"])
def test_each_prefix_in_use_is_understood(prefix: str) -> None:
    sent = command()
    raw = sent.to_rabbitmq()
    headers = {name.replace("ce-", prefix, 1): value for name, value in raw.headers.items()}

    assert from_rabbitmq(headers, raw.content_type, raw.body) == sent


def test_structured_mode_is_understood() -> None:
    body = {
        "specversion": "1.0",
        "id": "1",
        "type": "io.entrepot.export.request",
        "source": "/other/system",
        "data": {"slug": "click", "kind": "docker"},
    }

    read = from_rabbitmq({}, "application/cloudevents+json", json.dumps(body).encode())

    assert (read.routing_key, read.correlation_id) == ("export.request", "1")
    assert read.data == body["data"]


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, b"{}"),
        ({"ce-specversion": "1.0"}, b"{}"),
        ({"ce-specversion": "9"}, b"{}"),
        (None, b"not json"),
        (None, b"[1, 2]"),
        (None, b""),
        (None, b"\xff\xfe"),
        (None, b"[" * 100_000 + b"]" * 100_000),
    ],
)
def test_what_is_no_cloudevent_is_refused(headers: dict[str, Any] | None, body: bytes) -> None:
    used = command().to_rabbitmq().headers if headers is None else headers

    with pytest.raises(MalformedMessage):
        from_rabbitmq(used, "application/json", body)


@pytest.mark.parametrize("body", [b"", b"7", b"[]", b"null", b"{}", b'"text"', b'{"data": ' + b"[" * 100_000])
def test_what_is_no_structured_cloudevent_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedMessage):
        from_rabbitmq({}, "application/cloudevents+json", body)


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=20), max_size=6), st.binary(max_size=50))
def test_garbage_never_raises_anything_else(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(MalformedMessage):
        from_rabbitmq(headers, None, body)


def planned(files: int) -> ImportCompleted:
    names = [f"static/pictures/of_the_year/{number:06}.png" for number in range(files)]
    plan = ImportPlan(slug="click", digest="d", plan_digest="p", action="create", added=names)
    return ImportCompleted(slug="click", dry_run=True, plan=plan, message="Planned.")


def told(key: str, payload: BaseModel) -> Message:
    return message(key, payload, source="importer", correlation_id="job-1", subject="click")


def test_an_outcome_that_is_too_large_says_where_it_is() -> None:
    sent = told("import.completed", planned(files=20_000))
    raw = sent.to_rabbitmq()

    assert (raw.headers["ce-dataref"], raw.body) == ("/api/jobs/job-1#/result", b"")
    assert from_rabbitmq(raw.headers, raw.content_type, raw.body) == sent
    assert "data" not in json.loads(JSONFormat().write(sent.to_cloudevent()))


def test_a_failure_that_is_too_large_says_which_job_has_it() -> None:
    problems = [
        Problem(category="file", code="bad-name", path=f"{n:0200}", message="No.") for n in range(500)
    ]
    error = ErrorInfo(code="invalid-archive", message="No.", problems=problems)

    assert told("import.failed", JobFailed(job_id="job-1", error=error)).dataref == "/api/jobs/job-1"


@given(st.integers(0, 3_000))
def test_no_event_is_larger_than_everybody_passes_on(files: int) -> None:
    sent = told("import.completed", planned(files))
    size = len(json.dumps(planned(files).model_dump(mode="json", exclude_none=True), separators=(",", ":")))

    assert (sent.dataref is None) == (size <= DATA_LIMIT)
    assert len(JSONFormat().write(sent.to_cloudevent())) < 64 * 1024


def test_a_command_is_always_sent_whole() -> None:
    sent = told("import.request", planned(files=20_000))

    assert sent.dataref is None
    assert len(sent.to_rabbitmq().body) > DATA_LIMIT


def test_a_message_without_data_and_without_a_reference_is_refused() -> None:
    raw = told("import.completed", planned(files=1)).to_rabbitmq()

    with pytest.raises(MalformedMessage):
        from_rabbitmq(raw.headers, raw.content_type, b"")


def test_data_that_came_with_a_reference_are_kept() -> None:
    """Other systems may send both."""
    raw = command().to_rabbitmq()
    headers = {**raw.headers, "ce-dataref": "/elsewhere"}

    assert from_rabbitmq(headers, raw.content_type, raw.body).data == command().data


def test_commands_end_in_request() -> None:
    assert command().is_command
    assert not command().model_copy(update={"type": "io.entrepot.export.completed"}).is_command


def test_ids_are_in_order_of_time() -> None:
    ids = [new_id() for _ in range(100)]

    assert ids == sorted(ids)
    assert len(set(ids)) == 100
