"""A platform without a network: it takes and gives only what docs/openapi.json says."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from entrepot_client import Client, Configuration
from jsonschema import Draft202012Validator

DOCUMENT: Mapping[str, Any] = json.loads((Path(__file__).parents[4] / "docs/openapi.json").read_text())
URL = "http://entrepot.test"
FILES = "http://files.test"
"""Where links lead; no business of the document."""
PROBLEM = {"Content-Type": "application/problem+json"}

Answer = Callable[[httpx.Request], httpx.Response]


@dataclass
class Platform(httpx.AsyncBaseTransport):
    """Answers what it was told to by `METHOD /path`, in that order; the last answer again and again."""

    answers: Mapping[str, list[httpx.Response | Exception]]
    asked: list[httpx.Request] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.asked.append(request)
        known = self.answers[f"{request.method} {request.url.path}"]
        answer = known.pop(0) if len(known) > 1 else known[0]
        if isinstance(answer, Exception):
            raise answer
        if str(request.url).startswith(URL):
            check(request, answer)
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    def sent(self, name: str) -> list[str | None]:
        """A header of every request."""
        return [each.headers.get(name) for each in self.asked]


@asynccontextmanager
async def client_of(
    answers: Mapping[str, list[httpx.Response | Exception]], **configuration: Any
) -> AsyncIterator[tuple[Client, Platform]]:
    platform = Platform(answers)
    async with Client(Configuration(url=URL, **configuration), wire=platform) as client:
        yield client, platform


def check(request: httpx.Request, answer: httpx.Response) -> None:
    """Raises: AssertionError, ValidationError."""
    operation = operation_of(request)
    known = {each["name"] for each in operation["parameters"] if each["in"] == "query"}
    assert set(request.url.params) <= known, f"{request.url} has parameters that nobody described"
    if request.headers.get("Content-Type") == "application/json":
        content = operation["requestBody"]["content"]["application/json"]["schema"]
        validator(content).validate(json.loads(request.content))
    described = operation["responses"].get(str(answer.status_code)) or operation["responses"]["default"]
    described = resolved(described)
    kind = answer.headers.get("Content-Type", "").partition(";")[0]
    if kind.endswith("json"):
        validator(described["content"][kind]["schema"]).validate(answer.json())


def operation_of(request: httpx.Request) -> Mapping[str, Any]:
    """Raises: AssertionError where no operation is described."""
    for path, operations in DOCUMENT["paths"].items():
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))
        if re.fullmatch(pattern, request.url.path) and request.method.lower() in operations:
            found: Mapping[str, Any] = operations[request.method.lower()]
            return found
    raise AssertionError(f"{request.method} {request.url.path} is described nowhere")


def resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in schema:
        return schema
    found: Any = DOCUMENT
    for part in schema["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return dict(found)


def validator(schema: Mapping[str, Any]) -> Draft202012Validator:
    return Draft202012Validator({**schema, "components": DOCUMENT["components"]})
