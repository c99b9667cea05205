"""The AsyncAPI document: every message there is, with an example that fits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from libs.common.bus.topology import SERVICE_OF_COMMAND
from libs.common.events.catalogue import COMMANDS, EVENTS, MessageType
from libs.common.events.envelope import message
from libs.common.events.jobs import EXPERIMENT_OUTCOMES, cancellation_of, failure_of, noun_of
from services.gateway.documents.asyncapi import asyncapi, headers_schema, payload_schema

ALL = {**COMMANDS, **EVENTS}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return asyncapi()


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for each in node.values():
            yield from references(each)
    elif isinstance(node, list):
        for each in node:
            yield from references(each)


def resolve(document: dict[str, Any], reference: str) -> Any:
    node: Any = document
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    return node


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    found = set(references(document))
    assert found
    for reference in found:
        assert isinstance(resolve(document, reference), dict)


def test_every_channel_has_one_operation(document: dict[str, Any]) -> None:
    channels = [each["channel"]["$ref"].rpartition("/")[2] for each in document["operations"].values()]
    assert sorted(channels) == sorted(document["channels"]) == sorted(ALL)
    actions = {key: each["action"] for key, each in document["operations"].items()}
    assert actions["tell export.completed"] == "send"
    assert actions["take export.request"] == "receive"


def test_every_end_that_a_command_may_have_is_told_of() -> None:
    for command in SERVICE_OF_COMMAND:
        assert failure_of(command) in EVENTS
        assert cancellation_of(command) in EVENTS
        assert f"{noun_of(command)}.progressed" in EVENTS
    assert {f"experiment.{outcome}" for outcome in EXPERIMENT_OUTCOMES} <= set(EVENTS)
    assert set(COMMANDS) == set(SERVICE_OF_COMMAND) - {"benchmark_task.request"}


@pytest.mark.parametrize("of", ALL.values(), ids=ALL)
def test_examples_fit_their_schemas(of: MessageType, document: dict[str, Any]) -> None:
    described = document["components"]["messages"][of.routing_key]
    example = described["examples"][0]["payload"]
    standing_alone = payload_schema(of.routing_key)
    assert standing_alone is not None
    Draft202012Validator.check_schema(standing_alone)
    Draft202012Validator(standing_alone).validate(example)
    within = {**described["payload"], "components": document["components"]}
    Draft202012Validator(within).validate(example)


@pytest.mark.parametrize("of", ALL.values(), ids=ALL)
def test_the_headers_that_we_send_fit_theirs(of: MessageType) -> None:
    sent = message(of.routing_key, of.example, source="exporter", correlation_id="job", subject="click")
    assert sent.type == of.type
    validator = Draft202012Validator(headers_schema(of))
    validator.validate(dict(sent.to_rabbitmq().headers))
    assert list(validator.iter_errors({"ce-id": "1"}))


@pytest.mark.parametrize("key", ["export.exploded", "benchmark_task.request", "", "export"])
def test_nothing_else_has_a_schema(key: str) -> None:
    assert payload_schema(key) is None


def test_an_answer_without_its_required_fields_does_not_fit() -> None:
    schema = payload_schema("export.completed")
    assert schema is not None
    assert list(Draft202012Validator(schema).iter_errors({"slug": "click"}))
