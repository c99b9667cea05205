"""The OpenAPI document: valid, whole, and what stands in the repository."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from libs.common.jobs.model import Job
from libs.common.settings import Settings
from scripts.docs import DOCS, documents
from services.gateway.app import interface
from services.gateway.documents.openapi import address_of, key_of, openapi
from services.gateway.documents.operations import OPERATIONS
from services.gateway.documents.shared import JobDocument

ENDPOINTS = interface(Settings.model_construct())


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi(ENDPOINTS, OPERATIONS)


def test_it_is_valid(document: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(document).validate()


def test_every_address_for_programs_is_in_it_and_no_other() -> None:
    assert {key_of(endpoint) for endpoint in ENDPOINTS} == set(OPERATIONS)


def test_operations_have_names_of_their_own(document: dict[str, Any]) -> None:
    names = [each["operationId"] for path in document["paths"].values() for each in path.values()]
    assert len(names) == len(set(names)) == len(OPERATIONS)


def test_what_is_public_says_so_and_the_rest_names_its_role(document: dict[str, Any]) -> None:
    for endpoint in ENDPOINTS:
        described = document["paths"][address_of(endpoint)][endpoint.method.lower()]
        assert (described.get("security") == []) == (endpoint.access.role is None)
        if endpoint.access.role is not None:
            assert f"`{endpoint.access.role}`" in described["description"]


def test_every_part_of_an_address_is_a_parameter(document: dict[str, Any]) -> None:
    for endpoint in ENDPOINTS:
        described = document["paths"][address_of(endpoint)][endpoint.method.lower()]
        named = {each["name"] for each in described["parameters"] if each["in"] == "path"}
        assert named == set(re.findall(r"\{(\w+)", address_of(endpoint)))


@pytest.mark.parametrize("name", ["openapi.json", "asyncapi.json"])
def test_what_stands_in_the_repository_is_what_the_code_says(name: str) -> None:
    assert (DOCS / name).read_bytes() == documents()[name], "run `make docs`"


def test_a_job_is_described_with_all_of_its_fields() -> None:
    internal = {"lease", "outbox", "exclusive", "needs", "not_before"}
    internal |= {"idempotency_key", "body_digest", "traceparent"}
    assert set(JobDocument.model_fields) == set(Job.model_fields) - internal


def test_nothing_that_we_send_is_null(document: dict[str, Any]) -> None:
    sent = json.dumps([document["components"]["schemas"][name] for name in ("JobDocument", "ExportPage")])
    assert '"null"' not in sent
    assert "next" not in document["components"]["schemas"]["ExportPage"]["required"]


def test_queries_are_written_as_they_are_read(document: dict[str, Any]) -> None:
    parameters = {each["name"]: each for each in document["paths"]["/api/events"]["get"]["parameters"]}
    assert (parameters["type"]["style"], parameters["type"]["explode"]) == ("form", False)
    assert parameters["after"]["schema"]["type"] == "integer"
    assert "default" not in parameters["after"]["schema"]
