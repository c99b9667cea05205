"""The documents as pages show them."""

from __future__ import annotations

import orjson
import pytest

from libs.common.events.catalogue import COMMANDS, EVENTS
from libs.common.settings import Settings
from services.gateway.app import interface
from services.gateway.documents.operations import OPERATIONS
from services.gateway.documents.outline import Group, Request, exchanges
from services.gateway.documents.publication import Publication


@pytest.fixture(scope="module")
def groups() -> list[Group]:
    return Publication(interface(Settings.model_construct())).outline


def request_of(groups: list[Group], method: str, path: str) -> Request:
    [found] = [
        each for group in groups for each in group.requests if (each.method, each.path) == (method, path)
    ]
    return found


def test_every_operation_is_shown_once(groups: list[Group]) -> None:
    shown = [f"{each.method} {each.path}" for group in groups for each in group.requests]
    assert sorted(shown) == sorted(OPERATIONS)
    assert [group.title for group in groups] == sorted(group.title for group in groups)


def test_what_a_request_takes_and_answers(groups: list[Group]) -> None:
    rollback = request_of(groups, "POST", "/api/experiments/{slug}/rollback")
    assert [(each.name, each.where, each.is_required) for each in rollback.fields] == [
        ("slug", "path", True),
        ("Prefer", "header", False),
        ("Idempotency-Key", "header", False),
        ("revision", "body", False),
        ("note", "body", False),
    ]
    assert (rollback.answers, rollback.note) == ("200, 202", "For the role `developer` and above.")
    assert request_of(groups, "GET", "/openapi.json").note == "For everybody."


def test_values_are_named_in_a_word_or_two(groups: list[Group]) -> None:
    run = request_of(groups, "POST", "/api/benchmark-runs")
    kinds = {each.name: each.kind for each in run.fields}
    assert (kinds["seeds"], kinds["budget"], kinds["force"]) == ("list of integer", "integer", "boolean")


def test_every_message_is_shown_with_an_example() -> None:
    events, commands = exchanges()
    assert (events.name, commands.name) == ("entrepot.events", "entrepot.commands")
    assert [each.routing_key for each in events.messages] == list(EVENTS)
    assert [each.routing_key for each in commands.messages] == list(COMMANDS)
    for each in (*events.messages, *commands.messages):
        assert orjson.loads(each.example)
