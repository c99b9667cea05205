"""The documents as people read them: what there is, what it takes, what it answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from libs.common.bus.topology import COMMANDS_EXCHANGE, EVENTS_EXCHANGE
from libs.common.events.catalogue import COMMANDS, EVENTS, MessageType

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Field:
    """A parameter, or a member of a body; `where` is `path`, `query`, `header` or `body`."""

    name: str
    where: str
    kind: str
    is_required: bool


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    summary: str
    note: str
    fields: list[Field]
    answers: str


@dataclass(frozen=True)
class Group:
    title: str
    requests: list[Request]


@dataclass(frozen=True)
class Told:
    """A message type with an example."""

    routing_key: str
    summary: str
    schema_path: str
    example: str


@dataclass(frozen=True)
class Exchange:
    name: str
    messages: list[Told]


def outline(document: Schema) -> list[Group]:
    """The operations of an OpenAPI document, by tag."""
    groups: defaultdict[str, list[Request]] = defaultdict(list)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            groups[operation["tags"][0]].append(_request(document, method, path, operation))
    return [Group(title.capitalize(), requests) for title, requests in sorted(groups.items())]


def exchanges() -> list[Exchange]:
    return [
        Exchange(EVENTS_EXCHANGE, [_told(each) for each in EVENTS.values()]),
        Exchange(COMMANDS_EXCHANGE, [_told(each) for each in COMMANDS.values()]),
    ]


def _told(message: MessageType) -> Told:
    example = message.example.model_dump(mode="json", exclude_none=True)
    written = orjson.dumps(example, option=orjson.OPT_INDENT_2).decode()
    return Told(message.routing_key, message.summary, message.schema_path, written)


def _request(document: Schema, method: str, path: str, operation: Schema) -> Request:
    parameters = [
        Field(each["name"], each["in"], _kind(each["schema"]), each.get("required", False))
        for each in operation["parameters"]
    ]
    return Request(
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        note=operation.get("description", "For everybody."),
        fields=[*parameters, *_body(document, operation)],
        answers=", ".join(code for code in operation["responses"] if code != "default"),
    )


def _body(document: Schema, operation: Schema) -> Iterable[Field]:
    for content in operation.get("requestBody", {}).get("content", {}).values():
        schema = _resolved(document, content["schema"])
        for name, each in schema.get("properties", {}).items():
            yield Field(name, "body", _kind(each), name in schema.get("required", []))


def _resolved(document: Schema, schema: Schema) -> Schema:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    found: Schema = document["components"]["schemas"][reference.rpartition("/")[2]]
    return found


def _kind(schema: Schema) -> str:
    """A word or two for what a value is."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(_kind(each) for each in schema["anyOf"] if each.get("type") != "null")
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}"
    return str(schema.get("type", "anything"))
