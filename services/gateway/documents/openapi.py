"""OpenAPI 3.1 of the gateway, from its endpoints and what `operations` says of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import BaseModel

from services.gateway.documents.operation import JSON, Media, Operation
from services.gateway.documents.schemas import SENT, TAKEN, Mode, Schema, schemas_of, without_null
from services.gateway.documents.shared import Accepted, ProblemDetails
from services.gateway.problems import MEDIA_TYPE
from services.gateway.routing import Endpoint

VERSION: Final = "1"
"""Of the interface: it rises with a breaking change only."""
REF: Final = "#/components/schemas/{model}"
VARIABLE: Final = re.compile(r"\{(\w+)(?::((?:[^{}]|\{[^{}]*\})+))?\}")
"""A part of a route's address, with the pattern that it may have."""
IDEMPOTENCY_KEY: Final[Schema] = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same key and request, sent again, find the same job.",
    "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{1,255}$"},
}
PREFER: Final[Schema] = {
    "name": "Prefer",
    "in": "header",
    "description": "`wait=SECONDS` or `respond-async` (RFC 7240).",
    "schema": {"type": "string"},
    "examples": {"wait": {"value": "wait=10"}, "at once": {"value": "respond-async"}},
}
LAST_EVENT_ID: Final[Schema] = {
    "name": "Last-Event-ID",
    "in": "header",
    "description": "The id of the last event that was received; the stream goes on after it.",
    "schema": {"type": "string", "pattern": "^[0-9]{1,18}$"},
}
FILE: Final[Schema] = {"type": "string", "format": "binary", "contentMediaType": "application/zip"}
LOCATION: Final[Schema] = {"description": "Where it is found.", "schema": {"type": "string"}}


def address_of(endpoint: Endpoint) -> str:
    """The path as OpenAPI writes it, without patterns and last slash; both forms are served."""
    return VARIABLE.sub(r"{\1}", endpoint.path).rstrip("/") or "/"


def key_of(endpoint: Endpoint) -> str:
    """What `operations` knows an endpoint by: `GET /api/jobs/{job_id}`."""
    return f"{endpoint.method} {address_of(endpoint)}"


def openapi(endpoints: Iterable[Endpoint], operations: Mapping[str, Operation]) -> dict[str, Any]:
    """The document of all endpoints that have an operation."""
    return _Document(endpoints, operations).build()


class _Document:
    def __init__(self, endpoints: Iterable[Endpoint], operations: Mapping[str, Operation]) -> None:
        self._endpoints = [each for each in endpoints if key_of(each) in operations]
        self._operations = operations
        self._models = self._wanted()
        found, self._defined = schemas_of(self._models, ref_template=REF)
        self._schemas = dict(zip(self._models, found, strict=True))

    def build(self) -> dict[str, Any]:
        paths: dict[str, dict[str, Any]] = {}
        for endpoint in self._endpoints:
            described = self._operation(endpoint, self._operations[key_of(endpoint)])
            paths.setdefault(address_of(endpoint), {})[endpoint.method.lower()] = described
        queries = {each.query.__name__ for each in self._operations.values() if each.query}
        return {
            "openapi": "3.1.0",
            "info": {
                "title": "Entrepot",
                "version": VERSION,
                "description": "Exports, imports and benchmarks. Events: `/asyncapi.json`.",
                "license": {"name": "MIT", "identifier": "MIT"},
            },
            "servers": [{"url": "/"}],
            "security": [{"token": []}],
            "paths": dict(sorted(paths.items())),
            "components": {
                "schemas": {name: each for name, each in self._defined.items() if name not in queries},
                "responses": {"Problem": self._problem()},
                "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            },
        }

    def _wanted(self) -> list[tuple[type[BaseModel], Mode]]:
        wanted: dict[tuple[type[BaseModel], Mode], None] = {
            (ProblemDetails, SENT): None,
            (Accepted, SENT): None,
        }
        for operation in self._operations.values():
            taken = [model for model in (operation.query, operation.body, operation.form) if model]
            wanted |= {(model, TAKEN): None for model in taken}
            if isinstance(operation.answer, type):
                wanted[operation.answer, SENT] = None
        return list(wanted)

    def _operation(self, endpoint: Endpoint, operation: Operation) -> dict[str, Any]:
        handler = getattr(endpoint.handler, "func", endpoint.handler)
        described: dict[str, Any] = {
            "operationId": re.sub(r"\W+", "_", key_of(endpoint)).strip("_").lower(),
            "summary": operation.summary,
            "tags": [handler.__module__.rpartition(".")[2].replace("_", " ")],
            "parameters": [*_path_parameters(endpoint), *self._parameters(operation)],
            "responses": self._responses(operation),
        }
        if endpoint.access.role is None:
            described["security"] = []
        else:
            described["description"] = f"For the role `{endpoint.access.role}` and above."
        if operation.body or operation.form:
            described["requestBody"] = self._request_body(operation)
        return described

    def _parameters(self, operation: Operation) -> list[Schema]:
        parameters: list[Schema] = []
        if operation.query is not None:
            schema = self._resolved(operation.query)
            parameters += [
                _query_parameter(name, each, is_required=name in schema.get("required", []))
                for name, each in schema["properties"].items()
            ]
        if operation.is_job:
            parameters += [PREFER, IDEMPOTENCY_KEY]
        if operation.resumes:
            parameters.append(LAST_EVENT_ID)
        return parameters

    def _request_body(self, operation: Operation) -> Schema:
        if operation.body is not None:
            schema = self._schemas[operation.body, TAKEN]
            is_required = bool(self._resolved(operation.body).get("required"))
            return {"required": is_required, "content": {JSON: {"schema": schema}}}
        assert operation.form is not None
        fields = self._resolved(operation.form)["properties"]
        form: Schema = {
            "type": "object",
            "properties": {"file": FILE, **{name: without_null(each) for name, each in fields.items()}},
            "required": ["file"],
            "additionalProperties": False,
        }
        return {"required": True, "content": {"multipart/form-data": {"schema": form}}}

    def _responses(self, operation: Operation) -> dict[str, Schema]:
        responses: dict[str, Schema] = {str(operation.status): self._success(operation)}
        if operation.may_take_time:
            responses["202"] = self._success(operation)
        if operation.is_job:
            responses["202"] = {
                "description": "The work goes on; ask again at `Location`.",
                "headers": {"Location": LOCATION, "Retry-After": {"schema": {"type": "integer"}}},
                "content": {JSON: {"schema": self._schemas[Accepted, SENT]}},
            }
        if operation.is_download:
            responses["303"] = {
                "description": "The file is at `Location`.",
                "headers": {"Location": LOCATION},
            }
        return responses | {"default": {"$ref": "#/components/responses/Problem"}}

    def _success(self, operation: Operation) -> Schema:
        if operation.answer is None:
            return {"description": "It is done."}
        if isinstance(operation.answer, Media):
            content = {each: {"schema": _raw(each)} for each in operation.answer.content_types}
            return {"description": operation.answer.description, "content": content}
        schema = self._schemas[operation.answer, SENT]
        return {"description": operation.summary, "content": {JSON: {"schema": schema}}}

    def _problem(self) -> Schema:
        content = {MEDIA_TYPE: {"schema": self._schemas[ProblemDetails, SENT]}}
        return {
            "description": "A problem (RFC 9457): the request, its rights, or the platform.",
            "content": content,
        }

    def _resolved(self, model: type[BaseModel]) -> Schema:
        schema = self._schemas[model, TAKEN]
        reference = schema.get("$ref")
        resolved: Schema = self._defined[reference.rpartition("/")[2]] if reference else schema
        return resolved


def _raw(content_type: str) -> Schema:
    return {"type": "object" if content_type.endswith("json") else "string"}


def _path_parameters(endpoint: Endpoint) -> list[Schema]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _variable(pattern)}
        for name, pattern in VARIABLE.findall(endpoint.path)
    ]


def _variable(pattern: str) -> Schema:
    return (
        {"type": "string", "pattern": f"^(?:{pattern})$"} if pattern else {"type": "string", "minLength": 1}
    )


def _query_parameter(name: str, schema: Schema, *, is_required: bool) -> Schema:
    """Lists are written with commas."""
    written = without_null(schema)
    parameter: Schema = {"name": name, "in": "query", "required": is_required, "schema": written}
    return parameter | ({"style": "form", "explode": False} if written.get("type") == "array" else {})
